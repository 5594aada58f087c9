package observe

import (
	"cmp"
	"slices"
	"strings"

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

// HasAlert reports whether an alert with one of the names was sent, in the direction ("fwd", "rev") or, with "", in any.
func HasAlert(t *record.TLSSession, direction string, names ...string) bool {
	return slices.ContainsFunc(t.Alerts, func(a string) bool {
		words := strings.Fields(a) // "fwd fatal unknown_ca"
		return len(words) == 3 && (direction == "" || words[0] == direction) && slices.Contains(names, words[2])
	})
}
