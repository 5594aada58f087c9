package dissect

import (
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// Flight is what one side sends at a stretch in a handshake, by size. In TLS 1.3 it is counted in protected records,
// without their headers; up to TLS 1.2 in handshake messages in clear, with their headers.
type Flight struct {
	Bytes int64
	Count int
	Sizes [maxSizes]int32 // of the first ones
}

// maxSizes is how many sizes of a flight are kept.
const maxSizes = 8

func (f *Flight) add(n int) {
	if f.Count < maxSizes {
		f.Sizes[f.Count] = int32(n)
	}
	f.Bytes += int64(n)
	f.Count++
}

// List is the sizes that were kept.
func (f *Flight) List() []int {
	var list []int
	for _, n := range f.Sizes[:min(f.Count, maxSizes)] {
		list = append(list, int(n))
	}
	return list
}

// phase is how far a handshake is. In TLS 1.3 the server's flight (EncryptedExtensions to Finished: RFC 8446 section 2)
// is all protected records between its hello and the client's first one, and the client's flight from there to the
// server's next record; application data that a side sends without waiting counts with it.
type phase uint8

const (
	helloPhase phase = iota
	serverPhase
	clientPhase
	donePhase
)

// longFlight is more than any handshake needs: what grows beyond it is no flight, but data whose answers were not
// captured.
const longFlight = 128 << 10

// flightRecord counts a record of a handshake that is not over.
func (d *Dissector) flightRecord(x *TLSFacts, typ byte, size int) {
	if typ != recordApplication {
		return
	}
	fromClient := d.at.s == x.Client
	switch {
	case x.HasServer && !x.is13():
		x.phase = donePhase
	case x.phase == helloPhase:
		if fromClient && x.EarlyData {
			x.EarlyBytes += int64(size)
		}
	case x.phase == serverPhase && !fromClient:
		x.ServerFlight.add(size)
	case x.phase == serverPhase, x.phase == clientPhase && fromClient:
		x.phase = clientPhase
		x.ClientFlight.add(size)
		d.flightSeen(x)
	default:
		x.phase = donePhase
	}
	if x.ServerFlight.Bytes > longFlight || x.ClientFlight.Bytes > longFlight {
		x.FlightCut, x.phase = true, donePhase
	}
}

// flightSeen marks a server's flight of which the client acknowledged more than was captured.
func (d *Dissector) flightSeen(x *TLSFacts) {
	if c := d.at.f.TCP; c != nil && c.Trouble().Unseen[x.Client.Other()] > 0 {
		x.FlightCut = true
	}
}

// flightMessage counts a message of a handshake up to TLS 1.2.
func (x *TLSFacts) flightMessage(s flow.Side, e tlswire.Event) {
	fromClient := s == x.Client
	switch e.Kind {
	case tlswire.KindCertificate, tlswire.KindCertificateStatus, tlswire.KindServerKeyExchange,
		tlswire.KindCertificateRequest,
		tlswire.KindServerHelloDone, tlswire.KindClientKeyExchange, tlswire.KindCertificateVerify:
	default:
		return
	}
	switch {
	case !x.HasServer || x.is13():
		return
	case fromClient:
		x.ClientFlight.add(e.Size)
	default:
		x.ServerFlight.add(e.Size)
	}
	x.FlightCut = x.FlightCut || e.Cut
}

// is13 reports whether TLS 1.3 was chosen, or one of its drafts.
func (x *TLSFacts) is13() bool { return tlswire.VersionName(x.Version) == "1.3" }

// missed says that n bytes of a side's stream were not captured.
func (d *Dissector) missed(h *half, n int) {
	h.missed(n)
	if x := d.at.st.TCP.TLS; x != nil && x.phase != donePhase {
		x.FlightCut = true
	}
}
