package analyzer_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
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
			path := filepath.Join(t.TempDir(), s.Name+"-"+name+".pcapng")
			if err := s.Build().Wrap(wrap...).Save(path); err != nil {
				t.Fatal(err)
			}
			set, err := run(t, analyzer.Config{Files: []string{path}})
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
						t.Fatalf("%s %s: tshark refuses %q: %v", s.Name, f.Rule, e.Filter, err)
					}
					checked++
					if n := int64(strings.Count(string(out), "\n")); n != e.Packets {
						t.Errorf("%s (%s) %s: %d packets selected, %d claimed by %q", s.Name, name, f.Rule, n, e.Packets, e.Filter)
					}
				}
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d filters were checked", checked)
	}
	t.Logf("%d filters checked", checked)
}
