package dissect

import (
	"testing"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// Steps of a fuzz script: what becomes of one data segment of the client.
const (
	sendNow  = iota
	holdBack // it comes later
	drop     // it never comes
	release  // it comes, and behind it the one that was held back last
)

// FuzzFrameHoles lets segments of a framed stream (RTP in TCP, RFC 4571) come late, in any order, or never. Nothing
// panics, bounds hold, no packet is read that was not sent, and where all come in order all are read.
func FuzzFrameHoles(f *testing.F) {
	captures := map[bool]*pcaptest.Capture{
		false: fallback(pcaptest.Path{}, nil), true: fallback(pcaptest.Path{MSS: 70}, nil), // frames across segments
	}
	for _, script := range [][]byte{
		{sendNow}, {sendNow, sendNow, holdBack, sendNow, release}, {holdBack, holdBack, holdBack, release, release, drop},
		{holdBack, drop, sendNow, sendNow, release}, {drop}, {holdBack},
	} {
		f.Add(false, script)
		f.Add(true, script)
	}
	f.Fuzz(func(t *testing.T, across bool, script []byte) {
		if len(script) == 0 {
			return
		}
		r := newReplay(t)
		inOrder, k, begun := true, 0, 0
		data := fromClient(captures[across])
		for i, frame := range captures[across].Frames {
			if k == len(data) || i != data[k] {
				r.show(frame)
				continue
			}
			k++
			step := script[k%len(script)] % 4
			if begun++; begun < 40 { // the connection is known by then
				step = sendNow
			}
			inOrder = inOrder && step%3 == 0
			r.step(step, frame)
		}
		for len(r.held) > 0 {
			r.step(release, r.held[0])
		}
		r.end(inOrder)
	})
}

// replay shows frames of one connection to a dissector.
type replay struct {
	t     *testing.T
	d     *Dissector
	dec   *decode.Decoder
	table *flow.Table[State]
	n     int64
	held  []pcaptest.Frame
	ended *flow.Entry[State]
}

func newReplay(t *testing.T) *replay {
	r := &replay{t: t, d: New(), dec: decode.New(decode.Config{NoDeduplicate: true})}
	r.table = flow.NewTable(flow.Config{}, func(e *flow.Entry[State]) {
		r.d.Close(&e.Flow, &e.State)
		r.ended = e
	})
	return r
}

func (r *replay) step(step byte, f pcaptest.Frame) {
	switch step {
	case holdBack:
		r.held = append(r.held, f)
	case sendNow, release:
		r.show(f)
		if n := len(r.held); step == release && n > 0 {
			r.show(r.held[n-1])
			r.held = r.held[:n-1]
		}
	}
}

func (r *replay) show(f pcaptest.Frame) {
	var p decode.Packet
	if reason, _ := decodeFrame(r.dec, f, &p); reason != decode.OK {
		r.t.Fatal(reason)
	}
	r.n++
	p.Number = r.n
	e, side, _ := r.table.Add(&p)
	r.d.Packet(&e.Flow, &e.State, &p, side)
	if e.State.TCP == nil || e.State.TCP.side == nil {
		return
	}
	for i := range e.State.TCP.side {
		h := &e.State.TCP.side[i]
		if h.unread < 0 {
			r.t.Fatalf("%d bytes unread", h.unread)
		}
		if h.holes == nil {
			continue
		}
		if n := len(h.holes.list); n > maxFrameHoles {
			r.t.Fatalf("%d holes", n)
		}
		for _, x := range h.holes.list {
			if len(x.tail) > maxFrameTail || int32(x.to-x.from) <= 0 {
				r.t.Fatalf("hole %d to %d, %d bytes behind it", x.from, x.to, len(x.tail))
			}
		}
	}
}

func (r *replay) end(inOrder bool) {
	r.table.Flush(1 << 62)
	if r.ended == nil {
		r.t.Fatal("no flow")
	}
	for s := range r.ended.State.Media.Streams {
		for _, m := range r.ended.State.Media.Streams[s] {
			if m.Packets > 600 || inOrder && m.Packets < 600 {
				r.t.Fatalf("%d of 600 packets of %d, in order: %v", m.Packets, m.SSRC, inOrder)
			}
		}
	}
}
