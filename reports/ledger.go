package reports

import (
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// ledgerText is where a call lost packets, seen from the capture point, and how far both ends are, as in "client 0 %,
// 0.5 ms · here · cloud 2.1 %, 41 ms"; empty where no receiver told it.
func ledgerText(s *record.Session) string {
	client, cloud := s.ClientSide, s.CloudSide
	if client == nil || cloud == nil || !toldAll(client) && !toldAll(cloud) {
		return ""
	}
	text := "client " + stretchText(client) + " · here · cloud " + stretchText(cloud)
	if s.Unsent != nil && *s.Unsent > 0 {
		text += " · " + count(*s.Unsent, packets) + " never sent on"
	}
	return text
}

// toldAll reports whether the losses of both directions are known.
func toldAll(x *record.Stretch) bool { return x.LossPercent != nil && x.Unknown == "" }

// stretchText is loss and round trip of one side; where bounds are wide, these.
func stretchText(x *record.Stretch) string {
	text := "unknown"
	if toldAll(x) {
		text = wording.Percent(*x.LossPercent).String()
		if low, high := bound(x, x.LostLow), bound(x, x.LostHigh); low != high {
			text = low + " to " + high
		}
	}
	if x.RTTMedianMs != nil {
		text += ", " + shortly(*x.RTTMedianMs)
	}
	return text
}

// bound is a bound of the packets lost as a share; empty where there is none.
func bound(x *record.Stretch, lost *int64) string {
	if lost == nil || x.Packets == nil || *x.Packets == 0 {
		return ""
	}
	return wording.Percent(100 * float64(*lost) / float64(*x.Packets)).String()
}

// ledgerUnknown is why a call's losses cannot be told by side; empty where they can, or nothing was to be told.
func ledgerUnknown(s *record.Session) string {
	for _, x := range []*record.Stretch{s.ClientSide, s.CloudSide} {
		if x != nil && x.Unknown != "" {
			return x.Unknown
		}
	}
	return ""
}

// refusedText says how much feedback was refused; empty: none.
func refusedText(s *record.Session) string {
	if s.FeedbackRefused == 0 {
		return ""
	}
	return count(s.FeedbackRefused, wording.Noun{One: "message", Many: "messages"}) +
		" of feedback not believed: the packets contradict"
}
