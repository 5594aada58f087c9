package anonymize

import (
	"encoding/binary"
)

// DNS record types whose content is known here (RFC 1035, RFC 3596, RFC 2782, RFC 9460).
const (
	typeA, typeNS, typeCNAME, typeSOA, typePTR, typeMX = 1, 2, 5, 6, 12, 15
	typeAAAA, typeSRV, typeSVCB, typeHTTPS             = 28, 33, 64, 65
)

// dnsMessage is a message that is rewritten in place.
type dnsMessage struct {
	m      *Mapper
	b      []byte
	mapped map[int]bool // places of labels that were looked at
}

// dns maps the names and addresses of a message; content of types that are not known is blank, and so is all behind
// what cannot be read.
func (m *Mapper) dns(b []byte) {
	d := dnsMessage{m, b, map[int]bool{}}
	if len(b) < 12 {
		m.blank(b, 1)
		return
	}
	at := 12
	for range binary.BigEndian.Uint16(b[4:]) {
		if at = d.name(at); at < 0 || at+4 > len(b) {
			return
		}
		at += 4
	}
	records := 0
	for i := 6; i < 12; i += 2 {
		records += int(binary.BigEndian.Uint16(b[i:]))
	}
	for range records {
		if at = d.record(at); at < 0 {
			return
		}
	}
	clear(b[at:])
}

// record rewrites one resource record and returns where it ends, or -1.
func (d *dnsMessage) record(at int) int {
	if at = d.name(at); at < 0 || at+10 > len(d.b) {
		if at >= 0 {
			clear(d.b[at:])
		}
		return -1
	}
	typ, n := binary.BigEndian.Uint16(d.b[at:]), int(binary.BigEndian.Uint16(d.b[at+8:]))
	from := at + 10
	end := min(from+n, len(d.b))
	d.data(int(typ), from, end)
	if from+n > len(d.b) {
		return -1
	}
	return end
}

func (d *dnsMessage) data(typ, from, end int) {
	v := d.b[from:end]
	skip, named := map[int]int{typeNS: 0, typeCNAME: 0, typePTR: 0, typeSOA: 0, typeMX: 2, typeSRV: 6, typeSVCB: 2,
		typeHTTPS: 2}[typ]
	switch {
	case typ == typeA && len(v) == 4:
		d.m.addr4(v)
	case typ == typeAAAA && len(v) == 16:
		d.m.addr6(v)
	case !named || len(v) <= skip:
		clear(v)
	default:
		d.named(typ, from+skip, end)
	}
}

// named rewrites the content of a record from its name on.
func (d *dnsMessage) named(typ, at, end int) {
	at = d.name(at)
	switch {
	case at < 0 || at > end:
	case typ == typeSOA:
		d.name(at)
	case typ == typeSVCB, typ == typeHTTPS:
		d.hints(at, end)
	}
}

// hints maps the addresses among the parameters of a service (RFC 9460 section 7.3), and blanks what may name others.
func (d *dnsMessage) hints(at, end int) {
	for at+4 <= end {
		key, n := binary.BigEndian.Uint16(d.b[at:]), int(binary.BigEndian.Uint16(d.b[at+2:]))
		v := d.b[at+4 : min(at+4+n, end)]
		at += 4 + n
		switch key {
		case 0, 1, 2, 3: // mandatory, alpn, no-default-alpn, port
		case 4:
			for ; len(v) >= 4; v = v[4:] {
				d.m.addr4(v)
			}
		case 6:
			for ; len(v) >= 16; v = v[16:] {
				d.m.addr6(v)
			}
		default:
			clear(v)
		}
	}
}

// maxLabels bounds the labels of a name (RFC 1035 section 2.3.4), and the pointers that are followed.
const maxLabels = 128

// name maps the labels of the name at a place, each where it stands, and returns what follows, or -1.
func (d *dnsMessage) name(at int) int {
	var labels []string
	var places []int
	end := -1
	for steps := 0; ; steps++ {
		if at >= len(d.b) || steps > maxLabels {
			d.blankFrom(at)
			return -1
		}
		n := int(d.b[at])
		if n == 0 {
			at++
			break
		}
		if n >= 0xc0 {
			if at+2 > len(d.b) {
				return -1
			}
			if end < 0 {
				end = at + 2
			}
			at = n&0x3f<<8 | int(d.b[at+1])
			continue
		}
		if n > 63 || at+1+n > len(d.b) {
			d.blankFrom(at + 1)
			return -1
		}
		labels, places = append(labels, string(d.b[at+1:at+1+n])), append(places, at+1)
		at += 1 + n
	}
	d.apply(labels, places)
	if end < 0 {
		end = at
	}
	return end
}

func (d *dnsMessage) blankFrom(at int) { clear(d.b[min(max(at, 12), len(d.b)):]) }

// apply maps labels that no name before had.
func (d *dnsMessage) apply(labels []string, places []int) {
	fresh := 0
	for fresh < len(places) && !d.mapped[places[fresh]] {
		fresh++
	}
	if fresh == 0 {
		return
	}
	// Labels that a pointer led to may be mapped already; whether the name is kept can then only be told by those that
	// stay as they are, which are the same.
	keep := d.m.keptLabels(append([]string(nil), labels...))
	for i := range fresh {
		d.mapped[places[i]] = true
		if i < len(labels)-keep {
			copy(d.b[places[i]:], d.m.Word(labels[i]))
		}
	}
}
