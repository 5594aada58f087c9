package dissect

import (
	"net/netip"
	"slices"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// fromClient lists the frames with data of the client behind the beginning of the connection.
func fromClient(c *pcaptest.Capture) (list []int) {
	for i, f := range c.Frames {
		if len(f.Data) > 54 && netip.AddrFrom4([4]byte(f.Data[26:30])) == client.Addr() {
			list = append(list, i)
		}
	}
	return list
}

// late moves data frames of the client, counted from the first one, behind the data frame with the number to.
func late(c *pcaptest.Capture, to int, moved ...int) *pcaptest.Capture {
	data := fromClient(c)
	order := make([]int, 0, len(c.Frames))
	for i := range c.Frames {
		if at := slices.Index(data, i); !slices.Contains(moved, at) {
			order = append(order, i)
		}
		if i == data[to] {
			for _, n := range moved {
				order = append(order, data[n])
			}
		}
	}
	return ordered(c, order...)
}

// TestFrameHoles: segments that come late, in any order and from several holes, give all their frames, wherever frames
// lie in them; what never comes is counted.
func TestFrameHoles(t *testing.T) {
	const all, whole = "7 98: 600 of 600, 48000 bytes", 94
	for _, tt := range []struct {
		name   string
		mss    int
		moved  []int
		lost   []int
		want   string // of the client's stream
		unread int64
		broken int64
	}{
		{"none", 0, nil, nil, all, 0, 0},
		{"two holes at once", 0, []int{300, 302}, nil, all, 0, 0},
		{"five at once, the last first", 0, []int{308, 306, 304, 302, 300}, nil, all, 0, 0},
		{"a hole of three, filled from its end", 0, []int{302, 301, 300}, nil, all, 0, 0},
		{"frames across segments", 70, []int{400, 401, 402}, nil, all, 0, 0},
		{"frames across segments, two holes", 70, []int{400, 404}, nil, all, 0, 0},
		{"one never comes", 0, []int{300, 304}, []int{302}, "7 98: 599 of 600, 47920 bytes", whole, 0},
		{"one of frames across segments never comes", 70, nil, []int{400}, "7 98: 599 of 600, 47920 bytes", whole, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := fallback(pcaptest.Path{MSS: tt.mss}, nil)
			data := fromClient(c)
			if len(tt.moved) > 0 {
				c = late(c, 410, tt.moved...)
			}
			gone := make([][]byte, 0, len(tt.lost))
			for _, n := range tt.lost {
				gone = append(gone, fallback(pcaptest.Path{MSS: tt.mss}, nil).Frames[data[n]].Data)
			}
			c = c.Filter(func(_ int, f pcaptest.Frame) bool {
				return !slices.ContainsFunc(gone, func(b []byte) bool { return slices.Equal(b, f.Data) })
			})
			e := only(t, c)
			if got := e.sums(); len(got) != 2 || got[0] != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if unread, broken := e.State.TCP.Unread(e.side(client.Addr())); unread != tt.unread || broken != tt.broken {
				t.Errorf("%d bytes unread, %d frames broken, want %d and %d", unread, broken, tt.unread, tt.broken)
			}
		})
	}
}
