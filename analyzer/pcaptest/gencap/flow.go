package main

import "webexaudit/analyzer/pcaptest"

const (
	client = 0
	server = 1

	tcp = pcaptest.ProtoTCP
	udp = pcaptest.ProtoUDP

	finFlag = pcaptest.FIN
	synFlag = pcaptest.SYN
	rstFlag = pcaptest.RST
	pshFlag = pcaptest.PSH
	ackFlag = pcaptest.ACK
)

// flow is one flow that is alive. Index 0 of its pairs is the client.
type flow struct {
	at    int64 // of the next frame, nanoseconds
	order int64 // among flows of the same time: that of their beginning
	rnd   pcaptest.Rand
	proto uint8
	addr  [2][4]byte
	port  [2]uint16
	ttl   [2]uint8
	dscp  [2]uint8
	id    [2]uint16
	seq   [2]uint32
	rtt   int64

	// Either beats, which are played one after the other, or a stream.
	beats  []beat
	step   int
	stream stream
}

// beat is one frame of a script.
type beat struct {
	from  int
	flags uint8
	turn  bool  // a round trip after its predecessor, otherwise 60 µs
	pause int64 // more, nanoseconds
	data  []byte
	noise int
	patch patch
}

// patch says what of a template differs between flows.
type patch uint8

const (
	noPatch     patch = iota
	dnsID             // two bytes at 0, equal for query and answer
	helloRandom       // 32 bytes behind record and handshake header
	repeated          // a SYN with the sequence number of the one before
)

// stream makes frames that follow a law instead of a script. next writes the frame that is due and sets f.at to the
// following one; it reports whether there is one.
type stream interface {
	next(g *generator, f *flow) bool
}

// advance writes the flow's frame and reports whether another follows.
func (f *flow) advance(g *generator) bool {
	if f.stream != nil {
		return f.stream.next(g, f)
	}
	b := &f.beats[f.step]
	f.step++
	g.packet(f, b)
	if f.step == len(f.beats) {
		return false
	}
	next := &f.beats[f.step]
	f.at += 60_000 + next.pause
	if next.turn {
		f.at += f.rtt
	}
	return true
}

// apply changes the template that was copied into a frame.
func (p patch) apply(f *flow, payload []byte) {
	switch p {
	case dnsID:
		id := uint16(f.order * 40503)
		payload[0], payload[1] = byte(id>>8), byte(id)
	case helloRandom:
		f.rnd.Read(payload[11:43])
	case repeated:
		f.seq[client]--
	}
}

// flowHeap is a binary heap by time; container/heap would cost an interface call for each comparison.
type flowHeap []*flow

func (h flowHeap) less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}

func (h *flowHeap) push(f *flow) {
	*h = append(*h, f)
	s := *h
	for i := len(s) - 1; i > 0 && s.less(i, (i-1)/2); i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
}

// fix moves the first flow to where its time belongs.
func (h flowHeap) fix() {
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(h) && h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

func (h *flowHeap) pop() {
	s := *h
	last := len(s) - 1
	s[0], s[last] = s[last], nil
	*h = s[:last]
	h.fix()
}
