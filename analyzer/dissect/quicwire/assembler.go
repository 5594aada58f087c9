package quicwire

import (
	"bytes"
	"iter"
	"slices"
	"sync"
)

// Bounds of an Assembler.
const (
	MaxCrypto    = 16 << 10 // bytes of handshake kept
	MaxFragments = 256      // pieces of it
	MaxPackets   = 64       // Initial packets tried
)

// Assembler collects the handshake bytes that one side sends in Initial packets, from any number of datagrams in any
// order. The zero value is for the client's side; for the server's see [NewServerAssembler].
type Assembler struct {
	client  *Assembler // of the server's side
	dcid    []byte     // the keys come from this connection id; nil until a packet opened
	version uint32     // of keys
	keys    *keys
	pieces  []piece // sorted by offset
	size    int     // bytes in pieces
	packets int     // Initial packets tried
}

// buffers are for packets without their protection, of which an Assembler keeps copies.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// piece is the content of a CRYPTO frame.
type piece struct {
	offset int
	data   []byte
}

// NewServerAssembler returns an Assembler for the server's Initial packets, whose keys come from the connection id that
// the client chose. It asks the client's Assembler for it, so it opens nothing before that one has. Both have one
// owner.
func NewServerAssembler(client *Assembler) *Assembler { return &Assembler{client: client} }

// DCID is the connection id that the keys come from; nil until an Initial packet was opened.
func (a *Assembler) DCID() []byte { return a.dcid }

// Version is the version of the last packet that opened, 0 before.
func (a *Assembler) Version() uint32 {
	if a.keys == nil {
		return 0
	}
	return a.version
}

// Add reads a datagram and reports whether it had an Initial packet that could be opened.
func (a *Assembler) Add(datagram []byte) bool {
	opened := false
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for p := range Packets(datagram) {
		if p.Type != Initial || a.packets >= MaxPackets {
			continue
		}
		a.packets++
		if frames := a.open(p, buf); frames != nil {
			opened = true
			a.frames(frames)
		}
	}
	return opened
}

// open tries the connection id that worked before, and then the one that is new: on the client's side that of the
// packet, on the server's side that of the client. It changes with a Retry (RFC 9001 section 5.2), after which the
// handshake begins anew.
func (a *Assembler) open(p Packet, buf *[]byte) []byte {
	if a.dcid != nil {
		if frames := a.openWith(p, a.dcid, buf); frames != nil {
			return frames
		}
	}
	fresh := p.DCID
	if a.client != nil {
		fresh = a.client.dcid
	}
	if fresh == nil || a.dcid != nil && bytes.Equal(a.dcid, fresh) {
		return nil
	}
	frames := a.openWith(p, fresh, buf)
	if frames != nil {
		a.dcid, a.pieces, a.size = append([]byte{}, fresh...), nil, 0
	}
	return frames
}

// openWith opens a packet with the keys of a connection id, and keeps the keys if they fit.
func (a *Assembler) openWith(p Packet, dcid []byte, buf *[]byte) []byte {
	if a.keys != nil && a.version == p.Version && bytes.Equal(dcid, a.dcid) {
		return a.keys.open(p, buf)
	}
	side := "client in"
	if a.client != nil {
		side = "server in"
	}
	k, err := newKeys(p.Version, dcid, side)
	if err != nil {
		return nil
	}
	frames := k.open(p, buf)
	if frames != nil {
		a.keys, a.version = k, p.Version
	}
	return frames
}

// frames walks the frames of an Initial packet (RFC 9000 section 12.4) and keeps what CRYPTO frames hold.
func (a *Assembler) frames(b []byte) {
	const padding, ping, ack, ackECN, crypto = 0, 1, 2, 3, 6
	for r := reader(b); len(r) > 0; {
		switch typ := r.varint(); typ {
		case padding, ping:
		case ack, ackECN:
			r.ack(typ == ackECN)
		case crypto:
			offset := r.varint()
			data := r.take(r.varint())
			if r != nil {
				a.add(offset, data)
			}
		default:
			return // CONNECTION_CLOSE, or nothing that belongs here
		}
	}
}

// ack skips an ACK frame after its type (RFC 9000 section 19.3).
func (r *reader) ack(ecn bool) {
	r.varint() // largest acknowledged
	r.varint() // delay
	ranges := r.varint()
	r.varint() // first range
	for ; ranges > 0 && *r != nil; ranges-- {
		r.varint()
		r.varint()
	}
	if ecn {
		r.varint()
		r.varint()
		r.varint()
	}
}

// add keeps a copy of handshake bytes, unless they are there already or beyond the bounds.
func (a *Assembler) add(offset int, data []byte) {
	if len(data) == 0 || offset > MaxCrypto-len(data) || len(a.pieces) >= MaxFragments || a.size+len(data) > MaxCrypto {
		return
	}
	for _, p := range a.pieces {
		if p.offset <= offset && p.offset+len(p.data) >= offset+len(data) {
			return // repeated
		}
	}
	at, _ := slices.BinarySearchFunc(a.pieces, offset, func(p piece, offset int) int { return p.offset - offset })
	a.pieces = slices.Insert(a.pieces, at, piece{offset, bytes.Clone(data)})
	a.size += len(data)
}

// Message is one handshake message (RFC 8446 section 4).
type Message struct {
	Type  byte   // 1: ClientHello, 2: ServerHello or HelloRetryRequest
	Body  []byte // without the header of four bytes
	Whole bool   // false: Body is the first part, up to a gap or to what was sent so far
}

// Messages walks the handshake messages of this side from the beginning up to the first gap: one hello, or two where
// the server asked the client to retry. The bodies are copies.
func (a *Assembler) Messages() iter.Seq[Message] {
	const header = 4
	return func(yield func(Message) bool) {
		for b := a.prefix(); len(b) >= header; {
			length := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
			n := min(length, len(b)-header)
			if !yield(Message{b[0], b[header:][:n:n], n == length}) {
				return
			}
			b = b[header+n:]
		}
	}
}

// prefix joins the pieces up to the first gap.
func (a *Assembler) prefix() []byte {
	var b []byte
	for _, p := range a.pieces {
		if p.offset > len(b) {
			break
		}
		if end := p.offset + len(p.data); end > len(b) {
			b = append(b, p.data[len(b)-p.offset:]...)
		}
	}
	return b
}
