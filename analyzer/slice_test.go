package analyzer_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/slice"
)

// notInSlice are captures whose finding its slice cannot yield, and why.
var notInSlice = map[string]string{
	"WXA-TLS-001 inspected by comparison":          "names its clients alone; the certificates that tell came to another",
	"WXA-VMN-001 clients past the mesh":            "the mesh node carries media of other clients",
	"WXA-SIG-011 IPv6 in vain, IPv4 after 250 ms":  "names the IPv6 addresses; what opened instead came from the IPv4 addresses",
	"WXA-MED-013 IPv6 in vain":                     "names the IPv6 addresses; IPv4 has others",
	"WXA-MED-004 one client of three":              "is milder because of the clients that had no trouble, which are not in it",
	"WXA-DAT-001 twenty years after the release":   "is about the date of the signature pack",
	"WXA-CAP-008 a tenth of the frames veiled":     whole,
	"WXA-CAP-007 clock steps":                      whole,
	"WXA-CAP-008 tunnels nested too deep":          whole,
	"WXA-CAP-012 all in a VPN tunnel":              whole,
	"WXA-CAP-005 cut in the headers":               whole,
	"WXA-CAP-011 a pause of 3 s":                   whole,
	"WXA-CAP-003 copies":                           whole,
	"WXA-CAP-002 bytes that only the receiver saw": whole,
	"WXA-CAP-002 gaps of a mirror":                 whole,
	"WXA-CAP-001 drops of the interface":           whole,
}

const whole = "is about the whole capture"

// TestSliceYieldsFinding: the slice of a finding, audited like the capture that it was cut out of, yields the finding,
// with payload and without.
func TestSliceYieldsFinding(t *testing.T) {
	if testing.Short() {
		t.Skip("audits the capture of every rule twice, in one goroutine each")
	}
	for _, x := range allFixtures() {
		name := x.rule + " " + x.name
		if x.rule == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := x.config(t)
			set, err := run(t, c)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range set.Findings {
				if f.Rule != x.rule || !accuses(f) {
					continue
				}
				for _, headers := range []bool{false, true} {
					fault := sliceFault(t, c, set, f, headers)
					if why := notInSlice[name]; (fault == "") != (why == "") {
						t.Errorf("payload cut off: %v; %s; exempt: %q", headers, fault, why)
					}
				}
			}
		})
	}
}

// sliceFault says how the finding in its slice differs; "" where it does not.
func sliceFault(t *testing.T, c analyzer.Config, set *record.Set, f *record.Finding, headers bool) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "slice.pcapng")
	job := &slice.Job{Selection: slice.OfFindings(set, []*record.Finding{f}), Headers: headers}
	job.Comments = []slice.Comment{slice.CommentOf(set, f)}
	var n slice.Count
	job.Begin = func(count slice.Count) (io.WriteCloser, capture.Section, error) {
		n = count
		w, err := os.Create(out)
		return w, capture.Section{}, err
	}
	var files []string
	for _, file := range set.Run.Files {
		files = append(files, file.Path)
	}
	if err := slice.Cut(t.Context(), slice.Source{Files: files}, []*slice.Job{job}); err != nil {
		t.Fatal(err)
	}
	if len(job.Comments[0].Packets) > 0 && len(n.Found) != 1 {
		t.Errorf("%s: no packet has the comment", f.Rule)
	}
	c.Files = []string{out}
	again, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range again.Findings {
		if g.Fingerprint != f.Fingerprint {
			continue
		}
		if was, is := finding(f), finding(g); was != is {
			return fmt.Sprintf("%d packets: %s, was %s", n.Packets, is, was)
		}
		return ""
	}
	return fmt.Sprintf("%d packets: no %s", n.Packets, finding(f))
}
