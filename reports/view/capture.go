package view

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Damage is what is wrong with an input.
type Damage struct {
	Input string `json:"input,omitempty"` // empty where the text begins with it
	Text  string `json:"text"`
	// nothing of it was read: no right to, or no capture
	Unread bool `json:"unread,omitempty"`
}

// add sums the inputs up. Loss can be assessed where it can in every one.
func (v *View) add(inputs []*record.CaptureHealth) {
	t := &v.Totals
	t.Undecodable, t.LossAssessable = map[string]int64{}, true
	for _, h := range inputs {
		t.Packets += h.Packets
		t.Bytes += h.Bytes
		t.Duplicates += h.Duplicates
		t.Truncated += h.Truncated
		t.TruncatedNeed += h.TruncatedNeed
		t.NotIP += h.NotIP
		t.FlowsEvicted += h.FlowsEvicted
		t.FlowsSummarised += h.FlowsSummarised
		t.PacketsSummarised += h.PacketsSummarised
		t.PrefixesRefused += h.PrefixesRefused
		t.FragmentsEvicted += h.FragmentsEvicted
		t.FragmentOverlaps += h.FragmentOverlaps
		t.ClockSteps += h.ClockSteps
		t.TCPUnseenBytes += h.TCPUnseenBytes
		t.TCPBytes += h.TCPBytes
		t.KernelDrops = plus(t.KernelDrops, h.KernelDrops)
		t.InterfaceDrops = plus(t.InterfaceDrops, h.InterfaceDrops)
		t.MirrorLost = plus(t.MirrorLost, h.MirrorLost)
		t.LossAssessable = t.LossAssessable && h.LossAssessable
		for reason, n := range h.Undecodable {
			t.Undecodable[reason] += n
		}
		if h.StartTime != 0 && (v.From == 0 || h.StartTime < v.From) {
			v.From = h.StartTime
		}
		v.To = max(v.To, h.EndTime)
		if h.Damage != "" {
			v.Damage = append(v.Damage, damage(h))
		}
	}
	t.StartTime, t.EndTime = v.From, v.To
	if len(inputs) > 0 {
		v.Quality = append([]wording.Text{drops(t)}, faults(t)...)
	}
}

func plus(a, b *int64) *int64 {
	if b == nil {
		return a
	}
	sum := *b
	if a != nil {
		sum += *a
	}
	return &sum
}

func damage(h *record.CaptureHealth) Damage {
	name := cmp.Or(h.File, h.Interface)
	if strings.HasPrefix(h.Damage, name) {
		name = ""
	}
	return Damage{name, h.Damage, h.Packets == 0}
}

// drops says what kernel, interface and mirror lost, as far as they count.
func drops(t *record.CaptureHealth) wording.Text {
	var counted, unknown []string
	for _, d := range []struct {
		name string
		n    *int64
	}{{"kernel", t.KernelDrops}, {"interface", t.InterfaceDrops}, {"mirror", t.MirrorLost}} {
		if d.n == nil {
			unknown = append(unknown, d.name)
			continue
		}
		counted = append(counted, d.name+" "+wording.Number(*d.n).String())
	}
	switch {
	case len(counted) == 0:
		return wording.New("drops-unknown", "drop counters not available")
	case len(unknown) == 0:
		return wording.New("drops", "packets dropped: %s", strings.Join(counted, ", "))
	}
	return wording.New("drops-partly", "packets dropped: %s (%s not available)", strings.Join(counted, ", "), strings.Join(unknown, ", "))
}

var (
	flows   = wording.Noun{One: "flow", Many: "flows"}
	packets = wording.Noun{One: "packet", Many: "packets"}
)

// faults are what was left out of the analysis, or could not be read.
func faults(t *record.CaptureHealth) []wording.Text {
	list := []wording.Text{wording.New("duplicates", "%s removed", wording.Count(t.Duplicates, "duplicate", "duplicates"))}
	add := func(n int64, text wording.Text) {
		if n > 0 {
			list = append(list, text)
		}
	}
	truncated := wording.CountOf(t.Truncated, packets)
	if t.TruncatedNeed > 0 {
		list = append(list, wording.New("truncated-header", "%s truncated (%d inside a needed header)", truncated, t.TruncatedNeed))
	} else {
		list = append(list, wording.New("truncated", "%s truncated", truncated))
	}
	undecodable, _ := Undecodable(t)
	add(undecodable, wording.New("undecodable", "%d undecodable", undecodable))
	add(t.TCPUnseenBytes, wording.New("tcp-unseen", "%s of TCP never captured", wording.Bytes(t.TCPUnseenBytes)))
	add(t.FlowsEvicted, wording.New("flows-evicted", "%s evicted (flow table full; see --max-flows)", wording.CountOf(t.FlowsEvicted, flows)))
	add(t.FlowsSummarised, wording.New("flows-summarised", "%s of at most 3 packets (%s) only counted",
		wording.CountOf(t.FlowsSummarised, flows), wording.CountOf(t.PacketsSummarised, packets)))
	add(t.PrefixesRefused, wording.New("tcp-starts", "%s not parsed (out of memory; see --max-memory)",
		wording.Count(t.PrefixesRefused, "start of a TCP stream", "starts of TCP streams")))
	add(t.FragmentsEvicted, wording.New("fragments", "%s not reassembled (out of memory; see --max-memory)",
		wording.Count(t.FragmentsEvicted, "fragmented datagram", "fragmented datagrams")))
	add(t.ClockSteps, wording.New("clock-steps", "%s", wording.Count(t.ClockSteps, "backward clock step", "backward clock steps")))
	return list
}

// Undecodable is how many packets could not be decoded, and for which reasons, the most frequent first.
func Undecodable(t *record.CaptureHealth) (sum int64, reasons []wording.Text) {
	names := slices.Sorted(maps.Keys(t.Undecodable))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(t.Undecodable[b], t.Undecodable[a]) })
	for _, name := range names {
		sum += t.Undecodable[name]
		reasons = append(reasons, wording.New("reason", "%s %d", name, t.Undecodable[name]))
	}
	return sum, reasons
}
