package record

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
)

// packedFlows holds the flows of a stored run, packed one after the other as they are read, and their TLS sessions,
// which come later.
type packedFlows struct {
	words  *Words
	packer *Packer
	first  Time     // of the first flow: what all times are told from
	chunks [][]byte // of packed records; the last one grows
	flows  []place
	tls    []place
	tlsOf  []uint32 // by flow, the number of its TLS session from 1; 0: it has none; nil: no flow has one

	seed  maphash.Seed
	known []knownFlow // in order of their sums once TLS sessions come
	space sync.Pool   // of *Unpacker
	err   atomic.Pointer[error]
}

// place is where a packed record lies.
type place struct{ chunk, at uint32 }

// knownFlow finds a flow by a sum over its id.
type knownFlow struct {
	sum  uint64
	flow uint32
}

// packedChunk is the space of a chunk. A record that is larger has one of its own.
const packedChunk = 256 << 10

func newPackedFlows() *packedFlows {
	words := NewWords()
	p := &packedFlows{words: words, packer: NewPacker(words), seed: maphash.MakeSeed()}
	p.space.New = func() any { return new(Unpacker) }
	return p
}

// addFlow packs a flow, which is not kept.
func (p *packedFlows) addFlow(f *Flow) error {
	if len(p.flows) == 0 {
		p.first = f.StartTime
	}
	p.packer.Start(p.room(), p.first, 0)
	p.packer.packFlow(f)
	at, err := p.end()
	if p.tlsOf == nil {
		p.known = append(p.known, knownFlow{maphash.String(p.seed, f.FlowID), uint32(len(p.flows))})
	} else { // somebody has changed the order, and its TLS session will not find it
		p.tlsOf = append(p.tlsOf, 0)
	}
	p.flows = append(p.flows, at)
	return err
}

// addTLS packs a TLS session behind all flows. It is false where the flow is missing, or has one already.
func (p *packedFlows) addTLS(t *TLSSession) (bool, error) {
	if p.tlsOf == nil {
		p.tlsOf = make([]uint32, len(p.flows))
		slices.SortFunc(p.known, func(a, b knownFlow) int { return cmp.Compare(a.sum, b.sum) })
	}
	sum := maphash.String(p.seed, t.FlowID)
	i, found := slices.BinarySearchFunc(p.known, sum, func(k knownFlow, sum uint64) int {
		return cmp.Compare(k.sum, sum)
	})
	if !found || p.tlsOf[p.known[i].flow] != 0 {
		return false, nil
	}
	p.packer.Start(p.room(), p.first, 0)
	p.packer.packTLSSession(t)
	at, err := p.end()
	p.tls = append(p.tls, at)
	p.tlsOf[p.known[i].flow] = uint32(len(p.tls))
	return true, err
}

// room is the chunk that grows.
func (p *packedFlows) room() []byte {
	if n := len(p.chunks); n > 0 && len(p.chunks[n-1]) < packedChunk {
		return p.chunks[n-1]
	}
	p.chunks = append(p.chunks, make([]byte, 0, packedChunk+packedChunk/8))
	return p.chunks[len(p.chunks)-1]
}

// end ends a record in the chunk that grows.
func (p *packedFlows) end() (place, error) {
	n := len(p.chunks) - 1
	at := place{uint32(n), uint32(len(p.chunks[n]))}
	b, err := p.packer.End()
	p.chunks[n] = b
	return at, err
}

// seal ends packing.
func (p *packedFlows) seal() { p.packer, p.known = nil, nil }

func (p *packedFlows) Len() int { return len(p.flows) }

func (p *packedFlows) Err() error {
	if err := p.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (p *packedFlows) Read(from, to int, f func(i int, fl *Flow, t *TLSSession) error) error {
	u := p.space.Get().(*Unpacker)
	defer p.space.Put(u)
	var flow Flow
	var session TLSSession
	for i := from; i < to; i++ {
		u.Release()
		t, err := p.unpack(u, i, &flow, &session)
		if err == nil {
			err = f(i, &flow, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *packedFlows) Lend(numbers []int, f func([]*Flow, []*TLSSession) error) error {
	u := p.space.Get().(*Unpacker)
	defer p.space.Put(u)
	u.Release()
	flows, sessions := make([]*Flow, len(numbers)), make([]*TLSSession, len(numbers))
	for at, i := range numbers {
		var err error
		flows[at] = new(Flow)
		if sessions[at], err = p.unpack(u, i, flows[at], new(TLSSession)); err != nil {
			return err
		}
	}
	return f(flows, sessions)
}

// unpack reads a flow, and its TLS session where it has one.
func (p *packedFlows) unpack(u *Unpacker, i int, f *Flow, session *TLSSession) (t *TLSSession, err error) {
	p.start(u, p.flows[i])
	u.unpackFlow(f)
	_, err = u.End()
	if err == nil && p.tlsOf != nil && p.tlsOf[i] != 0 {
		t = session
		p.start(u, p.tls[p.tlsOf[i]-1])
		u.unpackTLSSession(t)
		_, err = u.End()
	}
	if err != nil {
		p.err.Store(&err)
	}
	return t, err
}

func (p *packedFlows) start(u *Unpacker, at place) {
	u.Start(p.chunks[at.chunk][at.at:], p.words.List(), p.first, 0)
}
