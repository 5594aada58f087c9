package session

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
)

// story tells a person what happened in the session, in one sentence without time and client. Words that all calls share are left out.
func story(s *record.Session, why []string) string {
	var b strings.Builder
	if s.Service != record.Meetings { // what most are
		b.WriteString(string(s.Service) + ", ")
	}
	b.WriteString(lasting(s.EndTime.Sub(s.StartTime).Seconds()))
	if s.Transport == record.None {
		b.WriteString(" without media")
	} else {
		b.WriteString(" over " + ways(s))
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

// ways names the transports in their order.
func ways(s *record.Session) string {
	var list []string
	for _, t := range s.Transports {
		name := strings.ToUpper(string(t.Transport))
		if t.Transport == record.TLSProxied {
			name = "TLS through " + s.Proxy
		}
		list = append(list, name)
	}
	if len(list) > 4 {
		list = append(list[:2], "… "+list[len(list)-1])
	}
	return strings.Join(list, ", then ")
}

// lasting writes seconds as people say them: 42 s, 9 min 12 s, 1 h 5 min.
func lasting(seconds float64) string {
	s := int64(seconds + 0.5)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
}

// volume writes a number of bytes in decimal units.
func volume(bytes int64) string {
	v := float64(bytes)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if v < 999.5 {
			return fmt.Sprintf("%.3g %s", v, unit)
		}
		v /= 1000
	}
	return fmt.Sprintf("%.3g TB", v)
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return strconv.FormatInt(n, 10) + " times"
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}

// some joins at most three values and says how many more there are.
func some(list []string) string {
	if len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
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
