package pcaptest

import (
	"slices"
	"time"
)

// Link is a LINKTYPE_ value as registered by tcpdump.org.
type Link uint16

// Link types that [Capture.As] can convert to.
const (
	LinkNull     Link = 0
	LinkEthernet Link = 1
	LinkRaw      Link = 101
	LinkLoop     Link = 108
	LinkSLL      Link = 113
	LinkSLL2     Link = 276
)

// Frame is one frame. Data is owned by the frame; WireLen is at least len(Data), and more where a snapshot length cut
// it.
type Frame struct {
	Time    time.Time
	Data    []byte
	WireLen int
}

// Wrap turns an Ethernet frame into another: a VLAN tag, a tunnel, a shorter snapshot.
type Wrap func(Frame) Frame

// Capture is a list of frames of one link type; the zero Link of a literal is LinkNull, so set it.
type Capture struct {
	Link    Link
	Frames  []Frame
	Dropped uint64 // by the interface, as pcapng's statistics block says; 0: no such block
}

// Add appends a whole frame.
func (c *Capture) Add(t time.Time, data []byte) {
	c.Frames = append(c.Frames, Frame{Time: t, Data: data, WireLen: len(data)})
}

// Sort orders the frames by time; frames of the same instant keep their order.
func (c *Capture) Sort() *Capture {
	slices.SortStableFunc(c.Frames, func(a, b Frame) int { return a.Time.Compare(b.Time) })
	return c
}

// Wrap returns a capture whose frames went through the wrappers, the first one innermost.
func (c *Capture) Wrap(wrappers ...Wrap) *Capture {
	out := &Capture{Link: c.Link, Frames: slices.Clone(c.Frames)}
	for i, f := range out.Frames {
		for _, w := range wrappers {
			f = w(f)
		}
		out.Frames[i] = f
	}
	return out
}

// Merge returns the frames of several captures of one link type, ordered by time.
func Merge(captures ...*Capture) *Capture {
	out := &Capture{Link: captures[0].Link}
	for _, c := range captures {
		out.Frames = append(out.Frames, c.Frames...)
	}
	return out.Sort()
}

// Filter returns the frames for which keep says yes; i counts from 0.
func (c *Capture) Filter(keep func(i int, f Frame) bool) *Capture {
	out := &Capture{Link: c.Link}
	for i, f := range c.Frames {
		if keep(i, f) {
			out.Frames = append(out.Frames, f)
		}
	}
	return out
}

// Shift returns the capture moved in time.
func (c *Capture) Shift(d time.Duration) *Capture {
	return c.Wrap(func(f Frame) Frame { f.Time = f.Time.Add(d); return f })
}

// Snap cuts frames to n bytes, as a capture with that snapshot length does.
func Snap(n int) Wrap {
	return func(f Frame) Frame {
		f.Data = f.Data[:min(n, len(f.Data))]
		return f
	}
}

// Size is the sum of the captured bytes.
func (c *Capture) Size() (n int) {
	for _, f := range c.Frames {
		n += len(f.Data)
	}
	return n
}
