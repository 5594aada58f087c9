package dissect

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// ended is a flow at its end, with what the dissector gathered.
type ended struct {
	flow.Flow
	State
}

// dissect runs a capture through decoder, flow table and dissector, and returns its flows by their first packets.
func dissect(c *pcaptest.Capture) (out []ended) {
	d, dec := New(), decode.New(decode.Config{})
	table := flow.NewTable(flow.Config{}, func(e *flow.Entry[State]) {
		d.Close(&e.Flow, &e.State)
		out = append(out, ended{e.Flow, e.State})
	})
	var p decode.Packet
	for _, f := range c.Frames {
		r, b := decodeFrame(dec, f, &p)
		if r == decode.OK {
			e, s, _ := table.Add(&p)
			if !p.Duplicate {
				d.Packet(&e.Flow, &e.State, &p, s)
			}
		}
		clear(b) // nothing may borrow the block
	}
	table.Flush(p.Clock)
	slices.SortFunc(out, func(a, b ended) int { return int(a.FirstNumber - b.FirstNumber) })
	return out
}

// decodeFrame decodes a copy of an Ethernet frame, which it returns.
func decodeFrame(d *decode.Decoder, f pcaptest.Frame, p *decode.Packet) (decode.Reason, []byte) {
	b := slices.Clone(f.Data)
	in := capture.Frame{Time: f.Time.UnixNano(), Length: uint32(len(b)), WireLen: uint32(f.WireLen),
		Link: capture.LinkEthernet}
	return d.Decode(&in, b, p), b
}

// only returns the single flow of a capture.
func only(t *testing.T, c *pcaptest.Capture) *ended {
	t.Helper()
	list := dissect(c)
	if len(list) != 1 {
		t.Fatalf("%d flows, want 1", len(list))
	}
	return &list[0]
}

// side returns the side of an address.
func (e *ended) side(a netip.Addr) flow.Side {
	if e.Key.Addr(flow.A).Netip() == a {
		return flow.A
	}
	return flow.B
}

// source is the end that began the flow.
func (e *ended) source() netip.AddrPort {
	s := e.Source()
	return netip.AddrPortFrom(e.Key.Addr(s).Netip(), e.Key.Port(s))
}

// kinds lists the key packets as "kind number".
func (e *ended) kinds() (out []string) {
	for _, k := range e.Keys {
		out = append(out, fmt.Sprintf("%s %d", k.Kind, k.Number))
	}
	return out
}

var (
	client = netip.MustParseAddrPort("10.20.1.15:52000")
	node   = netip.MustParseAddrPort("170.72.1.2:5004")
	web    = netip.MustParseAddrPort("52.29.8.14:443")
)

// story makes a capture of one flow.
func story(tell func(s *pcaptest.Scenario)) *pcaptest.Capture {
	s := pcaptest.New(1, pcaptest.Start)
	tell(s)
	return s.Capture()
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equalList[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// ordered puts the frames of a capture into another order, one millisecond apart: want lists frame numbers from 0.
func ordered(c *pcaptest.Capture, want ...int) *pcaptest.Capture {
	out := &pcaptest.Capture{Link: c.Link}
	for i, n := range want {
		f := c.Frames[n]
		f.Time = pcaptest.Start.Add(time.Duration(i) * time.Millisecond)
		out.Frames = append(out.Frames, f)
	}
	return out
}
