package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// verdict is the first line: outcome, counts, coverage, capture health.
func (p *page) verdict() {
	s := p.set.Summary
	if s == nil {
		p.line(yellow, "INCOMPLETE", "the records end without a summary; what follows is what there is")
		return
	}
	parts := []string{severities(s), coverage(s), "capture health: " + p.health()}
	if s.WebexFlows == 0 {
		parts[1] = "no Webex traffic was observed in " + count(s.Flows, flows)
	}
	if len(s.Severities) == 0 && s.WebexFlows == 0 {
		parts = parts[1:]
	}
	word := strings.ToUpper(strings.ReplaceAll(string(s.Verdict), "-", " "))
	p.line(stateStyle(s.Verdict), word, strings.Join(parts, "; "))
}

// line is a first line: a word in colour, a dash and the text, wrapped without a label column.
func (p *page) line(st style, word, text string) {
	lines := wrap(clean(word+" - "+text, p.o.ASCII), p.o.Width)
	if !strings.HasPrefix(lines[0], word) {
		word = ""
	}
	p.print(st, word)
	p.print(bold, lines[0][len(word):])
	p.newline()
	for _, l := range lines[1:] {
		p.print(bold, l)
		p.newline()
	}
}

var severityOrder = []record.Severity{record.Critical, record.High, record.Medium, record.Low, record.Info}

func severities(s *record.Summary) string {
	var parts []string
	for _, sev := range severityOrder {
		switch n := s.Severities[sev]; {
		case n > 0 && sev == record.Info:
			parts = append(parts, counted(n, "remark", "remarks"))
		case n > 0:
			parts = append(parts, grouped(n)+" "+string(sev))
		}
	}
	if len(parts) == 0 {
		return "no rule failed"
	}
	return strings.Join(parts, ", ")
}

func coverage(s *record.Summary) string {
	text := fmt.Sprintf("%d of %s assessed", s.Assessed, counted(s.Applicable, "applicable rule", "applicable rules"))
	if s.Coverage != nil {
		text += fmt.Sprintf(" (%s)", wording.Percent(*s.Coverage))
	}
	return text
}

// health is one word for the capture: what the records of capture health and the capture rules say at worst.
func (p *page) health() string {
	switch {
	case len(p.set.Health) == 0:
		return "UNKNOWN"
	case slices.ContainsFunc(p.set.Health, func(h *record.CaptureHealth) bool { return h.Damage != "" }) || p.damagedFile():
		return "DAMAGED"
	case p.totals().Packets == 0:
		return "NO PACKETS"
	case slices.ContainsFunc(p.set.Health, func(h *record.CaptureHealth) bool { return !h.LossAssessable }):
		return "LOSS NOT ASSESSABLE"
	case slices.ContainsFunc(p.set.Findings, isCaptureFault):
		return "LIMITED"
	}
	return "GOOD"
}

// isCaptureFault tells rules about the capture itself that found something; remarks of severity info are none.
func isCaptureFault(f *record.Finding) bool {
	return strings.HasPrefix(f.Rule, "WXA-CAP-") && (f.State == record.Fail || f.State == record.Warn) && f.Severity != record.Info
}

func (p *page) damagedFile() bool {
	return p.set.Run != nil && slices.ContainsFunc(p.set.Run.Files, func(f record.File) bool { return f.Damage != "" })
}

// lookedAt says what was analysed and by what it was judged.
func (p *page) lookedAt() {
	r := p.set.Run
	if r == nil {
		return
	}
	p.newline()
	p.label("Input")
	for i, line := range p.inputs() {
		if i > 0 {
			p.margin()
		}
		p.text(plain, line, 2)
	}
	var parts []string
	if from, to := p.window(); from != 0 {
		parts = append(parts, period(from, to))
	}
	t := p.totals()
	parts = append(parts, count(t.Packets, packets), wording.Bytes(t.Bytes).String())
	p.more(plain, strings.Join(parts, ", "), 0)
	p.more(plain, fmt.Sprintf("vantage %s; pack %s; %s %s", vantage(r.Vantage), pack(r.Pack), r.Tool, r.Version), 0)
}

func vantage(v record.Vantage) string {
	switch {
	case v.Declared:
		return v.Value + " (declared)"
	case v.Confidence != "":
		return fmt.Sprintf("%s (guessed, %s)", v.Value, v.Confidence)
	}
	return v.Value + " (not declared)"
}

func pack(p record.Pack) string {
	if p.Date == "" || strings.Contains(p.ID, p.Date) {
		return p.ID
	}
	return p.ID + " of " + p.Date
}

const inputsShown = 3

// inputs are the files and interfaces, one line each; the first few unless everything is wanted.
func (p *page) inputs() []string {
	var lines []string
	for _, f := range p.set.Run.Files {
		facts := []string{wording.Bytes(f.Bytes).String()}
		if len(f.SHA256) >= 12 {
			facts = append(facts, "sha256 "+f.SHA256[:12])
		} else if slices.Contains(p.set.Run.Arguments, "--no-hash=true") {
			facts = append(facts, "no digest: --no-hash")
		}
		facts = append(facts, f.LinkTypes...)
		lines = append(lines, f.Path+" ("+strings.Join(facts, ", ")+")")
	}
	for _, name := range p.set.Run.Interface {
		lines = append(lines, "interface "+name)
	}
	if len(lines) == 0 {
		return []string{"no input"}
	}
	if n := len(lines); n > inputsShown && !p.o.Verbose {
		return append(lines[:inputsShown-1], fmt.Sprintf("and %d more", n-inputsShown+1))
	}
	return lines
}

// packetless reports whether the run is known to have read not one packet.
func (p *page) packetless() bool { return len(p.set.Health) > 0 && p.totals().Packets == 0 }

// window is the time of the first and the last packet.
func (p *page) window() (from, to record.Time) {
	for _, h := range p.set.Health {
		if h.StartTime != 0 && (from == 0 || h.StartTime < from) {
			from = h.StartTime
		}
		to = max(to, h.EndTime)
	}
	return from, to
}

// totals adds the health records up.
func (p *page) totals() record.CaptureHealth {
	t := record.CaptureHealth{Undecodable: map[string]int64{}}
	for _, h := range p.set.Health {
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
		t.ClockSteps += h.ClockSteps
		t.TCPUnseenBytes += h.TCPUnseenBytes
		t.TCPBytes += h.TCPBytes
		t.KernelDrops = plus(t.KernelDrops, h.KernelDrops)
		t.InterfaceDrops = plus(t.InterfaceDrops, h.InterfaceDrops)
		t.MirrorLost = plus(t.MirrorLost, h.MirrorLost)
		for reason, n := range h.Undecodable {
			t.Undecodable[reason] += n
		}
	}
	return t
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

// believable says how far the numbers can be trusted.
func (p *page) believable() {
	if len(p.set.Health) == 0 {
		return
	}
	p.label("Capture quality")
	t := p.totals()
	p.text(plain, drops(t)+"; "+strings.Join(p.faults(t), ", "), 0)
	for _, h := range p.set.Health {
		if h.Damage != "" {
			p.more(red, "! "+named(h)+h.Damage, 2)
		}
	}
	if p.health() == "LOSS NOT ASSESSABLE" {
		p.more(red, "! Packets are missing from the capture itself: loss and gap figures say nothing about the network.", 0)
	}
}

// named prefixes the file or interface, unless the text of the damage begins with it.
func named(h *record.CaptureHealth) string {
	name := cmp.Or(h.File, h.Interface)
	if name == "" || strings.HasPrefix(h.Damage, name) {
		return ""
	}
	return name + ": "
}

func drops(t record.CaptureHealth) string {
	var parts, unknown []string
	for _, d := range []struct {
		name string
		n    *int64
	}{{"kernel", t.KernelDrops}, {"interface", t.InterfaceDrops}, {"mirror", t.MirrorLost}} {
		if d.n == nil {
			unknown = append(unknown, d.name)
			continue
		}
		parts = append(parts, d.name+" "+grouped(*d.n))
	}
	if len(parts) == 0 {
		return "drop counters not available"
	}
	text := "packets dropped: " + strings.Join(parts, ", ")
	if len(unknown) > 0 {
		text += " (" + strings.Join(unknown, ", ") + " not available)"
	}
	return text
}

func (p *page) faults(t record.CaptureHealth) []string {
	parts := []string{counted(t.Duplicates, "duplicate", "duplicates") + " removed", count(t.Truncated, packets) + " truncated"}
	if t.TruncatedNeed > 0 {
		parts[1] += " (" + grouped(t.TruncatedNeed) + " inside a needed header)"
	}
	var reasons []string
	var undecodable int64
	for _, reason := range slices.Sorted(maps.Keys(t.Undecodable)) {
		undecodable += t.Undecodable[reason]
		reasons = append(reasons, reason+" "+grouped(t.Undecodable[reason]))
	}
	switch text := grouped(undecodable) + " undecodable"; {
	case undecodable == 0:
	case p.o.Verbose:
		parts = append(parts, text+" ("+strings.Join(reasons, ", ")+")")
	default:
		parts = append(parts, text)
	}
	if t.TCPUnseenBytes > 0 {
		parts = append(parts, wording.Bytes(t.TCPUnseenBytes).String()+" of TCP never captured")
	}
	if t.FlowsEvicted > 0 {
		parts = append(parts, count(t.FlowsEvicted, flows)+" evicted (flow table full; see --max-flows)")
	}
	if t.FlowsSummarised > 0 {
		parts = append(parts, count(t.FlowsSummarised, flows)+" of at most 3 packets ("+count(t.PacketsSummarised, packets)+") only counted")
	}
	if t.PrefixesRefused > 0 {
		parts = append(parts, counted(t.PrefixesRefused, "start of a TCP stream", "starts of TCP streams")+" not parsed (out of memory; see --max-memory)")
	}
	if t.FragmentsEvicted > 0 {
		parts = append(parts, counted(t.FragmentsEvicted, "fragmented datagram", "fragmented datagrams")+" not reassembled (out of memory; see --max-memory)")
	}
	if t.ClockSteps > 0 {
		parts = append(parts, counted(t.ClockSteps, "backward clock step", "backward clock steps"))
	}
	return parts
}
