package tlswire

import "errors"

// DefaultMaxMessage is the longest handshake message that a [Reader] keeps whole by default, in bytes with its header.
const DefaultMaxMessage = 16 << 10

// ErrRecord says that the bytes are no TLS records, or no longer.
var ErrRecord = errors.New("tlswire: not a record header")

// Event is one thing that one side of a connection sent.
type Event struct {
	Kind    Kind
	Record  byte   // type of the record
	Version uint16 // version field of the record; VersionSSL2 for a ClientHello in SSLv2 framing
	Body    []byte // the handshake message without its header; borrowed until emit returns
	Cut     bool   // Body is only the first part of the message
	Alert   Alert  // of KindAlert
	// bytes that a header claims: of KindProtected of the record's payload, of a handshake message with its header
	Size int
}

// Role is the side that a direction belongs to.
type Role byte

// The roles. UnknownRole until a message that only one side sends was seen.
const (
	UnknownRole Role = iota
	Client
	Server
)

// Reader follows the handshake in one direction of a TLS stream: it walks records, joins messages that span several of
// them, and stops understanding where encryption begins; from there on it reports sizes. The zero value is ready and
// starts at a record boundary; where a capture begins amid a connection, start with a segment for which [IsRecord]
// holds. It keeps at most one unfinished message of MaxMessage bytes and sizes nothing by what a header claims.
type Reader struct {
	// longest handshake message kept whole, in bytes; 0 means DefaultMaxMessage. Longer ones are reported Cut
	MaxMessage int
	Buffers    *Buffers // lend the space for unfinished messages; nil: the Reader has its own

	hdr    [HeaderLen]byte
	have   int          // bytes of hdr
	rec    RecordHeader // the current record
	left   int          // its payload bytes still to come
	msg    []byte       // handshake message begun in earlier bytes, with header
	skip   int          // rest of a message longer than MaxMessage
	alert  byte         // level of an alert whose description is still to come
	mode   mode
	odd    bool // alert holds a level
	begun  bool // the first header was read
	ccs    bool
	seen   uint32 // bit per Kind
	role   Role
	failed bool
}

// mode is what the payload of the current record is read as.
type mode byte

const (
	modeSkip mode = iota
	modeHandshake
	modeAlert
)

// Feed reads the next bytes of the stream and calls emit for each event that they complete, in order. It does not
// matter how the stream is split. After ErrRecord the Reader takes nothing more.
func (r *Reader) Feed(b []byte, emit func(Event)) error {
	for len(b) > 0 && !r.failed {
		if r.left == 0 {
			b = r.header(b, emit)
			continue
		}
		n := min(r.left, len(b))
		r.left -= n
		r.payload(b[:n], emit)
		b = b[n:]
	}
	if r.failed {
		return ErrRecord
	}
	return nil
}

// Finish says that no more bytes will come (end, gap, or the prefix is full): it reports the message that was begun, as
// Cut.
func (r *Reader) Finish(emit func(Event)) {
	r.flush(emit)
	r.release()
	r.msg = nil
}

// Held is how many bytes of an unfinished message are kept.
func (r *Reader) Held() int { return len(r.msg) }

// Seen reports whether an event of that kind was emitted.
func (r *Reader) Seen(k Kind) bool { return r.seen&(1<<k) != 0 }

// Role is the side that sends in this direction, as far as its messages tell.
func (r *Reader) Role() Role { return r.role }

// header gathers a record header from the start of b and begins the record; it returns the rest of b.
func (r *Reader) header(b []byte, emit func(Event)) []byte {
	n := copy(r.hdr[r.have:], b)
	r.have += n
	if r.have < HeaderLen {
		return b[n:]
	}
	r.have = 0
	h, ok := ParseRecordHeader(r.hdr[:])
	switch {
	case ok:
		r.begin(h, emit)
	case !r.begun && r.hdr[0]&0x80 != 0 && isSSLv2Start(r.hdr[2:]):
		r.beginSSLv2()
	default:
		r.failed = true
	}
	r.begun = true
	return b[n:]
}

// begin decides how the payload of a new record is read.
func (r *Reader) begin(h RecordHeader, emit func(Event)) {
	r.rec, r.left, r.mode, r.odd = h, h.Length, modeSkip, false
	switch {
	case h.Type == RecordHandshake:
		r.mode = modeHandshake
	case h.Type == RecordAlert && h.Length <= 16 && h.Length%2 == 0:
		r.mode = modeAlert // no cipher makes an alert that short, so these are one or more in clear
	case h.Type == RecordChangeCipherSpec && h.Length == 1:
		r.flush(emit)
		r.ccs = true
		r.emit(Event{Kind: KindChangeCipherSpec}, emit)
	default:
		r.emit(Event{Kind: KindProtected, Size: h.Length}, emit)
	}
}

// beginSSLv2 begins a record with a two-byte header, whose payload is one ClientHello with a one-byte type.
func (r *Reader) beginSSLv2() {
	length := int(r.hdr[0]&0x7f)<<8 | int(r.hdr[1])
	r.rec = RecordHeader{RecordHandshake, VersionSSL2, length}
	r.left, r.mode = length-(HeaderLen-2), modeHandshake
	if r.left <= 0 {
		r.failed = true
		return
	}
	r.release()
	r.add(r.hdr[2:])
}

func (r *Reader) payload(p []byte, emit func(Event)) {
	switch {
	case r.mode == modeHandshake && r.rec.Version == VersionSSL2:
		r.sslv2(p, emit)
	case r.mode == modeHandshake:
		r.handshake(p, emit)
	case r.mode == modeAlert:
		r.alerts(p, emit)
	}
}

func (r *Reader) alerts(p []byte, emit func(Event)) {
	for _, b := range p {
		if !r.odd {
			r.alert, r.odd = b, true
			continue
		}
		r.odd = false
		r.emit(Event{Kind: KindAlert, Alert: Alert{r.alert, b}}, emit)
	}
}

// emit completes the event with what is the same for all and hands it on.
func (r *Reader) emit(e Event, emit func(Event)) {
	e.Record, e.Version = r.rec.Type, r.rec.Version
	r.seen |= 1 << e.Kind
	switch e.Kind {
	case KindClientHello, KindClientKeyExchange:
		r.role = Client
	case KindServerHello, KindHelloRetryRequest, KindServerKeyExchange, KindServerHelloDone, KindCertificateRequest,
		KindNewSessionTicket, KindCertificateStatus:
		r.role = Server
	}
	emit(e)
}
