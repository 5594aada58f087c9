package observe

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
)

// ClientPort is the port of the client's side.
func ClientPort(f *record.Flow) int {
	if f.ClientIsSource() {
		return f.SrcPort
	}
	return f.DstPort
}

// NameOf is the name that the flow asked for: in TLS, of the proxy, or of DNS before it.
func NameOf(f *record.Flow) string {
	if f.SNI == "" && f.Connect != nil {
		return f.Connect.Host
	}
	return cmp.Or(f.SNI, f.DNSName)
}

// HasAlert reports whether an alert with one of the names was sent, in the direction ("fwd", "rev") or, with "", in
// any.
func HasAlert(t *record.TLSSession, direction string, names ...string) bool {
	return slices.ContainsFunc(t.Alerts, func(a string) bool {
		words := strings.Fields(a) // "fwd fatal unknown_ca"
		return len(words) == 3 && (direction == "" || words[0] == direction) && slices.Contains(names, words[2])
	})
}

// Signals reports whether the flow is signalling or a WebSocket of Webex over TCP.
func Signals(f *record.Flow) bool {
	return f.Proto == "tcp" && (f.Function == record.Signalling || f.Function == record.WebSocket)
}

// Refused reports whether an ICMP "destination unreachable" (not "too big") quoted the flow (RFC 792, RFC 4443).
func Refused(f *record.Flow) bool {
	switch {
	case f.ICMP == nil:
		return false
	case f.SrcIP.Unmap().Is4():
		return f.ICMP.Type == 3 && f.ICMP.Code != 4
	}
	return f.ICMP.Type == 1
}

// Age is how long a flow that began and ended in the capture lasted, else 0.
func Age(f *record.Flow) time.Duration {
	if f.TCP == nil || f.TCP.SYN == 0 || f.EndReason != "fin" && f.EndReason != "rst" {
		return 0
	}
	return f.EndTime.Sub(f.StartTime)
}

// LargeFirstFlight reports whether the client's data packets are nearly as large as a packet may be, as those of a
// hello that does not fit into one.
func LargeFirstFlight(f *record.Flow) bool {
	up := f.Up()
	return up.PayloadBytes > 800*max(up.Packets-3, 1) // less SYN, ACK and FIN
}
