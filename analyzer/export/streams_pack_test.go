package export

import (
	"path/filepath"
	"reflect"
	"testing"

	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/record"
)

// drafts are the flows of the bundled captures, without a verdict. In one draft after the other they are the same.
func drafts(t testing.TB) (list []*draft) {
	t.Helper()
	var again draft
	files, err := filepath.Glob("../../testdata/pcaps/*.pcapng.gz")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		in, err := ingest.Run(t.Context(), ingest.Config{Files: []string{f}, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		n := newConverter(ingest.NumbersOf(in.Inputs, false), nil)
		for _, e := range in.Expired {
			d := new(draft)
			n.flow(e, d)
			if n.flow(e, &again); !reflect.DeepEqual(again.Flow, d.Flow) || again.id != d.id {
				t.Fatalf("%s: in a draft that held another flow %+v, want %+v", f, again.Rec, d.Rec)
			}
			list = append(list, d)
		}
	}
	return list
}

// packedStream is a stream in the packed form.
func packedStream(t testing.TB, w *record.Words, s *stream) []byte {
	t.Helper()
	p := record.NewPacker(w)
	p.Start(nil, s.Rec.StartTime, s.Rec.FirstPacket)
	s.pack(p)
	b, err := p.End()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPackStream: the streams of the bundled captures are read as they were, and so is what few streams have.
func TestPackStream(t *testing.T) {
	words := record.NewWords()
	same := func(s *stream) {
		b := packedStream(t, words, s)
		var u record.Unpacker
		var got stream
		u.Start(b, words.List(), s.Rec.StartTime, s.Rec.FirstPacket)
		got.unpack(&u)
		if rest, err := u.End(); err != nil || len(rest) > 0 {
			t.Fatalf("%d bytes are left, %v", len(rest), err)
		}
		if !reflect.DeepEqual(&got, s) {
			t.Fatalf("%+v\n%+v\nwant %+v\n%+v", got, *got.Rec, *s, *s.Rec)
		}
	}
	streams, rows := 0, 0
	for _, d := range drafts(t) {
		for _, s := range d.streams {
			same(s)
			s.UDP, s.Unread, s.Broken, s.maxJitter, s.RTTMs = !s.UDP, 7, 1, 1<<32-1, new(12.5)
			s.Trips, s.Gaps = []int64{1, 5, 1 << 40}, []loss.Gap{{Time: 1, Number: 9, After: 3, Lost: 5}, {Time: 5}}
			s.jitter[1], s.jitter[2] = jitter{}, jitter{1.5, 2.125, true}
			same(s)
			streams, rows = streams+1, rows+len(s.Series[0])
		}
	}
	if streams < 10 || rows < 100 {
		t.Errorf("%d streams with %d intervals of a second", streams, rows)
	}
}

// FuzzUnpackStream reads anything as a stream: no panic, and no more memory than its size allows.
func FuzzUnpackStream(f *testing.F) {
	words := record.NewWords()
	for _, d := range drafts(f) {
		for _, s := range d.streams {
			f.Add(packedStream(f, words, s))
		}
	}
	list := words.List()
	f.Fuzz(func(t *testing.T, b []byte) {
		var u record.Unpacker
		var s stream
		u.Start(b, list, 0, 0)
		s.unpack(&u)
		if n := len(s.Series[0]) + len(s.Series[1]) + len(s.Gaps) + len(s.Trips); n > len(b) {
			t.Fatalf("%d members of %d bytes", n, len(b))
		}
	})
}
