package capture

import (
	"bytes"
	"io"
	"reflect"
	"testing"
)

// keptOf writes frames of a kind each, and returns what must come back.
func keptOf(t testing.TB) (b []byte, frames []Frame, places []Place, data [][]byte) {
	t.Helper()
	frames = []Frame{
		{Time: 1_700_000_000_000_000_001, WireLen: 60, Link: LinkEthernet},
		{Time: 0, WireLen: 9000, Interface: 3, Link: LinkRaw},
		{Time: 1_600_000_000_000_000_000, WireLen: 4, Link: LinkSLL2, VLAN: 0x1007},
	}
	const at = 1_700_000_000_000_000_001
	places = []Place{{1, at}, {900, at}, {1 << 40, at + 8}}
	data = [][]byte{[]byte("one"), {}, []byte("three")}
	var out bytes.Buffer
	w := NewKeptWriter(&out)
	for i := range frames {
		if err := w.Write(places[i], &frames[i], data[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), frames, places, data
}

// TestKept: frames come back with all that is told of them, and where they stood.
func TestKept(t *testing.T) {
	b, frames, places, data := keptOf(t)
	src := OpenKept("piece", io.NopCloser(bytes.NewReader(b)))
	defer src.Close()
	var got Block
	if err := src.Next(&got); err != nil {
		t.Fatal(err)
	}
	for i := range got.Frames {
		f := got.Frames[i]
		if text := got.Bytes(i); !bytes.Equal(text, data[i]) {
			t.Errorf("frame %d: %q, want %q", i, text, data[i])
		}
		f.Offset, f.Length = 0, 0
		if f != frames[i] {
			t.Errorf("frame %d: %+v, want %+v", i, f, frames[i])
		}
	}
	if !reflect.DeepEqual(got.Places, places) || got.Number(1, 5) != 905 {
		t.Errorf("places %v, want %v; number %d", got.Places, places, got.Number(1, 5))
	}
	if err := src.Next(&got); err != io.EOF || len(got.Frames) > 0 {
		t.Errorf("at the end: %v, %d frames", err, len(got.Frames))
	}
}

// TestKeptCut: a piece that is cut anywhere gives the frames before the cut, and an error unless that is between two.
func TestKeptCut(t *testing.T) {
	b, frames, _, _ := keptOf(t)
	whole := 0
	for n := range b {
		src := OpenKept("piece", io.NopCloser(bytes.NewReader(b[:n])))
		var got Block
		var err error
		count := 0
		for err == nil {
			err = src.Next(&got)
			count += len(got.Frames)
		}
		if err == io.EOF {
			whole++
		}
		if count >= len(frames) {
			t.Errorf("%d bytes of %d: %d frames, %v", n, len(b), count, err)
		}
	}
	if whole != len(frames) { // behind none, the first and the second
		t.Errorf("%d cuts without an error, want %d", whole, len(frames))
	}
}

func FuzzKept(f *testing.F) {
	b, _, _, _ := keptOf(f)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		src := OpenKept("piece", io.NopCloser(bytes.NewReader(b)))
		var got Block
		for src.Next(&got) == nil {
			for i := range got.Frames {
				_ = got.Bytes(i)
			}
		}
	})
}
