package anonymize

import "encoding/binary"

// chain follows the frames of a stream beyond its beginning, so that their headers stay: how large messages are and
// when they come tells media from other traffic.
type chain struct {
	cursors []int64 // offsets at which frames are known to begin that were not seen yet
	heads   []int64 // of the latest frames that were seen, for segments that come again
	partial []byte  // the part of a header at the end of a segment, at the cursor partialAt
	at      int64
}

const (
	maxHeads   = 256
	maxCursors = 8
)

// segment writes to out what stays of the segment at an offset.
func (c *chain) segment(m *Mapper, kind framing, in, out []byte, off int64) {
	clear(out)
	if kind == unframed {
		return
	}
	end := off + int64(len(in))
	for _, h := range c.heads {
		if h >= off && h < end {
			kind.frame(m, in[h-off:], out[h-off:])
		}
	}
	c.resync(kind, in, off)
	for i := 0; i < len(c.cursors); i++ {
		at, ok := c.follow(m, kind, in, out, off, c.cursors[i])
		if c.cursors[i] = at; !ok {
			c.cursors = append(c.cursors[:i], c.cursors[i+1:]...)
			i--
		}
	}
}

// resync takes the beginning of a segment for that of a frame where nothing else is known and it looks like one: as
// after segments that were not captured.
func (c *chain) resync(kind framing, in []byte, off int64) {
	for _, at := range c.cursors {
		if at >= off || at+int64(kind.header()) > off && len(c.partial) > 0 && c.at == at {
			return
		}
	}
	for _, h := range c.heads {
		if h >= off {
			return
		}
	}
	if _, ok := kind.length(in); ok && len(c.cursors) < maxCursors {
		c.cursors = append(c.cursors, off)
	}
}

// follow goes from frame to frame through the segment, and returns where the next one begins; false: the chain is lost,
// or another one has been here.
func (c *chain) follow(m *Mapper, kind framing, in, out []byte, off, at int64) (int64, bool) {
	head, end := int64(kind.header()), off+int64(len(in))
	if at < off && at+head > off && c.at == at && int64(len(c.partial)) == off-at {
		need := min(head-(off-at), int64(len(in)))
		copy(out[:need], in[:need])
		c.partial = append(c.partial, in[:need]...)
		n, ok := kind.length(c.partial)
		if !ok {
			return at, int64(len(c.partial)) < head
		}
		c.partial, at = nil, at+n
	}
	for at >= off && at < end {
		b := in[at-off:]
		if int64(len(b)) < head {
			copy(out[at-off:], b)
			c.partial, c.at = append([]byte(nil), b...), at
			return at, true
		}
		n, ok := kind.length(b)
		if !ok {
			return at, false
		}
		kind.frame(m, b, out[at-off:])
		if c.heads = append(c.heads, at); len(c.heads) > maxHeads {
			c.heads = c.heads[1:]
		}
		at += n
	}
	return at, true
}

// header is the length of a frame's header.
func (k framing) header() int {
	if k == tlsRecords {
		return recordHeader
	}
	return 2
}

// length is that of the frame that begins here, its header included.
func (k framing) length(b []byte) (int64, bool) {
	switch {
	case k == tlsRecords && isRecord(b):
		return recordHeader + int64(binary.BigEndian.Uint16(b[3:])), true
	case k == frames4571 && len(b) >= 2 && binary.BigEndian.Uint16(b) > 0:
		return 2 + int64(binary.BigEndian.Uint16(b)), true
	}
	return 0, false
}

// frame writes what stays of a frame: its header, and of media what a datagram would keep.
func (k framing) frame(m *Mapper, in, out []byte) {
	n := copy(out[:min(k.header(), len(out))], in)
	length, ok := k.length(in)
	if !ok {
		return
	}
	body := out[n:min(int(length), len(out))]
	switch {
	case k == frames4571:
		copy(body, in[n:])
		m.datagram([2]uint16{}, body, false, false)
	case in[0] == 20 || in[0] == 21: // change cipher spec, alert
		copy(body, in[n:])
	}
}
