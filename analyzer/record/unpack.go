package record

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"strings"
)

// errPacked is the fault of packed records that are not what a Packer wrote.
var errPacked = errors.New("the packed records are damaged")

// Unpacker reads parts that a [Packer] wrote. What it hands out lies in slabs of its own, so that an ordinary flow
// allocates nothing; it is valid until Release. Without Release all of it stays, and an Unpacker should be used for a
// bounded number of parts. Damaged input is an error, and takes memory in proportion to its size.
type Unpacker struct {
	b     []byte
	at    int
	err   error
	words []string
	part  recent
	text  strings.Builder // the space of new texts
	slabs
}

// textSlab is the size of the space that new texts share.
const textSlab = 1 << 10

// Start begins to read a part, from what Packer.Start was given and the list of its table.
func (u *Unpacker) Start(b []byte, words []string, at Time, packet int64) {
	u.b, u.at, u.err, u.words = b, 0, nil, words
	u.part = recent{time: at, packet: packet}
}

// End is the fault of what was read since Start, and what stands behind it.
func (u *Unpacker) End() (rest []byte, err error) {
	if u.err != nil {
		return nil, u.err
	}
	return u.b[u.at:], nil
}

// Release lets go of all that was handed out: its memory is used again. Texts stay.
func (u *Unpacker) Release() { u.release() }

// fail notes the first fault. Nothing is left to read, so that all values are zero.
func (u *Unpacker) fail() {
	if u.err == nil {
		u.err = errPacked
	}
	u.b, u.at = nil, 0
}

// Uint reads an unsigned integer.
func (u *Unpacker) Uint() uint64 {
	if at := u.at; at < len(u.b) && u.b[at] < 0x80 {
		u.at++
		return uint64(u.b[at])
	}
	return u.long()
}

func (u *Unpacker) long() uint64 {
	v, n := binary.Uvarint(u.b[u.at:])
	if n <= 0 {
		u.fail()
		return 0
	}
	u.at += n
	return v
}

// Int reads an integer.
func (u *Unpacker) Int() int64 {
	v := u.Uint()
	return int64(v>>1) ^ -int64(v&1)
}

// Bool reads a truth value.
func (u *Unpacker) Bool() bool { return u.byte() != 0 }

func (u *Unpacker) byte() byte {
	if u.at >= len(u.b) {
		u.fail()
		return 0
	}
	u.at++
	return u.b[u.at-1]
}

// Packet reads a number of a packet.
func (u *Unpacker) Packet() int64 {
	u.part.packet += u.Int()
	return u.part.packet
}

// Time reads a time.
func (u *Unpacker) Time() Time {
	v := u.Uint()
	d := 1000 * (int64(v>>2) ^ -int64(v>>1&1))
	if v&1 != 0 {
		d += u.Int()
	}
	u.part.time += Time(d)
	return u.part.time
}

// Float reads a number.
func (u *Unpacker) Float() float64 {
	v := u.Uint()
	n := float64(int64(v>>(floatForms+1)) ^ -int64(v>>floatForms&1))
	switch v & (1<<floatForms - 1) {
	case floatWhole:
		return n
	case floatThousandths:
		return n / 1000
	}
	if b := u.bytes(8); len(b) == 8 {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// bytes are the next n; nil where there are fewer.
func (u *Unpacker) bytes(n uint64) []byte {
	if n > uint64(len(u.b)-u.at) {
		u.fail()
		return nil
	}
	u.at += int(n)
	return u.b[u.at-int(n) : u.at]
}

// Len reads the length of a list whose members take a byte each at least.
func (u *Unpacker) Len() int {
	n := u.Uint()
	if n > uint64(len(u.b)-u.at) {
		u.fail()
		return 0
	}
	return int(n)
}

// Text reads a text.
func (u *Unpacker) Text() string {
	form := u.Uint()
	if form >= uint64(textWord) {
		if form -= uint64(textWord); form >= uint64(len(u.words)) {
			u.fail()
			return ""
		}
		return u.words[form]
	}
	if form >= textRecent {
		return u.part.texts[form-textRecent]
	}
	s := u.fresh(form)
	u.part.addText(s)
	return s
}

// fresh reads the bytes of a text.
func (u *Unpacker) fresh(form uint64) string {
	var space [2 * 0xff]byte
	switch form {
	case textHex:
		n := u.byte()
		for i, c := range u.bytes(uint64(n)) {
			space[2*i], space[2*i+1] = "0123456789abcdef"[c>>4], "0123456789abcdef"[c&0xf]
		}
		return u.keep(space[:2*int(n)])
	case textCommunity:
		b := u.bytes(communityBytes)
		copy(space[:], communityHead)
		base64.StdEncoding.Encode(space[len(communityHead):], b)
		return u.keep(space[:len(communityHead)+communityText])
	}
	return u.Bytes()
}

// Bytes reads a text that was appended as it is.
func (u *Unpacker) Bytes() string { return u.keep(u.bytes(u.Uint())) }

// keep makes a text in the shared space.
func (u *Unpacker) keep(b []byte) string {
	if u.err != nil {
		return ""
	}
	if u.text.Cap()-u.text.Len() < len(b) {
		u.text.Reset()
		u.text.Grow(max(textSlab, len(b)))
	}
	at := u.text.Len()
	u.text.Write(b)
	return u.text.String()[at:]
}

// Addr reads an address.
func (u *Unpacker) Addr() (a netip.Addr) {
	form := u.byte()
	switch form {
	case addrNone:
		return a
	case addr4:
		if b := u.bytes(4); len(b) == 4 {
			a = netip.AddrFrom4([4]byte(b))
		}
	case addr6, addrZone:
		if b := u.bytes(16); len(b) == 16 {
			a = netip.AddrFrom16([16]byte(b))
		}
		if form == addrZone {
			a = a.WithZone(u.Bytes())
		}
	default:
		if form -= addrRecent; int(form) >= len(u.part.addrs) {
			u.fail()
			return a
		}
		return u.part.addrs[form]
	}
	u.part.addAddr(a)
	return a
}

// own reads a value that reads its own JSON.
func (u *Unpacker) own(v json.Unmarshaler) {
	b := u.bytes(u.Uint())
	if u.err == nil && v.UnmarshalJSON(b) != nil {
		u.fail()
	}
}

// mask reads up to eight bytes of the bits of a struct.
func (u *Unpacker) mask(bytes int) (bits uint64) {
	if len(u.b)-u.at >= 8 {
		shift := 64 - 8*bytes
		bits = binary.LittleEndian.Uint64(u.b[u.at:]) << shift >> shift
		u.at += bytes
		return bits
	}
	for i, c := range u.bytes(uint64(bytes)) {
		bits |= uint64(c) << (8 * i)
	}
	return bits
}

// slab hands out parts of lists that are used again after release.
type slab[T any] struct{ all, free []T }

// mostSlab bounds how many values are made at once for one that is wanted.
const mostSlab = 1 << 10

// take is a list of n, not nil.
func (s *slab[T]) take(n int) []T {
	if n == 0 {
		return []T{}
	}
	if n > len(s.free) {
		s.all = make([]T, max(n, min(2*len(s.all), mostSlab), 4))
		s.free = s.all
	}
	list := s.free[:n:n]
	s.free = s.free[n:]
	return list
}

// put is a pointer to the value.
func (s *slab[T]) put(v T) *T {
	p := &s.take(1)[0]
	*p = v
	return p
}

func (s *slab[T]) release() { s.free = s.all }

// mapSlab hands out maps that are used again after release.
type mapSlab[M ~map[K]V, K comparable, V any] struct {
	all  []M
	used int
}

func (s *mapSlab[M, K, V]) take() M {
	if s.used == len(s.all) {
		s.all = append(s.all, make(M))
	}
	s.used++
	return s.all[s.used-1]
}

// release clears the maps; one that has grown large is let go, because clearing takes as long as it ever was.
func (s *mapSlab[M, K, V]) release() {
	const large = 64
	for i, m := range s.all[:s.used] {
		if len(m) > large {
			s.all[i] = make(M)
		} else {
			clear(m)
		}
	}
	s.used = 0
}
