package session

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// summary tells a person what happened in the session, in one sentence without time and client. Words that all calls
// share are left out.
func summary(s *record.Session, why []wording.Text) wording.Text {
	var parts []wording.Text
	if s.Service != record.Meetings { // what most are
		parts = append(parts, wording.New("story.service", "%s", string(s.Service)))
	}
	length := wording.Duration(s.EndTime.Sub(s.StartTime))
	if s.Transport == record.None {
		parts = append(parts, wording.New("story.none", "%s without media", length))
	} else {
		parts = append(parts, wording.New("story.over", "%s over %s", length, transports(s)))
	}
	if len(s.Media) > 0 {
		parts = append(parts, wording.New("story.media", "%s", strings.Join(s.Media, " and ")))
	}
	if s.StartedBefore {
		parts = append(parts, wording.New("story.before", "begun before the capture"))
	}
	if s.EndedBy == "rst" {
		parts = append(parts, wording.New("story.reset", "ended by a reset"))
	}
	if s.Devices > 1 {
		parts = append(parts, wording.New("story.devices", "one of %d devices behind this address", s.Devices))
	}
	text := wording.Join("story", ", ", parts)
	if len(why) > 0 {
		text = wording.New("story.why", "%s: %s", text, wording.Join("reasons", "; ", why))
	}
	return text
}

// transports names the transports in their order.
func transports(s *record.Session) wording.Text {
	var list []wording.Text
	for _, t := range s.Transports {
		list = append(list, transportText(t.Transport, s.Proxy))
	}
	if len(list) > 4 {
		list = append(list[:2], wording.New("transport.more", "%d more", len(list)-3), list[len(list)-1])
	}
	return wording.Join("transports", ", then ", list)
}

func transportText(t record.Transport, proxy string) wording.Text {
	if t == record.TLSProxied {
		return wording.New("transport.proxied", "TLS through %s", endpoint(proxy))
	}
	return wording.New("transport", "%s", strings.ToUpper(string(t)))
}

// endpoint is an address with its port, or the empty text.
func endpoint(s string) wording.Arg {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return wording.Endpoint(a)
	}
	return wording.Word(s)
}

// prefixArg is a range, or a word where the server is in none.
func prefixArg(s string) wording.Arg {
	if p, err := netip.ParsePrefix(s); err == nil {
		return wording.Prefix(p)
	}
	return wording.Word(s)
}

func numbers(set map[int]bool) (list []string) {
	for _, n := range slices.Sorted(maps.Keys(set)) {
		list = append(list, strconv.Itoa(n))
	}
	return list
}
