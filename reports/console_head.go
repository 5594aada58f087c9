package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// lookedAt says what was analysed, by what it was judged, and in which zone times are shown.
func (p *page) lookedAt() {
	r := p.v.Run
	if r == nil {
		return
	}
	parts := []string{strings.Join(p.inputs(), ", ")}
	if p.v.From != 0 {
		parts = append(parts, p.period(p.v.From, p.v.To))
	}
	parts = append(parts, count(p.v.Totals.Packets, packets))
	if s := p.v.Summary; s != nil && s.Flows > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s Webex", grouped(s.WebexFlows), counted(s.Flows, "connection is", "connections are")))
	}
	where := " Captured " + placed(r.Vantage) + "."
	if p.v.Points != nil {
		where = ""
	}
	p.section("Looked at", fmt.Sprintf("%s.%s Judged by pack %s.", strings.Join(parts, ", "), where, pack(r.Pack)))
}

// period writes the time between two packets, with the zone.
func (p *page) period(from, to record.Time) string {
	a, b := from.Time().In(p.o.Zone), to.Time().In(p.o.Zone)
	end := b.Format("15:04:05 MST")
	if a.Format(time.DateOnly) != b.Format(time.DateOnly) {
		end = b.Format("2 Jan 2006, 15:04:05 MST")
	}
	return fmt.Sprintf("%s to %s (%s)", a.Format("2 Jan 2006, 15:04:05"), end, wording.Duration(b.Sub(a)))
}

// placed is where a capture was taken, in words.
func placed(v record.Vantage) string {
	words := map[string]string{"access": "at the switch of the clients", "inside": "inside the firewall",
		"wan": "outside the firewall", "dmz": "in the DMZ", "mesh": "at a Video Mesh node",
		"proxy-inside": "between clients and proxy", "proxy-outside": "outside the proxy"}[v.Value]
	switch {
	case words == "":
		return "at an unknown place (--vantage says which)"
	case v.Declared:
		return words + " (declared)"
	}
	return words + " (a guess)"
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

// inputs are the files and interfaces; the first few unless everything is wanted, and then with their sizes.
func (p *page) inputs() []string {
	var list []string
	for _, f := range p.v.Run.Files {
		name := f.Path
		if facts := p.fileFacts(f); len(facts) > 0 {
			name += " (" + strings.Join(facts, ", ") + ")"
		}
		list = append(list, name)
	}
	for _, name := range p.v.Run.Interface {
		list = append(list, "interface "+name)
	}
	if len(list) == 0 {
		return []string{"no input"}
	}
	if n := len(list); n > inputsShown && !p.o.Verbose {
		return append(list[:inputsShown-1], fmt.Sprintf("%d more", n-inputsShown+1))
	}
	return list
}

func (p *page) fileFacts(f record.File) (facts []string) {
	if p.o.Verbose {
		facts = append(facts, wording.Bytes(f.Bytes).String())
	}
	switch hash, digest := f.Digest(); {
	case len(digest) >= 12 && p.o.Verbose:
		facts = append(facts, hash+" "+digest[:12])
	case digest == "" && slices.Contains(p.v.Run.Arguments, "--no-hash=true"):
		facts = append(facts, "no digest: --no-hash")
	case digest == "" && slices.Contains(p.v.Run.Arguments, "--hash=none"):
		facts = append(facts, "no digest: --hash none")
	}
	if p.o.Verbose {
		facts = append(facts, f.LinkTypes...)
	}
	return facts
}

// quality says what the capture lacks, and what was left out.
func (p *page) quality() {
	if len(p.v.Quality) == 0 {
		return
	}
	parts := make([]string, len(p.v.Quality))
	for i, t := range p.v.Quality {
		parts[i] = t.String()
	}
	p.section("Quality", parts[0]+"; "+strings.Join(parts[1:], ", "))
	if n, reasons := view.Undecodable(&p.v.Totals); n > 0 {
		p.more(plain, fmt.Sprintf("undecodable: %s", wording.List(reasons)))
	}
	if r := p.v.Run; r != nil {
		p.more(plain, r.Tool+" "+r.Version)
	}
}
