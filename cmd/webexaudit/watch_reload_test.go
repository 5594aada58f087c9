package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/watch"
)

// operator is who changes files while a watch runs.
type operator struct {
	*process
	t                     *testing.T
	conf, from, ring, out string
}

// puts puts a file in the place of one, as editors do.
func (o *operator) puts(name, text string) {
	o.t.Helper()
	path := filepath.Join(o.conf, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		o.t.Fatal(err)
	}
}

// hangs sends SIGHUP, and waits for what the watch says.
func (o *operator) hangs(words string) {
	o.t.Helper()
	if err := o.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		o.t.Fatal(err)
	}
	o.says(1, words)
}

// captures has some of the captures appear, and waits until the windows before the last one were settled.
func (o *operator) captures(settled string, names ...string) {
	o.t.Helper()
	for _, name := range names {
		if err := os.Rename(filepath.Join(o.from, name), filepath.Join(o.ring, name)); err != nil {
			o.t.Fatal(err)
		}
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(o.out, watch.Windows, settled)); err == nil {
			return
		}
		if time.Now().After(until) {
			o.t.Fatalf("window %s does not end: %s", settled, o.stderr.String())
		}
	}
}

// judged is what judged a window: the digest of its site file, and the state of the finding of audio without marks.
func (o *operator) judged(name string) (site string, state record.State) {
	o.t.Helper()
	var report struct {
		Run      record.Run       `json:"run"`
		Findings []record.Finding `json:"findings"`
	}
	text, err := os.ReadFile(filepath.Join(o.out, watch.Windows, name, "report.json"))
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Rule == "WXA-QOS-001" {
			state = f.State
		}
	}
	return report.Run.Site, state
}

const waiveMarks = `- {id: w1, rule: WXA-QOS-001, match: {subnet: 10.20.0.0/16}, reason: known, owner: noc, created: 2026-01-01, expires: 2027-12-31}
`

// TestWatchReloads: SIGHUP has other files judge from the next window on, all of them or none, also where the watch may
// open nothing but what its command line names; a fault is logged, told and counted.
func TestWatchReloads(t *testing.T) {
	from, _ := watched(t, 6)
	told := filepath.Join(t.TempDir(), "told")
	o := &operator{t: t, conf: t.TempDir(), from: from, ring: t.TempDir(), out: filepath.Join(t.TempDir(), "audits")}
	o.puts("site.yaml", "")
	o.puts("waivers.yaml", "[]\n")
	config := fmt.Sprintf("site: %[1]s/site.yaml\nwaivers: %[1]s/waivers.yaml\n", o.conf)
	o.puts("webexaudit.yaml", config)
	o.process = start(t, "watch", "-o", o.out, "--window", "1m", "--on-finding", "cat >> "+told,
		"--config", filepath.Join(o.conf, "webexaudit.yaml"), o.ring)
	o.captures("20260907T080000Z", "00.pcap", "01.pcap")
	o.puts("site.yaml", "internal: [10.0.0.0/8]\n")
	o.puts("waivers.yaml", waiveMarks)
	o.hangs(`changed="site file, waivers"`)
	o.captures("20260907T080200Z", "02.pcap", "03.pcap")
	o.puts("site.yaml", "inside: [10.0.0.0/8]\n")
	o.puts("waivers.yaml", "[]\n")
	o.hangs("what was read before stays in force: " + filepath.Join(o.conf, "site.yaml") + ":1: inside: unknown key")
	o.captures("20260907T080300Z", "04.pcap")
	o.puts("site.yaml", "internal: [10.0.0.0/8]\n")
	o.puts("webexaudit.yaml", config+"watch: {keep: 90d, vantage: inside}\n")
	o.hangs(`changed="waivers, --vantage"`)
	o.says(1, "these take a start of the watch: --keep")
	o.captures("20260907T080400Z", "05.pcap")
	if err := o.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	o.wait()
	o.ended(0, "")
	o.checkJudged()
	text, _ := os.ReadFile(told)
	for _, want := range []string{`"kind":"trouble"`, "stays in force", "in order again"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s was not told: %s", want, text)
		}
	}
}

func (o *operator) checkJudged() {
	o.t.Helper()
	before, _ := o.judged("20260907T080000Z")
	after, _ := o.judged("20260907T080200Z")
	for _, w := range []struct {
		name, site string
		state      record.State
	}{
		{"20260907T080000Z", before, record.Warn}, {"20260907T080100Z", before, record.Warn}, {"20260907T080200Z", after, record.Waived},
		{"20260907T080300Z", after, record.Waived}, {"20260907T080500Z", after, record.Fail}, // by --vantage inside
	} {
		if site, state := o.judged(w.name); site != w.site || state != w.state || before == after {
			o.t.Errorf("%s: site %s, %s; want %s, %s", w.name, site, state, w.site, w.state)
		}
	}
}
