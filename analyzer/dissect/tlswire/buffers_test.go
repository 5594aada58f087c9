package tlswire

import (
	"slices"
	"testing"
)

// TestBuffers: streams that lend each other the space read the same as alone, however their pieces alternate, and hold
// no more buffers than messages were unfinished at a time.
func TestBuffers(t *testing.T) {
	all := streams(t)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, size := range []int{1, 7, 100} {
		var lent Buffers
		readers, got := make([]Reader, len(names)), make([][]string, len(names))
		emit := func(i int) func(Event) {
			return func(e Event) { got[i] = append(got[i], note(e)+string(e.Body)) }
		}
		for at, more := 0, true; more; at += size {
			more = false
			for i, name := range names {
				readers[i].Buffers = &lent
				if b := all[name]; at < len(b) {
					more = true
					_ = readers[i].Feed(b[at:min(at+size, len(b))], emit(i))
				}
			}
		}
		for i, name := range names {
			readers[i].Finish(emit(i))
			want, _ := readAll(new(Reader), all[name])
			if !slices.Equal(got[i], want) {
				t.Errorf("pieces of %d: %s: %d events, want %d", size, name, len(got[i]), len(want))
			}
		}
		if n := len(lent.spare); n == 0 || n > len(names) {
			t.Errorf("pieces of %d: %d buffers for %d streams", size, n, len(names))
		}
	}
}
