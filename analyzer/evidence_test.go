package analyzer_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/site"
)

// TestEvidenceFilters: the Wireshark filter of every piece of evidence selects exactly as many packets as the finding claims.
func TestEvidenceFilters(t *testing.T) {
	if testing.Short() {
		t.Skip("runs tshark once for each piece of evidence; skipped in short mode")
	}
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skipf("tshark is not installed: %v", err)
	}
	checked := 0
	for _, s := range pcaptest.Scenarios() {
		for name, wrap := range map[string][]pcaptest.Wrap{"plain": nil, "vlan": {pcaptest.VLAN(30)}} {
			checked += checkFilters(t, tshark, s.Name+"-"+name, s.Build().Wrap(wrap...), "")
		}
	}
	one, two := pcaptest.UnmarkedAudio(), pcaptest.WrongMarks().Shift(1300*time.Microsecond)
	for name, wraps := range map[string][2]pcaptest.Wrap{
		"overlap of VLANs":     {pcaptest.VLAN(10), pcaptest.VLAN(20)},
		"overlap with no VLAN": {pcaptest.VLAN(10), pcaptest.VLAN()},
		"overlap of VNIs":      {pcaptest.VXLAN(mirrorOuter, 5001), pcaptest.VXLAN(mirrorOuter, 5002)},
		"overlap of labels":    {pcaptest.MPLS(16), pcaptest.MPLS(17)},
		"overlap of QinQ":      {pcaptest.QinQ(100, 30), pcaptest.QinQ(100, 31)},
	} {
		checked += checkFilters(t, tshark, name, pcaptest.Merge(one.Wrap(wraps[0]), two.Wrap(wraps[1])), "")
	}
	for _, c := range tlsCases() {
		if c.want == "fail" || c.want == "warn" {
			checked += checkFilters(t, tshark, c.rule+" "+c.name, c.capture(), c.site)
		}
	}
	if checked < 10 {
		t.Errorf("only %d filters were checked", checked)
	}
	t.Logf("%d filters checked", checked)
}

func checkFilters(t *testing.T, tshark, name string, c *pcaptest.Capture, declared string) (checked int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), strings.ReplaceAll(name, " ", "-")+".pcapng")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	where, err := site.Load(strings.NewReader(declared), "site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set, err := run(t, analyzer.Config{Files: []string{path}, Site: where})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Findings {
		for _, e := range f.Evidence {
			if e.Filter == "" {
				continue
			}
			out, err := exec.Command(tshark, "-n", "-r", path, "-Y", e.Filter, "-T", "fields", "-e", "frame.number").Output()
			if err != nil {
				t.Fatalf("%s %s: tshark refuses %q: %v", name, f.Rule, e.Filter, err)
			}
			checked++
			if n := int64(strings.Count(string(out), "\n")); n != e.Packets && (e.Packets > 0 || n == 0 || !strings.HasPrefix(name, "overlap")) {
				t.Errorf("%s %s: %d packets selected, %d claimed by %q", name, f.Rule, n, e.Packets, e.Filter)
			}
		}
	}
	return checked
}
