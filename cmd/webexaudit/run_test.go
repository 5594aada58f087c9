package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/capture/pcapfilter"
	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

// invoke runs a command line with a stand-in for the analyzer.
func invoke(ctx context.Context, run func(context.Context, analyzer.Config) (*record.Set, error),
	args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	p := program{analyzer: run, stdin: strings.NewReader(""), stdout: &out, stderr: &err}
	return p.run(ctx, args), out.String(), err.String()
}

// failing is a run with one failing finding.
func failing() *record.Set {
	return &record.Set{Run: &record.Run{Tool: "webexaudit"},
		Findings: []*record.Finding{{Rule: "WXA-MED-001", State: record.Fail, Severity: record.High, Confidence: record.Confirmed, Title: "Media over TLS"}},
		Summary: &record.Summary{Verdict: record.Fail, Severities: map[record.Severity]int{record.High: 1},
			WebexFlows: 1}}
}

// captureFile makes an input that exists; the stand-ins do not read it.
func captureFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "call.pcap")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatusOfAnAnalysis(t *testing.T) {
	damage := &capture.DamageError{File: "call.pcap", Offset: 9, Packet: 2, What: "cut off"}
	interrupted, stop := context.WithCancelCause(t.Context())
	stop(interruption{signal: syscall.SIGINT})
	terminated, stop2 := context.WithCancelCause(t.Context())
	stop2(interruption{signal: syscall.SIGTERM})
	file := captureFile(t)
	for _, c := range []struct {
		name   string
		ctx    context.Context
		set    *record.Set
		err    error
		args   []string
		status int
		stderr string // standard error holds this
		reason string // the summary's reason holds this
	}{
		{"clean", nil, failing(), nil, []string{file}, 0, "", "no gate"},
		{"gate", nil, failing(), nil, []string{"--fail-on", "high", file}, 1, "", "1 failing finding of severity high"},
		{"below the gate", nil, failing(), nil, []string{"--fail-on", "critical", file}, 0, "", "no failing finding"},
		{"damaged", nil, failing(), damage, []string{file}, 3, "call.pcap: damaged at byte 9, packet 2: cut off", "damaged at byte 9"},
		{"damage before gate", nil, failing(), damage, []string{"--fail-on", "low", file}, 3, "damaged", "damaged at byte 9"},
		{"not found later", nil, failing(), fmt.Errorf("x: %w", fs.ErrNotExist), []string{file}, 3, "x: file does not exist", "x: file"},
		{"two problems", nil, failing(), errors.Join(damage, fmt.Errorf("y: %w", capture.ErrEmpty)), []string{file}, 3,
			"webexaudit: y: the file is empty", "cut off (and 1 more)"},
		{"interrupted", interrupted, failing(), context.Canceled, []string{file}, 130, "webexaudit: interrupted: ", "interrupted: "},
		{"terminated", terminated, failing(), context.Canceled, []string{file}, 143, "interrupted: ", "interrupted: "},
		{"interrupted and damaged", interrupted, failing(), errors.Join(context.Canceled, damage), []string{file}, 130, "cut off", "interrupted: "},
		{"live, stopped by a signal", interrupted, failing(), context.Canceled, []string{"-i", "lo"}, 0, "", "no gate"},
		{"live, stopped, with gate", terminated, failing(), nil, []string{"-i", "lo", "--fail-on", "low"}, 1, "", "1 failing"},
		{"live, no permission", nil, nil, fmt.Errorf("lo: %w", capture.ErrLive), []string{"-i", "lo"}, 6, "lo: live capture is not possible", ""},
		{"live, interface gone", nil, failing(), fmt.Errorf("lo: %w", capture.ErrGone), []string{"-i", "lo", "--fail-on", "low"}, 7,
			"lo: the live capture ended early", "ended early"},
		{"configuration", nil, nil, &analyzer.ConfigError{Err: errors.New("no such pack")}, []string{file}, 2, "webexaudit: no such pack", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.ctx != nil {
				ctx = c.ctx
			}
			status, stdout, stderr := invoke(ctx, func(context.Context, analyzer.Config) (*record.Set, error) {
				return c.set, c.err
			},
				append([]string{"analyze", "-T", "json"}, c.args...)...)
			if status != c.status || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
				t.Errorf("status %d, want %d; standard error %q, want %q", status, c.status, stderr, c.stderr)
			}
			if c.set != nil {
				checkSummary(t, stdout, c.status, c.reason)
			} else if stdout != "" {
				t.Errorf("standard output without a result: %q", stdout)
			}
		})
	}
}

// checkSummary: a report in JSON says the status, and why.
func checkSummary(t *testing.T, report string, status int, reason string) {
	t.Helper()
	var doc struct{ Summary record.Summary }
	if err := json.Unmarshal([]byte(report), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Summary.ExitCode != status || !strings.Contains(doc.Summary.ExitReason, reason) {
		t.Errorf("summary says %d %q, want %d %q", doc.Summary.ExitCode, doc.Summary.ExitReason, status, reason)
	}
}

// TestUsageStatus: whatever is wrong with a command line gives 2, without starting the analysis.
func TestUsageStatus(t *testing.T) {
	file := captureFile(t)
	for _, args := range [][]string{
		{"nonsense"}, {"analyze"}, {"analyze", "--nonsense"}, {"analyze", "--fail-on", "x", file}, {"analyze", "-i", "lo", file},
		{"analyze", "--set", "x", file}, {"analyze", "-T", "xml", file}, {"analyze", "-o", "-", file}, {"analyze", "-o", file + ".pdf", file},
		{"analyze", "-c", "-1", file}, {"analyze", "--workers", "-1", file}, {"analyze", "-s", "64", file},
		{"report"}, {"report", "a", "b"}, {"explain"}, {"explain", "nonsense"}, {"rules", "nonsense"}, {"rules", "show"}, {"signatures", "show", "x"},
		{"interfaces", "x"}, {"version", "x"},
	} {
		status, stdout, stderr := invoke(t.Context(), func(context.Context, analyzer.Config) (*record.Set, error) {
			t.Errorf("%q: the analysis was started", args)
			return failing(), nil
		}, args...)
		if status != statusUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "webexaudit: ") {
			t.Errorf("%q: status %d, standard output %q, standard error %q", args, status, stdout, stderr)
		}
	}
}

// TestOutputBeforeAnalysis: an output that cannot be written is found out before the work.
func TestOutputBeforeAnalysis(t *testing.T) {
	file := captureFile(t)
	for _, out := range [][]string{{"-o", file + "/run.jsonl"}, {"-o", "/nowhere/at/all/run.jsonl"}, {"--parquet", file + "/lake"}, {"-o", file + "/dir/"}} {
		status, _, stderr := invoke(t.Context(), func(context.Context, analyzer.Config) (*record.Set, error) {
			t.Errorf("%q: the analysis was started", out)
			return failing(), nil
		}, append([]string{"analyze", file}, out...)...)
		if status != statusOutput || stderr == "" {
			t.Errorf("%q: status %d, standard error %q", out, status, stderr)
		}
	}
}

// TestOutputFailsLater: the disk fills up after the check. The other outputs are written all the same.
func TestOutputFailsLater(t *testing.T) {
	file, dir := captureFile(t), t.TempDir()
	gone := filepath.Join(dir, "gone")
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t.Context(), func(context.Context, analyzer.Config) (*record.Set, error) {
		return failing(), os.Remove(gone)
	}, "analyze", "--fail-on", "low", "-o", filepath.Join(gone, "run.jsonl"), "-o", filepath.Join(dir, "run.jsonl"), "-q", file)
	if status != statusOutput || !strings.Contains(stderr, "no such file") || !strings.HasPrefix(stdout, "FAIL network, ") {
		t.Errorf("status %d, standard error %q, standard output %q", status, stderr, stdout)
	}
	if _, err := os.Stat(filepath.Join(dir, "run.jsonl")); err != nil {
		t.Error(err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestBrokenStandardOutput(t *testing.T) {
	var stderr bytes.Buffer
	p := program{analyzer: func(context.Context, analyzer.Config) (*record.Set, error) {
		return failing(), nil
	}, stdout: brokenPipe{}, stderr: &stderr}
	if status := p.run(t.Context(), []string{"analyze", captureFile(t)}); status != statusOutput ||
		!strings.Contains(stderr.String(), "standard output: broken pipe") {
		t.Errorf("status %d, standard error %q", status, stderr.String())
	}
}

// checkAudit compares with what the flags of TestConfig say of rules.
func checkAudit(t *testing.T, a audit.Options) {
	t.Helper()
	if a.FailOn != record.Medium || a.MinConfidence != record.Possible || a.Coverage != 12.5 ||
		!slices.Equal(a.Only, []string{"WXA-MED-*", "QOS-*"}) {
		t.Errorf("audit options: %+v", a)
	}
	long, _ := catalogue.All().Limit("WXA-MED-001.min_seconds")
	if v := a.Policy.Value(long); v != 45 {
		t.Errorf("threshold: %v", v)
	}
}

// TestConfig: what the flags say reaches the analyzer, and only what can change the result stands in the run record.
func TestConfig(t *testing.T) {
	file := captureFile(t)
	other := captureFile(t)
	var got analyzer.Config
	status, _, stderr := invoke(t.Context(), func(_ context.Context, c analyzer.Config) (*record.Set, error) {
		got = c
		return failing(), nil
	}, "analyze", "-q", "-r", file, "--vantage", "inside", "--policy", "latest", "--workers", "3", "--max-flows", "77", "-c", "5", "-n",
		"--rules", "WXA-MED-*,QOS-*", "--skip-rules", "WXA-MED-016", "--set", "WXA-MED-001.min_seconds=45", "--fail-on", "medium", "--min-confidence", "possible",
		"--require-coverage", "12.5", "--profile", "strict", "-o", filepath.Join(t.TempDir(), "run.jsonl"), other)
	if status != 1 || stderr != "" {
		t.Fatalf("status %d, standard error %q", status, stderr)
	}
	if diff := cmp.Diff([]string{file, other}, got.Files); diff != "" {
		t.Errorf("files:\n%s", diff)
	}
	want := []string{"analyze", "--count=5", "--max-flows=77", "--vantage=inside", "--policy=latest", "--profile=strict", "--rules=[WXA-MED-*,QOS-*]",
		"--skip-rules=[WXA-MED-016]", "--set=[WXA-MED-001.min_seconds=45]", "--min-confidence=possible", "--fail-on=medium", "--require-coverage=12.5"}
	if diff := cmp.Diff(want, got.Arguments); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	if got.Workers != 3 || got.Flows.MaxFlows != 77 || got.MaxPackets != 5 || got.Vantage != "inside" ||
		got.Policy != "latest" || got.Version != release {
		t.Errorf("config: %+v", got)
	}
	checkAudit(t, got.Audit)
	if got.Progress != nil {
		t.Error("progress without a terminal")
	}
}

func TestLiveConfig(t *testing.T) {
	var got analyzer.Config
	status, _, stderr := invoke(t.Context(), func(_ context.Context, c analyzer.Config) (*record.Set, error) {
		got = c
		return failing(), nil
	}, "analyze", "-q", "-i", "eth0", "-i", "eth1", "--duration", "90s", "-s", "256", "-B", "128", "-p", "-f", "2,40 0 0 12,6 0 0 0")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, standard error %q", status, stderr)
	}
	l := got.Live
	if !slices.Equal(got.Interfaces, []string{"eth0", "eth1"}) || got.Duration.Seconds() != 90 || l.Snaplen != 256 ||
		l.RingMiB != 128 || l.Promiscuous || l.Filter == nil {
		t.Errorf("live: %+v", got)
	}
}

func TestParseFilter(t *testing.T) {
	f, err := parseFilter("4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n")
	if err != nil {
		t.Fatal(err)
	}
	program, err := f(capture.LinkEthernet, true)
	if err != nil || len(program) != 4 || program[1].Op != 21 || program[1].Jf != 1 || program[2].K != 262144 {
		t.Errorf("bytecode: %v, %v", program, err)
	}
	for _, good := range []string{"udp port 5004 or 9000", "vlan and net 170.72.0.0/16", "not port 22"} {
		if _, err := parseFilter(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{" ", "0", "0,", "2\n40 0 0 12", "1\n40 0 0", "1\n99999 0 0 0", "1\n40 -1 0 12", "x\n1 2 3 4", "port https"} {
		if _, err := parseFilter(bad); statusOf(err) != statusUsage {
			t.Errorf("%q was accepted: %v", bad, err)
		}
	}
	want := `-f: "udp prot 53": "prot" at character 5: want host, net, port, portrange, src or dst behind udp
` + pcapfilter.Known + `
for anything else hand over bytecode: -f "$(tcpdump -ddd -y EN10MB 'udp prot 53')"`
	if _, err := parseFilter("udp prot 53"); err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		of   []int
		want int
	}{
		{nil, 0}, {[]int{0, 0}, 0}, {[]int{4, 0}, 4}, {[]int{4, 1}, 1}, {[]int{1, 3}, 3}, {[]int{3, 5}, 5}, {[]int{5, 130}, 130},
		{[]int{143, 6}, 6}, {[]int{6, 2}, 2}, {[]int{0, 1, 2, 3, 4, 5, 6, 130, 143}, 2},
	} {
		if got := worst(c.of...); got != c.want {
			t.Errorf("worst(%v) = %d, want %d", c.of, got, c.want)
		}
	}
}

func TestTerminal(t *testing.T) {
	var pipe bytes.Buffer
	t.Setenv("COLUMNS", "")
	if n := columns(&pipe); n != pipeWidth {
		t.Errorf("piped: %d columns", n)
	}
	t.Setenv("COLUMNS", "132")
	if n := columns(&pipe); n != 132 {
		t.Errorf("COLUMNS=132: %d columns", n)
	}
	if colored("auto", &pipe) || !colored("always", &pipe) || colored("never", &pipe) {
		t.Error("colour of a pipe")
	}
	for env, plain := range map[[3]string]bool{
		{"", "", ""}: true, {"", "", "C"}: true, {"", "", "de_DE.UTF-8"}: false, {"C", "", "de_DE.UTF-8"}: true, {"", "en_US.utf8", "C"}: false, {"POSIX", "", ""}: true,
	} {
		t.Setenv("LC_ALL", env[0])
		t.Setenv("LC_CTYPE", env[1])
		t.Setenv("LANG", env[2])
		if plainLocale() != plain {
			t.Errorf("locale %q: plain %v, want %v", env, !plain, plain)
		}
	}
}

// TestHelpNamesEverything: the help lists each exit status and each format.
func TestHelpNamesEverything(t *testing.T) {
	_, help, _ := invoke(t.Context(), nil, "analyze", "--help")
	for _, s := range precedence {
		if !strings.Contains(help, fmt.Sprintf("\n  %-4d ", s)) && !strings.Contains(help, fmt.Sprintf("(%d: ", s)) &&
			!strings.Contains(help, fmt.Sprintf(", %d: ", s)) {
			t.Errorf("status %d is not explained", s)
		}
	}
	for _, f := range reports.Formats() {
		if !strings.Contains(help, f.Name) {
			t.Errorf("format %s is not named", f.Name)
		}
	}
}
