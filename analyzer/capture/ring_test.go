package capture

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// held reads all frames of a ring.
func held(t *testing.T, r *Ring) (numbers []int64, frames [][]byte) {
	t.Helper()
	src := r.Source()
	defer src.Close()
	var b Block
	for {
		err := src.Next(&b)
		for i := range b.Frames {
			numbers, frames = append(numbers, b.First+int64(i)), append(frames, bytes.Clone(b.Bytes(i)))
		}
		if errors.Is(err, io.EOF) {
			return numbers, frames
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestRing: the latest frames are there with their numbers, within the bound, however they came in blocks.
func TestRing(t *testing.T) {
	for _, perBlock := range []int{1, 7, 100} {
		const frames, bound = 700, 20_000
		r := NewRing(bound)
		var b Block
		for i := range frames {
			if len(b.Frames) == 0 {
				b.Data = b.Data[:0]
			}
			b.Frames = append(b.Frames,
				Frame{Offset: uint32(len(b.Data)), Length: 100, WireLen: 100, Link: LinkEthernet})
			b.Data = append(b.Data, bytes.Repeat([]byte{byte(i)}, 100)...)
			if len(b.Frames) == perBlock || i == frames-1 {
				r.Add(0, Info{Name: "eth0", Live: true}, &b)
				b.Frames = b.Frames[:0]
			}
		}
		numbers, list := held(t, r)
		if n := len(list); n < 60 || n > bound/140+perBlock || numbers[n-1] != frames || numbers[0] != r.First() {
			t.Fatalf("%d to a block: %d frames held, from %d (%d) to %d", perBlock, n, numbers[0], r.First(), numbers[n-1])
		}
		for i, n := range numbers {
			if n != r.First()+int64(i) || len(list[i]) != 100 || list[i][0] != byte(n-1) {
				t.Fatalf("frame %d: number %d, %d bytes of %d", i, n, len(list[i]), list[i][0])
			}
		}
	}
}

// TestRingTag: a tag that the kernel took off is in the bytes again, and inputs are told apart.
func TestRingTag(t *testing.T) {
	r := NewRing(1000)
	if r.First() != 1 {
		t.Errorf("an empty ring begins with %d", r.First())
	}
	frame := append(bytes.Repeat([]byte{2}, 12), 8, 0, 0x45)
	b := Block{Data: frame, Frames: []Frame{{Length: 15, WireLen: 60, Link: LinkEthernet, VLAN: 0x1007}}}
	r.Add(1, Info{Name: "eth1", Live: true}, &b)
	src := r.Source()
	var got Block
	if err := src.Next(&got); err != nil {
		t.Fatal(err)
	}
	want := append(bytes.Repeat([]byte{2}, 12), 0x81, 0, 0, 7, 8, 0, 0x45)
	f := got.Frames[0]
	if !bytes.Equal(got.Bytes(0), want) || f.VLAN != 0 || f.WireLen != 64 || f.Interface != 1 ||
		src.Info().Interfaces[f.Interface] != "eth1" {
		t.Errorf("% x, %+v", got.Bytes(0), f)
	}
}
