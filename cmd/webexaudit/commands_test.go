package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
)

// notRun are the commands of README and guide that no test can run, by the reason that the reader is told: in the text
// before them, and by what they say themselves.
var notRun = map[string][]string{
	"needs root, or the interface eth0": {
		"webexaudit analyze -i eth0 --duration 10m",
		`dumpcap -i eth0 -B 64 -f "host 10.20.1.15" -w client.pcapng`,
		`dumpcap -i eth0 -B 256 -f "net 10.20.1.0/24" -b duration:600 -b files:24 -w ring.pcapng`,
		"tcpdump -i eth0 -s 0 -B 262144 -w client.pcap host 10.20.1.15",
		"tcpdump -i eth0 -s 0 -B 262144 -G 600 -W 24 -w 'part-%Y%m%d-%H%M%S.pcap' net 10.20.1.0/24",
		"sudo webexaudit analyze -i eth0 --duration 10m -o results/",
		"sudo setcap cap_net_raw+ep bin/webexaudit",
		"sudo webexaudit doctor -i eth0 -o /var/lib/webexaudit",
		"sudo tcpdump -i eth0 -U -w - 'host 10.20.1.15' | webexaudit analyze -",
		"sudo webexaudit watch -i eth0 -o /var/lib/webexaudit --keep 90d",
		"sudo webexaudit doctor -i eth0 -o /var/lib/webexaudit",
		"sudo systemctl enable --now webexaudit-watch@eth0",
	},
	"runs the tests": {"go test ./...", "TSHARK=1 BROWSER=1 go test ./..."},
}

// told is where the documents say which commands need more than a clone.
const told = "Commands with `sudo` or `-i eth0` need root, or that interface"

// cannotRun is why a command is not run, or "".
func cannotRun(command string) string {
	switch {
	case strings.HasPrefix(command, "sudo ") || strings.Contains(command, "-i eth0"):
		return "needs root, or the interface eth0"
	case strings.Contains(command, "go test "):
		return "runs the tests"
	}
	return ""
}

var (
	shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	yamlBlock  = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")
	remark     = regexp.MustCompile(`\s+# .*$|^# .*$`)
	statusIs   = regexp.MustCompile(`; echo \$\?\s+# (\d+)$`)
	saysStatus = regexp.MustCompile(`# .*exit status (\d+)`)
)

// shellCommand is one of a block: what is run, and the status that the document says it ends with ("": 0).
type shellCommand struct{ text, status string }

// commandsOf are those of a block of lines; one that ends in a pipe goes on.
func commandsOf(block string) (list []shellCommand) {
	var c shellCommand
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		if m := statusIs.FindStringSubmatch(line); m != nil {
			c.status = m[1]
		} else if m := saysStatus.FindStringSubmatch(line); m != nil {
			c.status = m[1]
		}
		text := strings.TrimSpace(remark.ReplaceAllString(line, ""))
		text, _, _ = strings.Cut(text, "; echo $?")
		if c.text += text; c.text == "" {
			continue
		}
		if strings.HasSuffix(c.text, "|") {
			c.text += " "
			continue
		}
		list = append(list, c)
		c = shellCommand{}
	}
	return list
}

// TestCommands runs every command of README and guide as it is written, with the files that it names.
func TestCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs every command of the documents")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	clone, bin := t.TempDir(), t.TempDir()
	for _, name := range []string{"analyzer", "cmd", "reports", "signatures", "testdata"} {
		if err := os.CopyFS(filepath.Join(clone, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	copyFile(t, root, clone, "go.mod")
	copyFile(t, root, clone, "go.sum")
	buildInto(t, clone, bin)
	guide := readText(t, root, "docs/guide.md")
	left := map[string][]string{}
	for _, doc := range []string{readText(t, root, "README.md"), guide} {
		if !strings.Contains(strings.Join(strings.Fields(doc), " "), told) {
			t.Errorf("a document does not say: %s", told)
		}
		for _, block := range shellBlock.FindAllStringSubmatch(doc, -1) {
			dir := clone
			if !strings.Contains(block[1], "go ") {
				dir = t.TempDir()
				if err := os.Symlink(filepath.Join(clone, "testdata"), filepath.Join(dir, "testdata")); err != nil {
					t.Fatal(err)
				}
			}
			furnish(t, dir, guide, block[1])
			runBlock(t, dir, bin, block[1], left)
		}
	}
	if d := cmp.Diff(notRun, left); d != "" {
		t.Errorf("commands that were not run (-want +got):\n%s", d)
	}
}

// sameBuild makes what is built the same in every directory, so that it is built once.
const sameBuild = "GOFLAGS=-trimpath"

// buildInto builds the program of a clone into a directory.
func buildInto(t *testing.T, clone, bin string) {
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "webexaudit"), "./cmd/webexaudit")
	build.Dir, build.Env = clone, append(os.Environ(), sameBuild)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// runBlock runs the commands of a block one after the other.
func runBlock(t *testing.T, dir, bin, block string, left map[string][]string) {
	for _, c := range commandsOf(block) {
		if why := cannotRun(c.text); why != "" {
			left[why] = append(left[why], c.text)
			continue
		}
		if tool := absent(c.text); tool != "" {
			t.Logf("not run, since there is no %s here: %s", tool, c.text)
			continue
		}
		cmd := exec.Command("sh", "-c", c.text)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GOBIN="+t.TempDir(), "COLUMNS=80", sameBuild)
		out, err := cmd.CombinedOutput()
		status := "0"
		if exit, ok := err.(*exec.ExitError); ok {
			status = strings.TrimPrefix(exit.String(), "exit status ")
		}
		want := c.status
		if want == "" {
			want = "0"
		}
		if status != want || len(out) == 0 && !quietCommand(c.text) {
			t.Errorf("%s\nends with %s, want %s, and prints\n%s", c.text, status, want, out)
		}
	}
}

// quietCommand tells those that print nothing when all is well.
func quietCommand(text string) bool {
	return strings.HasPrefix(text, "go ") || strings.Contains(text, " > ") || strings.Contains(text, "export --format suricata -o") ||
		strings.Contains(text, "select(.type == \"media_stream\"") ||
		strings.HasPrefix(text, "webexaudit slice") || strings.HasPrefix(text, "webexaudit man")
}

// absent is a program of the command that is not installed here, or "".
func absent(command string) string {
	for _, tool := range []string{"jq", "tshark"} {
		if _, err := exec.LookPath(tool); err != nil && slices.Contains(strings.Fields(command), tool) {
			return tool
		}
	}
	return ""
}

// furnishOthers puts what compare and anonymize name into a directory.
func furnishOthers(t *testing.T, dir, block string) {
	if strings.Contains(block, "webexaudit compare") {
		inside, outside := pcaptest.TwoPoints()
		for name, c := range map[string]*pcaptest.Capture{"client-switch.pcapng": inside, "outside.pcapng": outside,
			"inside-1.pcap": inside, "outside-1.pcap": outside} {
			put(t, dir, name, c.Pcap())
		}
	}
	if strings.Contains(block, "--key-file key") && !strings.Contains(block, "> key") {
		put(t, dir, "key", []byte(strings.Repeat("0f", 32)))
	}
}

// furnish puts the files that the documents name into a directory; YAML is that of the guide.
func furnish(t *testing.T, dir, guide, block string) {
	call := pcaptest.TLSViaProxy().Pcap()
	for _, path := range []string{"complaint.pcapng", "captures/a.pcap", "a.pcap", "old.pcap", "monday/a.pcap", "span-1.pcap.zst",
		"span.pcap.zst", "extra.pcapng"} {
		put(t, dir, path, call)
	}
	furnishOthers(t, dir, block)
	for _, m := range yamlBlock.FindAllStringSubmatch(guide, -1) {
		switch {
		case strings.HasPrefix(m[1], "vantage:"):
			put(t, dir, "site.yaml", []byte(m[1]))
		case strings.HasPrefix(m[1], "- id: W-17"):
			put(t, dir, "waivers.yaml", []byte(m[1]))
		case strings.HasPrefix(m[1], "id: ACME-"):
			put(t, dir, "own-rules/acme.yaml", []byte(m[1]))
		}
	}
	put(t, dir, "own/own.yaml", []byte(`rows:
  - id: own-name
    title: A name of our own
    service: meetings
    function: signalling
    name: {patterns: ["*.example.net"], class: weak}
    confidence: probable
    sources: [general-knowledge]
    examples: {match: [a.example.net], differ: [a.example.org]}
`))
	for _, run := range []string{"before.jsonl", "after.jsonl", "accepted.jsonl", "run.jsonl", "results/run.jsonl"} {
		if strings.Contains(block, "-o "+run) || strings.Contains(block, "-o "+strings.TrimSuffix(run, "run.jsonl")+" ") {
			continue // the block writes it
		}
		if strings.Contains(block, run) {
			put(t, dir, run, aRun(t))
		}
	}
}

var aRunText []byte // of aRun, made once

// aRun is a run as -o run.jsonl writes it.
func aRun(t *testing.T) []byte {
	if aRunText == nil {
		dir := t.TempDir()
		put(t, dir, "a.pcap", pcaptest.TLSViaProxy().Pcap())
		path := filepath.Join(dir, "run.jsonl")
		status, _, problem := invoke(t.Context(), analyzer.Run, "analyze", "-q", "-o", path, filepath.Join(dir, "a.pcap"))
		if status != statusOK {
			t.Fatalf("%d %s", status, problem)
		}
		aRunText = []byte(readText(t, dir, "run.jsonl"))
	}
	return aRunText
}

func put(t *testing.T, dir, path string, b []byte) {
	path = filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, dir, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func copyFile(t *testing.T, from, to, name string) { put(t, to, name, []byte(readText(t, from, name))) }
