package signatures

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/capture/pcapfilter"
)

func exportOf(t *testing.T, pack *Pack, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := pack.Export(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func newest(t *testing.T) *Pack {
	t.Helper()
	p, err := Builtin().Select("latest")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestExportTables: CSV reads in a strict parser as the rows of the JSON, and every range of the pack is there.
func TestExportTables(t *testing.T) {
	p := newest(t)
	var d struct {
		Pack, Date, Digest string
		Items              []ExportItem
	}
	if err := json.Unmarshal([]byte(exportOf(t, p, "json")), &d); err != nil || d.Digest != p.Digest {
		t.Fatal(err, d.Digest)
	}
	text := exportOf(t, p, "csv")
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = 10
	rows, err := r.ReadAll()
	if err != nil || len(rows) != len(d.Items)+1 || strings.Count(text, "\r\n") != len(rows) {
		t.Fatalf("%v: %d rows of %d items", err, len(rows), len(d.Items))
	}
	have := map[string]bool{}
	for i, item := range d.Items {
		row := rows[i+1]
		if row[0] != item.Signature || strings.TrimPrefix(row[2], "'") != item.Value || strings.ContainsAny(row[2][:1], "=+-@") {
			t.Errorf("%v is not %+v", row, item)
		}
		have[item.Type+" "+item.Value] = true
	}
	for _, want := range []string{"prefix 170.72.0.0/16", "name *.webex.com", "port UDP 5004", "port UDP 9000"} {
		if !have[want] {
			t.Errorf("%s is missing", want)
		}
	}
}

// TestExportDate: a pack of another date hands on its own rows, and no retired one.
func TestExportDate(t *testing.T) {
	old, err := Builtin().Select("2022-07-01")
	if err != nil {
		t.Fatal(err)
	}
	now := newest(t)
	if exportOf(t, old, "bpf") == exportOf(t, now, "bpf") {
		t.Error("the ranges of 2022 are those of today")
	}
	for _, i := range now.exported().items {
		if r, _ := now.Row(i.Signature); r.Retired != "" {
			t.Errorf("%s is retired", i.Signature)
		}
	}
}

// TestExportFilters: tcpdump and we compile the capture filter; tshark takes the display filter and selects by it.
func TestExportFilters(t *testing.T) {
	p := newest(t)
	f, err := pcapfilter.Parse(exportOf(t, p, "bpf"))
	if err != nil {
		t.Fatal(err)
	}
	if program, err := f.Program(capture.LinkEthernet, true); err != nil || len(program) < 100 {
		t.Errorf("%d instructions, %v", len(program), err)
	}
	if path, err := exec.LookPath("tcpdump"); err == nil {
		out, err := exec.Command(path, "-ddd", "-y", "EN10MB", strings.TrimSpace(exportOf(t, p, "bpf"))).CombinedOutput()
		if err != nil || len(strings.Fields(string(out))) < 100 {
			t.Errorf("tcpdump: %v: %.200s", err, out)
		}
	}
	if os.Getenv("TSHARK") == "" {
		t.Skip("TSHARK=1 loads the display filter in tshark")
	}
	for capture, want := range map[string]bool{"healthy-meeting": true, "sip-calls": false} {
		out, err := exec.Command("tshark", "-r", filepath.Join("../testdata/pcaps", capture+".pcapng.gz"), "-Y",
			strings.TrimSpace(exportOf(t, p, "wireshark-filter"))).Output()
		if err != nil || (len(out) > 0) != want {
			t.Errorf("tshark, %s: %v, %d bytes", capture, err, len(out))
		}
	}
}

// suricataRule is the grammar of a rule, as far as it is used: action, header, options (Suricata's user guide, "Rules
// Format").
var suricataRule = regexp.MustCompile(`^alert (ip any any <> [0-9a-f.:]+/\d+ any|(tls|dns) any any -> any any) ` +
	`\(msg:"[^";\\]+"; (threshold:type limit, track by_src, count 1, seconds 3600; ` +
	`|(tls\.sni|dns\.query); (content:"[a-z0-9.-]+"; nocase; (endswith|bsize:\d+); |pcre:"/\^[^"/]+\$/i"; ))` +
	`priority:3; sid:1\d{6}; rev:\d{8};\)$`)

// TestExportRules: every rule has the form, an id of its own, and loads in Suricata where that is installed.
func TestExportRules(t *testing.T) {
	p := newest(t)
	text := exportOf(t, p, "suricata")
	ids := map[string]bool{}
	sid := regexp.MustCompile(`sid:\d+`)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		id := sid.FindString(line)
		if i > 0 && (!suricataRule.MatchString(line) || ids[id]) {
			t.Errorf("line %d: %s", i+1, line)
		}
		ids[id] = true
	}
	if len(ids) < 200 {
		t.Errorf("%d rules", len(ids))
	}
	path, err := exec.LookPath("suricata")
	if err != nil {
		t.Skip("Suricata is not installed")
	}
	dir := t.TempDir()
	rules := filepath.Join(dir, "webex.rules")
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "-T", "-S", rules, "-l", dir).CombinedOutput(); err != nil {
		t.Errorf("suricata -T: %v: %s", err, out)
	}
}

// TestExportZeek: the header is that of Zeek's intelligence framework, and each line has its fields.
func TestExportZeek(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(exportOf(t, newest(t), "zeek-intel"), "\n"), "\n")
	if lines[0] != "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc" || len(lines) < 60 {
		t.Fatalf("%d lines: %q", len(lines), lines[0])
	}
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		f := strings.Split(line, "\t")
		_, err := netip.ParsePrefix(f[0])
		if len(f) != 4 || seen[f[0]] || (f[1] == "Intel::SUBNET") != (err == nil) || err != nil && f[1] != "Intel::DOMAIN" ||
			strings.ContainsAny(f[0], "* ") || f[3] == "" {
			t.Errorf("%q", line)
		}
		seen[f[0]] = true
	}
}

// TestExportNames: what the expressions match is what the pack's own look-up matches.
func TestExportNames(t *testing.T) {
	for pattern, names := range map[string]map[string]bool{
		"*.webex.com":     {"a.webex.com": true, "a.b.webex.com": true, "webex.com": false, "awebex.com": false},
		"conv-*.wbx2.com": {"conv-a.wbx2.com": true, "conv-a.b.wbx2.com": false, "conv-.wbx2.com.evil.com": false},
		"wbx2.com":        {"wbx2.com": true, "a.wbx2.com": false, "wbx2xcom": false},
	} {
		e := regexp.MustCompile("(?i)^(" + nameExpression(pattern) + ")$")
		for name, want := range names {
			if e.MatchString(name) != want {
				t.Errorf("%s and %s: %v", pattern, name, !want)
			}
		}
	}
}
