package record

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// The packed form holds records of one run in memory and in temporary files, in about a sixth of the space of their
// JSON. It is read by the program that wrote it, so it has no version.
//
// A struct is a mask, one bit for each member that is not zero, and the values of these; a bool is its bit. Integers
// are varints (of signed ones zigzag). A time is the difference to the time before it, in microseconds where that is
// exact; numbers of packets (tag `pack:"packet"`) are differences as well. Floats are thousandths where that is exact.
// A text is its number in Words, or its place among the last few of the same part, or its bytes; hexadecimal digits and
// Community IDs in half and two thirds of the space. Addresses likewise. Lists and maps are their length and their
// members, maps in the order of their keys.

// Packer appends parts: records, and values between them, that are read back in the same order.
type Packer struct {
	b     []byte
	err   error
	words *Words
	part  recent
}

// recent is what writer and reader remember within a part.
type recent struct {
	time   Time
	packet int64
	texts  [8]string
	text   int // where the next one goes
	addrs  [4]netip.Addr
	addr   int
}

// Forms of a text, then its places in recent.texts, then the numbers of words.
const (
	textPlain = iota
	textHex
	textCommunity
	textRecent
	textWord = textRecent + len(recent{}.texts)
)

// Forms of an address, then its places in recent.addrs.
const (
	addrNone = iota
	addr4
	addr6
	addrZone
	addrRecent
)

// Forms of a float, in the lowest two bits.
const (
	floatWhole = iota
	floatThousandths
	floatBits
	floatForms = 2
)

// NewPacker makes one that uses the table.
func NewPacker(w *Words) *Packer { return &Packer{words: w} }

// Start begins a part at the end of b. Times are told from at, numbers of packets from packet.
func (p *Packer) Start(b []byte, at Time, packet int64) {
	p.b, p.err = b, nil
	p.part = recent{time: at, packet: packet}
}

// End is what Start was given with the part behind it. The error is of a value that cannot be shown as JSON.
func (p *Packer) End() ([]byte, error) {
	b := p.b
	p.b = nil
	return b, p.err
}

// Uint appends an unsigned integer.
func (p *Packer) Uint(v uint64) {
	if v < 0x80 {
		p.b = append(p.b, byte(v))
		return
	}
	p.b = binary.AppendUvarint(p.b, v)
}

// Int appends an integer.
func (p *Packer) Int(v int64) { p.Uint(uint64(v)<<1 ^ uint64(v>>63)) }

// Bool appends a truth value.
func (p *Packer) Bool(v bool) {
	if v {
		p.b = append(p.b, 1)
	} else {
		p.b = append(p.b, 0)
	}
}

// Packet appends a number of a packet, as the difference to the one before it.
func (p *Packer) Packet(n int64) {
	p.Int(n - p.part.packet)
	p.part.packet = n
}

// Time appends a time, as the difference to the one before it.
func (p *Packer) Time(t Time) {
	d := int64(t - p.part.time)
	p.part.time = t
	us, ns := d/1000, d%1000
	v := uint64(us)<<1 ^ uint64(us>>63)
	if ns == 0 {
		p.Uint(v << 1)
		return
	}
	p.Uint(v<<1 | 1)
	p.Int(ns)
}

// Float appends a number.
func (p *Packer) Float(v float64) {
	const most = 1 << 50
	for form, scale := range [...]float64{1, 1000} {
		n := math.RoundToEven(v * scale)
		if math.Abs(n) < most && n/scale == v && (n != 0 || !math.Signbit(v)) {
			i := int64(n)
			p.Uint((uint64(i)<<1^uint64(i>>63))<<floatForms | uint64(form))
			return
		}
	}
	p.Uint(floatBits)
	p.b = binary.LittleEndian.AppendUint64(p.b, math.Float64bits(v))
}

// Text appends a text.
func (p *Packer) Text(s string) {
	near := p.words.nearOf(s)
	if near.text == s && s != "" {
		p.Uint(uint64(textWord) + uint64(near.number))
		return
	}
	hash := p.words.hash(s)
	n, ok := p.words.number(s, hash)
	if !ok {
		if i := slices.Index(p.part.texts[:], s); i >= 0 && s != "" {
			p.Uint(uint64(textRecent + i))
			return
		}
		n, ok = p.words.admit(s, hash)
	}
	if ok {
		*near = nearWord{p.words.list[n], n}
		p.Uint(uint64(textWord) + uint64(n))
		return
	}
	p.part.addText(s)
	p.fresh(s)
}

func (c *recent) addText(s string) {
	c.texts[c.text] = s
	c.text = (c.text + 1) % len(c.texts)
}

func (c *recent) addAddr(a netip.Addr) {
	c.addrs[c.addr] = a
	c.addr = (c.addr + 1) % len(c.addrs)
}

// fresh appends the bytes of a text.
func (p *Packer) fresh(s string) {
	if p.hex(s) || p.community(s) {
		return
	}
	p.b = append(p.b, textPlain)
	p.Bytes(s)
}

// Bytes appends a text as it is.
func (p *Packer) Bytes(s string) {
	p.Uint(uint64(len(s)))
	p.b = append(p.b, s...)
}

// nibbles are the values of the hexadecimal digits in lower case; 0xff is none.
var nibbles = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
	}
	return t
}()

// hex appends an even number of hexadecimal digits, two in a byte; ok is false for another text.
func (p *Packer) hex(s string) (ok bool) {
	if len(s) < 4 || len(s) > 0xff || len(s)%2 != 0 {
		return false
	}
	b := append(p.b, textHex, byte(len(s)/2))
	for i := 0; i < len(s); i += 2 {
		high, low := nibbles[s[i]], nibbles[s[i+1]]
		if high|low > 0xf {
			return false
		}
		b = append(b, high<<4|low)
	}
	p.b = b
	return true
}

// Of a Community ID of version 1: its beginning, and the lengths of what follows as text and as bytes (SHA-1).
const (
	communityHead  = "1:"
	communityText  = 28
	communityBytes = 20
)

// strict refuses what would not be the same text when it is encoded again.
var strict = base64.StdEncoding.Strict()

// community appends the hash of a Community ID; ok is false for another text.
func (p *Packer) community(s string) (ok bool) {
	sum, ok := strings.CutPrefix(s, communityHead)
	if !ok || len(sum) != communityText {
		return false
	}
	var bytes [communityText]byte
	n, err := strict.Decode(bytes[:], []byte(sum))
	if err != nil || n != communityBytes {
		return false
	}
	p.b = append(append(p.b, textCommunity), bytes[:n]...)
	return true
}

// Addr appends an address.
func (p *Packer) Addr(a netip.Addr) {
	if !a.IsValid() {
		p.b = append(p.b, addrNone)
		return
	}
	if i := slices.Index(p.part.addrs[:], a); i >= 0 {
		p.b = append(p.b, byte(addrRecent+i))
		return
	}
	p.part.addAddr(a)
	switch {
	case a.Is4():
		b := a.As4()
		p.b = append(append(p.b, addr4), b[:]...)
	case a.Zone() == "":
		b := a.As16()
		p.b = append(append(p.b, addr6), b[:]...)
	default:
		b := a.As16()
		p.b = append(append(p.b, addrZone), b[:]...)
		p.Bytes(a.Zone())
	}
}

// own appends a value that makes its own JSON.
func (p *Packer) own(v json.Marshaler) {
	text, err := v.MarshalJSON()
	p.err = cmp.Or(p.err, err)
	p.Uint(uint64(len(text)))
	p.b = append(p.b, text...)
}

// mask makes room for the bits of a struct and returns its place.
func (p *Packer) mask(bytes int) int {
	p.b = append(p.b, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"[:bytes]...)
	return len(p.b) - bytes
}

// setMask fills up to eight bytes of it.
func (p *Packer) setMask(at, bytes int, bits uint64) {
	for i := range bytes {
		p.b[at+i] = byte(bits >> (8 * i))
	}
}

// sortedKeys appends the keys of a map in their order. The caller's space keeps small maps off the heap.
func sortedKeys[K cmp.Ordered, V any](m map[K]V, keys []K) []K {
	for k := range m {
		keys = append(keys, k)
	}
	if len(keys) > 1 {
		slices.Sort(keys)
	}
	return keys
}
