package session

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// summary tells a person what happened in the session, in one sentence without time and client. Words that all calls
// share are left out.
func summary(s *record.Session, why []string) string {
	var b strings.Builder
	if s.Service != record.Meetings { // what most are
		b.WriteString(string(s.Service) + ", ")
	}
	b.WriteString(wording.Duration(s.EndTime.Sub(s.StartTime)).String())
	if s.Transport == record.None {
		b.WriteString(" without media")
	} else {
		b.WriteString(" over " + transports(s))
	}
	if len(s.Media) > 0 {
		b.WriteString(", " + strings.Join(s.Media, " and "))
	}
	if s.StartedBefore {
		b.WriteString(", begun before the capture")
	}
	if s.EndedBy == "rst" {
		b.WriteString(", ended by a reset")
	}
	if s.Devices > 1 {
		fmt.Fprintf(&b, ", one of %d devices behind this address", s.Devices)
	}
	if len(why) > 0 {
		b.WriteString(": " + strings.Join(why, "; "))
	}
	return b.String()
}

// transports names the transports in their order.
func transports(s *record.Session) string {
	var list []string
	for _, t := range s.Transports {
		name := strings.ToUpper(string(t.Transport))
		if t.Transport == record.TLSProxied {
			name = "TLS through " + s.Proxy
		}
		list = append(list, name)
	}
	if len(list) > 4 {
		list = append(list[:2], strconv.Itoa(len(list)-3)+" more", list[len(list)-1])
	}
	return strings.Join(list, ", then ")
}

func numbers(set map[int]bool) (list []string) {
	for _, n := range slices.Sorted(maps.Keys(set)) {
		list = append(list, strconv.Itoa(n))
	}
	return list
}

func icmpText(e *record.ICMPError) string {
	return fmt.Sprintf("%d/%d from %s", e.Type, e.Code, e.From)
}
