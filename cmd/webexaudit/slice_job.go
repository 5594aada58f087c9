package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/slice"
	"webexaudit/analyzer/wording"
)

// sliceJob is what is cut, in words too.
type sliceJob struct {
	slice.Job
	about []string
}

// narrow joins the parts and bounds them by client and time. Without parts all of the client, or of the time, is cut.
func (j *sliceJob) narrow(r *slicedRun, parts []slice.Selection, show shown) {
	bounds := show.bounds(r.set)
	j.From, j.To = bounds.From, bounds.To
	if bounds.Clients.IsValid() {
		j.about = append(j.about, "client "+clientText(bounds.Clients))
	}
	for _, at := range []struct {
		word string
		time record.Time
	}{{"from", j.From}, {"to", j.To}} {
		if at.time != 0 {
			j.about = append(j.about, at.word+" "+at.time.String())
		}
	}
	if len(parts) == 0 {
		j.Clients, j.All = bounds.Clients, !bounds.Clients.IsValid()
		return
	}
	taken := map[slice.Flow]bool{}
	for _, s := range parts {
		j.Packets = append(j.Packets, s.Packets...)
		for _, f := range s.Flows {
			ours := bounds.Clients.Contains(f.Src.Addr().Unmap()) || bounds.Clients.Contains(f.Dst.Addr().Unmap())
			if !taken[*f] && (ours || !bounds.Clients.IsValid()) {
				taken[*f], j.Flows = true, append(j.Flows, f)
			}
		}
	}
	if bounds.Clients.IsValid() || j.From != 0 || j.To != 0 {
		j.Packets = nil // of the flows that remain all packets are taken
	}
}

func clientText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// empty reports whether nothing can be found.
func (j *sliceJob) empty() bool {
	return len(j.Flows) == 0 && len(j.Packets) == 0 && !j.All && !j.Clients.IsValid()
}

// comment puts the findings to their packets: those that were asked for, else all that accuse.
func (j *sliceJob) comment(set *record.Set, picked []*record.Finding) {
	if len(picked) == 0 {
		picked = slices.DeleteFunc(slices.Clone(set.Findings), func(f *record.Finding) bool { return !accuses(f) })
	}
	for _, f := range picked {
		c := slice.CommentOf(set, f)
		c.Text = safe(c.Text)
		j.Comments = append(j.Comments, c)
	}
}

// mostFindings are told in the comment of a section; how many more there are it says.
const mostFindings = 100

// section describes the file.
func (r *slicedRun) section(j *sliceJob, n slice.Count) capture.Section {
	lines := []string{
		fmt.Sprintf("%s of %s", wording.Number(n.Packets), wording.Count(r.packets(), "packet", "packets")),
		"Cut out of: " + strings.Join(r.named(), ", "),
		"Selected: " + strings.Join(j.about, ", "),
	}
	if j.Headers {
		lines = append(lines, "Payload was cut off.")
	}
	if n.Left > 0 {
		lines = append(lines, fmt.Sprintf("%s had no room.", wording.Count(n.Left, "packet", "packets")))
	}
	for i, at := range n.Found {
		if i == mostFindings {
			lines = append(lines, fmt.Sprintf("and %s", wording.Count(len(n.Found)-i, "finding more", "findings more")))
			break
		}
		lines = append(lines, j.Comments[at].Text)
	}
	for i := range lines {
		lines[i] = safe(lines[i])
	}
	return capture.Section{Application: "webexaudit " + release, Comment: strings.Join(lines, "\n")}
}
