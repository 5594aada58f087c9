package dissect

import (
	"bytes"

	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/flow"
)

// SIP over TCP is read to the connection's end: a message leaves the in-order prefix once it is read, so one direction
// never holds more than flow.DefaultPrefix bytes. A longer message counts by its beginning, and so does one that was
// cut by the snap length; a hole is given up after maxSIPBeyond segments, and reading goes on with the next start line.
const maxSIPBeyond = 8

// feedSIP takes one message, or what stands between two, and returns its length; 0: more is needed.
func (d *Dissector) feedSIP(h *half, b []byte) int {
	if n := sip.KeepAlive(b); n > 0 {
		return n
	}
	m := &d.sip
	if sip.Parse(b, m) != nil {
		return d.seekSIP(h, b)
	}
	if !m.Whole {
		h.wait.kind = awaitHead
		return 0
	}
	size, early := max(m.ContentLength, 0), false
	described := isSDP(m)
	if described {
		size, early = describedSize(m)
	}
	n := m.Head + size
	if len(b) < n {
		h.wait.kind, h.wait.size = awaitBody, n
		return 0
	}
	h.framed = !early && (described || m.ContentLength == 0)
	d.sipMessage(b[:n], false)
	if early {
		d.at.st.wrongLength(&d.at.st.others.SIP.Short, d.at.p.Number, d.at.p.Time)
	}
	return n
}

func isSDP(m *sip.Message) bool {
	return m.ContentLength > 0 && bytes.EqualFold(m.ContentType, []byte("application/sdp"))
}

// describedSize is the size of a body that is a session description; early: it ends before Content-Length says, since
// the next message begins there. No line of a description looks like a start line. Where that cannot be told yet, size
// is more than there is.
func describedSize(m *sip.Message) (size int, early bool) {
	if i := sip.NextStart(m.Body); i >= 0 && i < m.ContentLength {
		return i, true
	}
	if len(m.Body) >= m.ContentLength {
		last := bytes.LastIndexByte(m.Body[:m.ContentLength], '\n') + 1
		if sip.MayBecome(m.Body[last:]) {
			return len(m.Body) + 1, false
		}
	}
	return m.ContentLength, false
}

// seekSIP passes over bytes that no message begins with. Text right behind a description, or behind a message that
// announced no body, is a body that is longer than announced; other types of body are not judged.
func (d *Dissector) seekSIP(h *half, b []byte) int {
	if sip.MayBecome(b) {
		return 0
	}
	if h.framed && b[0] >= ' ' && b[0] <= '~' {
		d.at.st.wrongLength(&d.at.st.others.SIP.Long, d.at.p.Number, d.at.p.Time)
	}
	h.framed = false
	if i := sip.NextStart(b); i > 0 {
		return i
	}
	if i := bytes.LastIndexByte(b, '\n') + 1; sip.MayBecome(b[i:]) {
		return i
	}
	return len(b)
}

// isSIPStream reports whether a direction carries SIP: a message at its beginning, or behind the rest of one that began
// before the capture.
func isSIPStream(b []byte) bool {
	return sip.Is(b[sip.KeepAlive(b):]) || sip.NextStart(b) > 0
}

// readSIP lets go what was read, and decides what becomes of a message that cannot be completed.
func (d *Dissector) readSIP(h *half, grew, short bool) {
	if h.fed > 0 {
		h.stream.Drop(h.fed)
		h.fed = 0
	}
	if grew {
		h.beyond = 0
	}
	switch {
	case short, h.stream.Full():
		d.cutSIP(h)
	case h.beyond > maxSIPBeyond:
		d.skipSIP(h)
	}
}

// cutSIP counts a message by its beginning and goes on behind the segment.
func (d *Dissector) cutSIP(h *half) {
	p := d.at.p
	end := p.Seq + p.PayloadLen
	if int32(end-h.stream.Next()) < 0 || len(p.Payload) == 0 {
		return // seen before
	}
	b := h.stream.Bytes()
	if h.stream.Hole() {
		b = p.Payload
	}
	d.sipMessage(b, true)
	h.stream = flow.Stream{}
	h.stream.SYN(end - 1)
	h.fed, h.beyond, h.framed, h.wait = 0, 0, false, await{}
}

// skipSIP gives up the bytes that are missing. It reports whether there were any.
func (d *Dissector) skipSIP(h *half) bool {
	d.sipMessage(h.stream.Bytes(), true)
	h.framed, h.fed, h.beyond, h.wait = false, 0, 0, await{}
	if !h.stream.SkipHole() {
		return false
	}
	d.inspect(h)
	h.stream.Drop(h.fed)
	h.fed = 0
	return true
}

// resumeSIP reads on with a segment that begins a message, in a direction that was given up before it was known.
func (d *Dissector) resumeSIP(h *half) {
	d.at.st.App = SIP
	h.framed, h.past = false, false
	d.begin(h)
	h.stream.SYN(d.at.p.Seq - 1)
	d.prefix(h)
}

// closeSIP reads what stood behind holes, and what was not finished.
func (d *Dissector) closeSIP(h *half) {
	for !h.past && d.skipSIP(h) {
	}
}
