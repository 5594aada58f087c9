package capture

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Options of interface, statistics and packet blocks that matter (draft-ietf-opsawg-pcapng 4.2, 4.3, 4.6).
const (
	ngOptName       = 2
	ngOptResolution = 9
	ngOptFCS        = 13
	ngOptOffset     = 14

	ngOptDeviceDrops = 5
	ngOptKernelDrops = 7

	ngOptFlags = 2
	ngOptGap   = 4
)

// ngIface is an interface of a section.
type ngIface struct {
	link    LinkType
	used    bool
	fcs     uint32
	snaplen uint32

	units  uint64 // ticks in a second
	offset int64  // seconds to add
	factor uint64 // nanoseconds in a tick, where they are whole,
	limit  uint64 // up to this many ticks

	kernel, device ngCount // the last statistics: they count from the start of the capture
	gaps           ngCount // sum of what was lost before each packet
}

// describeInterface takes an Interface Description Block: link type, snapshot length, options.
func (x *ngIndex) describeInterface(body []byte) (what string) {
	if len(body) < 8 {
		return tooShort("an interface", body)
	}
	if len(x.interfaces) == maxInterfaces {
		return "more interfaces in a section than can be counted"
	}
	i := ngIface{link: LinkType(x.u16(body)), snaplen: x.u32(body[4:]), units: 1e6}
	x.shorten(i.snaplen)
	var name []byte
	for code, v, rest := x.option(body[8:]); code != 0; code, v, rest = x.option(rest) {
		switch {
		case code == ngOptName:
			name = v
		case code == ngOptResolution && len(v) == 1:
			i.units = unitsOf(v[0])
		case code == ngOptFCS && len(v) == 1:
			i.fcs = frameCheck(i.link, fcsBytes(v[0]))
		case code == ngOptOffset && len(v) == 8:
			i.offset = min(max(int64(x.u64(v)), -maxSeconds), maxSeconds)
		}
	}
	if i.offset == 0 && 1e9%i.units == 0 {
		i.factor = 1e9 / i.units
		i.limit = math.MaxInt64 / i.factor
	}
	x.interfaces = append(x.interfaces, i)
	x.keep(name)
	return ""
}

// shorten keeps the smallest snapshot length of the interfaces; 0 states none.
func (x *ngIndex) shorten(snaplen uint32) {
	if snaplen != 0 && (x.snaplen == 0 || snaplen < x.snaplen) {
		x.snaplen = snaplen
	}
}

// keep notes the name of the interface that was described last.
func (x *ngIndex) keep(name []byte) {
	if len(x.names) < maxNames {
		x.names = append(x.names, strings.ToValidUTF8(string(name[:min(len(name), maxName)]), "\ufffd"))
	}
}

// Bounds of the names that are kept.
const (
	maxNames = 1 << 12
	maxName  = 256 // bytes
)

// unitsOf is the resolution of time stamps: a negative power of 10, or of 2 if the top bit is set. What is finer than
// 64 bits can hold leaves no time to speak of, as in Wireshark.
func unitsOf(resolution byte) uint64 {
	exponent := resolution & 0x7f
	switch {
	case resolution&0x80 != 0 && exponent < 64:
		return 1 << exponent
	case resolution&0x80 == 0 && exponent < 20:
		units := uint64(1)
		for range exponent {
			units *= 10
		}
		return units
	}
	return math.MaxUint64
}

// fcsBytes reads if_fcslen: the standard says bits, its example and some writers bytes.
func fcsBytes(v byte) uint32 {
	if v >= 8 {
		v /= 8
	}
	return uint32(v)
}

// maxSeconds is the last second that nanoseconds in 64 bits can tell.
const maxSeconds = math.MaxInt64/1_000_000_000 - 1

// time converts a time stamp to nanoseconds since the epoch. What is beyond the year 2262 becomes the last moment of
// it.
func (i *ngIface) time(ticks uint64) int64 {
	if i.factor != 0 && ticks <= i.limit {
		return int64(ticks * i.factor)
	}
	sec, rem := ticks/i.units, ticks%i.units
	hi, lo := bits.Mul64(rem, 1e9)
	ns, _ := bits.Div64(hi, lo, i.units)
	if sec > 2*maxSeconds {
		return math.MaxInt64
	}
	at := int64(sec) + i.offset
	if at > maxSeconds {
		return math.MaxInt64
	}
	return at*1e9 + int64(ns)
}

// option splits the first option off. The code is 0 at the end, also where an option claims more than there is.
func (x *ngIndex) option(b []byte) (code uint16, value, rest []byte) {
	if len(b) < 4 {
		return 0, nil, nil
	}
	n := int(x.u16(b[2:]))
	end := 4 + padded(uint32(n))
	if end > len(b) {
		return 0, nil, nil
	}
	return x.u16(b), b[4 : 4+n], b[end:]
}

// packetOptions looks for the count of packets lost before this one, and returns the length of the frame check
// sequence: of the flags, else of the interface.
func (x *ngIndex) packetOptions(i *ngIface, opts []byte) (fcs uint32) {
	fcs = i.fcs
	for code, v, rest := x.option(opts); code != 0; code, v, rest = x.option(rest) {
		switch {
		case code == ngOptGap && len(v) == 8:
			i.gaps.add(x.u64(v))
		case code == ngOptFlags && len(v) == 4:
			if n := x.u32(v) >> 5 & 0xf; n != 0 {
				fcs = frameCheck(i.link, n)
			}
		}
	}
	return fcs
}

// statistics takes an Interface Statistics Block: interface, time, options. One of an unknown interface is passed over.
func (x *ngIndex) statistics(body []byte) (what string) {
	if len(body) < 12 {
		return tooShort("a statistics block", body)
	}
	id := x.u32(body)
	if uint64(id) >= uint64(len(x.interfaces)) {
		return ""
	}
	i := &x.interfaces[id]
	for code, v, rest := x.option(body[12:]); code != 0; code, v, rest = x.option(rest) {
		switch {
		case code == ngOptDeviceDrops && len(v) == 8:
			i.device.set(x.u64(v))
		case code == ngOptKernelDrops && len(v) == 8:
			i.kernel.set(x.u64(v))
		}
	}
	return ""
}

// use notes the link type of an interface that has packets.
func (x *ngIndex) use(i *ngIface) {
	if i.used {
		return
	}
	i.used = true
	if !slices.Contains(x.links, i.link) {
		x.links = append(x.links, i.link)
	}
}

// ngCount is a count that a file may state or not.
type ngCount struct {
	n     uint64
	known bool
}

// set takes a new value; all ones mean that it is not known.
func (c *ngCount) set(n uint64) {
	if n != math.MaxUint64 {
		c.n, c.known = n, true
	}
}

// add adds to the count and stops at the largest number that can be told.
func (c *ngCount) add(n uint64) { c.n, c.known = min(c.n+min(n, math.MaxInt64), math.MaxInt64), true }

func (c *ngCount) count() *int64 {
	if !c.known {
		return nil
	}
	n := int64(min(c.n, math.MaxInt64))
	return &n
}

// ngDrops are the packets lost on a number of interfaces.
type ngDrops struct{ kernel, device ngCount }

// add adds the losses of the interfaces. The gaps before packets hold the losses of both kernel and device, so they
// count where they exceed what the statistics say.
func (d *ngDrops) add(interfaces []ngIface) {
	for k := range interfaces {
		i := &interfaces[k]
		if i.device.known {
			d.device.add(i.device.n)
		}
		if i.kernel.known || i.gaps.known {
			d.kernel.add(max(i.kernel.n, i.gaps.n-min(i.gaps.n, i.device.n)))
		}
	}
}
