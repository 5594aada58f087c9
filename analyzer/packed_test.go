package analyzer_test

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// families are the records of a run as they are packed: a flow with its TLS sessions, streams and intervals; then each
// of the others.
func families(set *record.Set) (list [][]record.Record) {
	place := map[string]int{}
	for _, f := range set.Flows {
		place[f.FlowID] = len(list)
		list = append(list, []record.Record{f})
	}
	of := func(id string, r record.Record) { list[place[id]] = append(list[place[id]], r) }
	for _, x := range set.TLS {
		of(x.FlowID, x)
	}
	for _, x := range set.Streams {
		of(x.FlowID, x)
	}
	for _, x := range set.Intervals {
		of(x.FlowID, x)
	}
	for r := range set.All {
		switch r.(type) {
		case *record.Flow, *record.TLSSession, *record.MediaStream, *record.MediaInterval:
		default:
			list = append(list, []record.Record{r})
		}
	}
	return list
}

// packing packs the records of runs with one table of words.
type packing struct {
	words *record.Words
	p     *record.Packer
	u     record.Unpacker
}

func newPacking() *packing {
	w := record.NewWords()
	return &packing{words: w, p: record.NewPacker(w)}
}

func begin(list []record.Record) (at record.Time, packet int64) {
	if f, ok := list[0].(*record.Flow); ok {
		return f.StartTime, f.FirstPacket
	}
	return 0, 0
}

func (c *packing) pack(t testing.TB, b []byte, list []record.Record) []byte {
	at, packet := begin(list)
	c.p.Start(b, at, packet)
	for _, r := range list {
		c.p.Record(r)
	}
	b, err := c.p.End()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// same packs the records and holds what is read against them.
func (c *packing) same(t testing.TB, list []record.Record) (size int) {
	t.Helper()
	b := c.pack(t, nil, list)
	at, packet := begin(list)
	c.u.Release()
	c.u.Start(b, c.words.List(), at, packet)
	for _, want := range list {
		got := reflect.New(reflect.TypeOf(want).Elem()).Interface().(record.Record)
		if c.u.Record(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s differs:\n%+v\nwant\n%+v", want.RecordType(), got, want)
		}
	}
	if rest, err := c.u.End(); err != nil || len(rest) > 0 {
		t.Fatalf("%d bytes are left, %v", len(rest), err)
	}
	return len(b)
}

// TestPackCaptures: every record of every bundled and real capture is read as it was packed.
func TestPackCaptures(t *testing.T) {
	c := newPacking()
	flows, bytes := 0, 0
	each := func(path string) {
		set, _ := run(t, analyzer.Config{Files: []string{path}})
		for _, list := range families(set) {
			n := c.same(t, list)
			if _, ok := list[0].(*record.Flow); ok {
				flows, bytes = flows+1, bytes+n
			}
		}
	}
	for _, s := range pcaptest.Scenarios() {
		path := filepath.Join(t.TempDir(), "scenario.pcapng")
		if err := s.Build().Save(path); err != nil {
			t.Fatal(err)
		}
		each(path)
	}
	dir := captureDir(t)
	for _, name := range captureFiles(t, dir) {
		each(filepath.Join(dir, name))
	}
	t.Logf("%d flows with what belongs to them take %d bytes on average, and %d words %d bytes",
		flows, bytes/flows, len(c.words.List()), c.words.Bytes())
}

// BenchmarkPack packs and unpacks the flows of a generated capture, by what they are.
func BenchmarkPack(b *testing.B) {
	set, err := runListed(b.Context(), analyzer.Config{Files: []string{generated(b, *benchSize)}})
	if err != nil {
		b.Fatal(err)
	}
	kinds := map[string][][]record.Record{}
	for _, list := range families(set) {
		f, ok := list[0].(*record.Flow)
		if !ok {
			continue
		}
		kind := "other"
		switch {
		case len(list) > 2:
			kind = "media"
		case len(list) == 2 && f.TCP != nil && f.TLSVersion != "":
			kind = "tls"
		}
		kinds[kind] = append(kinds[kind], list)
	}
	for kind, flows := range kinds {
		c := newPacking()
		var packed [][]byte
		var size int
		for range 2 { // the second time with all words
			packed, size = nil, 0
			for _, list := range flows {
				packed = append(packed, c.pack(b, nil, list))
				size += len(packed[len(packed)-1])
			}
		}
		b.Run(fmt.Sprintf("pack/%s", kind), func(b *testing.B) {
			b.ReportAllocs()
			var buffer []byte
			for i := 0; b.Loop(); i++ {
				buffer = c.pack(b, buffer[:0], flows[i%len(flows)])
			}
			b.ReportMetric(float64(size)/float64(len(flows)), "bytes")
		})
		b.Run(fmt.Sprintf("unpack/%s", kind), func(b *testing.B) { c.unpack(b, flows, packed) })
	}
}

func (c *packing) unpack(b *testing.B, flows [][]record.Record, packed [][]byte) {
	b.ReportAllocs()
	var f record.Flow
	var x record.TLSSession
	var s record.MediaStream
	var v record.MediaInterval
	words := c.words.List()
	for i := 0; b.Loop(); i++ {
		list := flows[i%len(flows)]
		at, packet := begin(list)
		c.u.Release()
		c.u.Start(packed[i%len(flows)], words, at, packet)
		for _, r := range list {
			switch r.(type) {
			case *record.Flow:
				c.u.Record(&f)
			case *record.TLSSession:
				c.u.Record(&x)
			case *record.MediaStream:
				c.u.Record(&s)
			case *record.MediaInterval:
				c.u.Record(&v)
			}
		}
	}
	if _, err := c.u.End(); err != nil {
		b.Fatal(err)
	}
}
