package analyzer_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/oracle"
	"webexaudit/analyzer/record"
)

// TestEvidenceFilters: the Wireshark filter of every piece of evidence selects exactly the packets that the finding
// names. It runs over the captures of all rule families and over the ready scenarios, tagged as well; tshark reads each
// once, two at a time.
func TestEvidenceFilters(t *testing.T) {
	if testing.Short() {
		t.Skip("runs tshark on every capture of the rules; skipped in short mode")
	}
	tshark := oracle.Tshark(t)
	list := allFixtures()
	for _, s := range pcaptest.Scenarios() {
		list = append(list, fixture{name: s.Name, capture: s.Build},
			fixture{name: s.Name + " tagged", capture: func() *pcaptest.Capture {
				return s.Build().Wrap(pcaptest.VLAN(30))
			}})
	}
	list = append(append(list, overlaps()...), feeds()...)
	two := make(chan struct{}, 2)
	checked := make(chan int, len(list))
	t.Run("of", func(t *testing.T) {
		for _, x := range list {
			t.Run(x.rule+" "+x.name, func(t *testing.T) {
				t.Parallel()
				two <- struct{}{}
				defer func() { <-two }()
				checked <- checkEvidence(t, tshark, x.audit(t))
			})
		}
	})
	close(checked)
	total := 0
	for n := range checked {
		total += n
	}
	if total < 200 {
		t.Errorf("only %d filters were checked", total)
	}
	t.Logf("%d filters of %d captures checked", total, len(list))
}

// overlaps are two networks that use the same addresses and ports.
func overlaps() (list []fixture) {
	for name, wraps := range map[string][2]pcaptest.Wrap{
		"overlap of VLANs":     {pcaptest.VLAN(10), pcaptest.VLAN(20)},
		"overlap with no VLAN": {pcaptest.VLAN(10), pcaptest.VLAN()},
		"overlap of VNIs":      {pcaptest.VXLAN(mirrorOuter, 5001), pcaptest.VXLAN(mirrorOuter, 5002)},
		"overlap of labels":    {pcaptest.MPLS(16), pcaptest.MPLS(17)},
		"overlap of QinQ":      {pcaptest.QinQ(100, 30), pcaptest.QinQ(100, 31)},
	} {
		list = append(list, fixture{name: name, capture: func() *pcaptest.Capture {
			one, two := pcaptest.UnmarkedAudio(), pcaptest.WrongMarks().Shift(1300*time.Microsecond)
			return pcaptest.Merge(one.Wrap(wraps[0]), two.Wrap(wraps[1]))
		}})
	}
	return list
}

// feeds are captures as mirrors, several files and busy links make them: flows whose packet numbers are too many to be
// kept.
func feeds() (list []fixture) {
	busy := func() *pcaptest.Capture { return pcaptest.Merge(pcaptest.UnmarkedAudio(), crowd(40, 3, false)) }
	for name, wrap := range map[string]pcaptest.Wrap{
		"busy": pcaptest.VLAN(), "busy in ERSPAN": pcaptest.ERSPAN(mirrorOuter, 3, 7), "busy in GTP-U": pcaptest.GTPU(mirrorOuter, 9, true), "busy in PPPoE": pcaptest.PPPoE(9),
	} {
		list = append(list, fixture{name: name, capture: func() *pcaptest.Capture { return busy().Wrap(wrap) }})
	}
	return append(list, fixture{name: "busy, with copies", capture: then(busy, doubled)},
		fixture{name: "in two files", files: 2, capture: pcaptest.UnmarkedAudio},
		fixture{name: "proxied, in three files", files: 3, capture: pcaptest.TLSViaProxy},
		fixture{name: "busy, in two files", files: 2, capture: busy})
}

// checkEvidence compares the evidence of all findings that accuse with tshark and says how many filters there were. A
// finding without evidence, and evidence without a filter that shows no value either, is a fault.
func checkEvidence(t *testing.T, tshark string, set *record.Set) (checked int) {
	t.Helper()
	filters := map[string][]string{} // by file
	for _, f := range set.Findings {
		if !accuses(f) {
			continue
		}
		if len(f.Evidence) == 0 {
			t.Errorf("%s of %s has no evidence", f.Rule, f.Subject.Key)
		}
		for _, e := range f.Evidence {
			switch {
			case e.Filter != "" && e.Packets == 0 && !strings.Contains(t.Name(), "overlap") && !strings.Contains(t.Name(), "busy,_in_two_files"):
				t.Errorf("%s of %s: evidence without a number of packets: %.200q", f.Rule, f.Subject.Key, e.Filter)
			case e.Filter != "":
				filters[e.File] = append(filters[e.File], e.Filter, numbered(e))
			case len(e.Fields) == 0:
				t.Errorf("%s of %s: evidence (%s) without filter and values", f.Rule, f.Subject.Key, e.Kind)
			}
		}
	}
	for file, list := range filters {
		selected, err := selects(tshark, file, list)
		if err != nil {
			t.Fatal(err)
		}
		checkSelected(t, set, file, selected)
		checked += len(list) / 2
	}
	return checked
}

// checkSelected compares the evidence that lies in a file with how many packets each filter selects of it.
func checkSelected(t *testing.T, set *record.Set, file string, selected map[string]int64) {
	t.Helper()
	for _, f := range set.Findings {
		for _, e := range f.Evidence {
			want := named(e)
			if n, also := selected[e.Filter], selected[numbered(e)]; accuses(f) && e.Filter != "" && e.File == file &&
				(n == 0 || want > 0 && (n != want || also != want)) {
				t.Errorf("%s of %s: %d packets named (%.40s), %d selected, %d of these named, by %.400q", f.Rule, f.Subject.Key, want, e.PacketNumbers, n, also, e.Filter)
			}
		}
	}
}

// named is how many packets the evidence names; 0 where it says only what they have in common, as of a flow beside
// another one with the same addresses and ports.
func named(e record.Evidence) (n int64) {
	if e.Packets > 0 || e.PacketNumbers == "" {
		return e.Packets
	}
	for r := range strings.SplitSeq(e.PacketNumbers, ",") {
		low, high, ranged := strings.Cut(r, "-")
		first, _ := strconv.ParseInt(low, 10, 64)
		last := first
		if ranged {
			last, _ = strconv.ParseInt(high, 10, 64)
		}
		n += last - first + 1
	}
	return n
}

// numbered is the filter of evidence, and of what it selects only the packets that the evidence names.
func numbered(e record.Evidence) string {
	if e.PacketNumbers == "" {
		return fmt.Sprintf("(%s) && frame.number >= %d && frame.number <= %d", e.Filter, e.FirstPacket, e.LastPacket)
	}
	return fmt.Sprintf("(%s) && frame.number in {%s}", e.Filter, strings.ReplaceAll(e.PacketNumbers, "-", ".."))
}

var hierarchy = regexp.MustCompile(`(?m)^Filter: (.*)\n+(?:\w+ +frames:(\d+))?`)

// selects says how many packets each display filter selects. One run of tshark answers for all: the statistics of
// protocols take a filter.
func selects(tshark, file string, filters []string) (map[string]int64, error) {
	args := []string{"-n", "-q", "-r", file}
	for _, f := range filters {
		args = append(args, "-z", "io,phs,"+f)
	}
	cmd := exec.Command(tshark, args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("tshark: %w: %s", err, complaint.String())
	}
	count := map[string]int64{}
	for _, m := range hierarchy.FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.ParseInt("0"+m[2], 10, 64)
		count[m[1]] = n
	}
	for _, f := range filters {
		if _, ok := count[f]; !ok {
			return nil, fmt.Errorf("tshark says nothing of %q", f)
		}
	}
	return count, nil
}

// TestSelects: what [selects] reads off one run is what -Y selects.
func TestSelects(t *testing.T) {
	tshark := oracle.Tshark(t)
	file := filepath.Join(t.TempDir(), "c.pcapng")
	if err := pcaptest.HealthyMeeting().Save(file); err != nil {
		t.Fatal(err)
	}
	filters := []string{"frame.number in {2, 5..9}", "stun && !icmp", "dns", "sip"}
	got, err := selects(tshark, file, filters)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range filters {
		out, err := exec.Command(tshark, "-n", "-r", file, "-Y", f, "-T", "fields", "-e", "frame.number").Output()
		if n := int64(strings.Count(string(out), "\n")); err != nil || n != got[f] || n == 0 && f != "sip" {
			t.Errorf("%q: %d, want %d (%v)", f, got[f], n, err)
		}
	}
	if _, err := selects(tshark, file, []string{"no such field"}); err == nil {
		t.Error("a filter that is none was accepted")
	}
}
