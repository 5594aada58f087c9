package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// renderHTML is the page of a run.
func renderHTML(t testing.TB, set *record.Set) string {
	t.Helper()
	f, _ := ByName("html")
	var b bytes.Buffer
	if err := set.WriteTo(f.New(&b, Options{})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func parseHTML(t testing.TB, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is what a reader sees of a node, on one line.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(" " + d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// find returns the element with an id.
func find(t testing.TB, doc *html.Node, id string) *html.Node {
	t.Helper()
	for d := range doc.Descendants() {
		if d.Type == html.ElementNode && attribute(d, "id") == id {
			return d
		}
	}
	t.Fatalf("no element #%s", id)
	return nil
}

// outline is the page as its sections, headings, cards and rows, one line each.
func outline(doc *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		in := strings.Repeat("  ", depth)
		switch n.Data {
		case "script", "style", "svg", "noscript":
			return
		case "section", "article", "table":
			fmt.Fprintf(&b, "%s%s %s\n", in, n.Data, attribute(n, "id"))
			depth++
		case "title", "h1", "h2", "h3", "p", "tr", "li", "dt", "dd", "caption", "summary", "pre", "figcaption":
			if text := textOf(n); text != "" {
				fmt.Fprintf(&b, "%s%s: %s\n", in, n.Data, text)
			}
			return
		}
		for c := range n.ChildNodes() {
			if c.Type == html.ElementNode {
				walk(c, depth)
			}
		}
	}
	for c := range doc.ChildNodes() {
		walk(c, 0)
	}
	return b.String()
}

// bare are runs with little in them.
func bare() map[string]*record.Set {
	return map[string]*record.Set{
		"nothing": {},
		"empty": {Run: &record.Run{Tool: "webexaudit"}, Health: []*record.CaptureHealth{{File: "empty.pcap"}},
			Summary: &record.Summary{Verdict: record.NotObserved}},
		"nowebex": {Run: &record.Run{Tool: "webexaudit"},
			Health:  []*record.CaptureHealth{{File: "other.pcap", Packets: 12, LossAssessable: true}},
			Summary: &record.Summary{Verdict: record.NotObserved, Flows: 3}},
	}
}

// TestHTMLOutline: what the page says, without its markup.
func TestHTMLOutline(t *testing.T) {
	runs := bare()
	runs["sample"] = sample(t)
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		golden(t, "html/"+name+".txt", []byte(outline(parseHTML(t, renderHTML(t, runs[name])))))
	}
}

// badWords are signs of a value that is none, and of a wrong plural.
var badWords = regexp.MustCompile(`NaN|undefined|<nil>|%!|\+Inf|ZgotmplZ|\b1970\b|(?:^|[^\d,.])1 (?:clients|calls|flows|packets|rules|steps|rows|causes|files|servers)\b`)

// TestHTMLWords: what never stands in a report that people read.
func TestHTMLWords(t *testing.T) {
	runs := bare()
	runs["sample"] = sample(t)
	for name, set := range runs {
		text := outline(parseHTML(t, renderHTML(t, set)))
		for _, bad := range badWords.FindAllString(text, -1) {
			t.Errorf("%s: %q", name, bad)
		}
	}
}

// TestHTMLPolicy: the page allows itself one style and one script, those that it has, and nothing in it would need
// more.
func TestHTMLPolicy(t *testing.T) {
	page := renderHTML(t, sample(t))
	doc := parseHTML(t, page)
	var styles, scripts []string
	var policy string
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Data == "style":
			styles = append(styles, n.FirstChild.Data)
		case n.Data == "script" && attribute(n, "type") == "":
			scripts = append(scripts, n.FirstChild.Data)
		case attribute(n, "http-equiv") == "Content-Security-Policy":
			policy = attribute(n, "content")
		}
		for _, fault := range reachesOut(n) {
			t.Error(fault)
		}
	}
	if len(styles) != 1 || len(scripts) != 1 {
		t.Fatalf("%d styles, %d scripts", len(styles), len(scripts))
	}
	want := fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		hash(styles[0]), hash(scripts[0]))
	if policy != want {
		t.Errorf("policy %s, want %s", policy, want)
	}
	if i := strings.Index(page, "<meta http-equiv=\"Content-Security-Policy\""); i < 0 || i > strings.Index(page, "<title>") {
		t.Error("the policy does not come first")
	}
}

// reachesOut is what of an element would load something, or run something.
func reachesOut(n *html.Node) (faults []string) {
	loads := []string{"img", "link", "iframe", "object", "embed", "base", "form", "audio", "video", "image"}
	if slices.Contains(loads, n.Data) {
		faults = append(faults, "element "+n.Data)
	}
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "srcset" {
			faults = append(faults, fmt.Sprintf("%s has %s=%q", n.Data, a.Key, a.Val))
		}
		if strings.HasSuffix(a.Key, "href") && !strings.HasPrefix(a.Val, "#") {
			faults = append(faults, fmt.Sprintf("%s leads out of the page: %q", n.Data, a.Val))
		}
	}
	return faults
}

// TestHTMLAssets: what the script and the style never do.
func TestHTMLAssets(t *testing.T) {
	script := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setAttribute\("(on|style|href|src)|javascript:|fetch\(|XMLHttpRequest|import\(|</|<!--`)
	if bad := script.FindAllString(htmlScript, -1); bad != nil {
		t.Errorf("script: %q", bad)
	}
	style := regexp.MustCompile(`url\(|@import|expression|</|<!--|@font-face`)
	if bad := style.FindAllString(htmlStyle, -1); bad != nil {
		t.Errorf("style: %q", bad)
	}
	files, _ := filepath.Glob("html/*")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte{'\n'}); n > 400 {
			t.Errorf("%s: %d lines", name, n)
		}
	}
}

// hostile are texts that strangers may put into names.
var hostile = []string{
	`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	"\u202egnp.exe", "a\x00b", "\x1b]0;x\x07", "<!--", "]]>", "{{.}}", "${alert(1)}", "\u2028\u2029", "</style><style>*{display:none}",
	"</template></table><h1>owned</h1>", strings.Repeat("A", 4096), "e\u0301\u0302\u0303\u0304", "\ufeff", "&lt;b&gt;", `\u003cscript\u003e`,
}

// hostileRun is a run in which every name that strangers choose is the given one.
func hostileRun(name string) *record.Set {
	client, server := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("170.72.0.1")
	const start, end = record.Time(1_790_000_000e9), record.Time(1_790_000_060e9)
	flow := func(id string, f record.Function, way record.Transport) *record.Flow {
		return &record.Flow{FlowID: id, Proto: "tcp", SrcIP: client, SrcPort: 50000, DstIP: server, DstPort: 443,
			StartTime: start, EndTime: end, Webex: true, Service: record.Calling, Function: f, Transport: way,
			Client: client, SNI: name, DNSName: name, ClientRole: name, PacketsFwd: 9, PayloadBytesFwd: 900, DSCPFwd: record.DSCP{0: 9}, DSCPRev: record.DSCP{0: 9},
			Lookups: []record.Lookup{{Name: name, QType: "A", RCode: name, Time: start}}}
	}
	media, signalling := flow("f1", record.MediaMixed, record.TLSProxied), flow("f2", record.Signalling, record.TLS)
	media.Connect = &record.ConnectFacts{Host: name, Port: 443, Status: 407, Schemes: []string{name}}
	probe := flow("f3", record.ReachProbe, record.UDP)
	probe.TCP = nil
	call := &record.Session{SessionID: "0123456789abcdef", Client: client, Service: record.Calling,
		Transport: record.TLSProxied, Story: name, StartTime: start, EndTime: end, FlowIDs: []string{"f1", "f2"}}
	finding := func(rule string, state record.State) *record.Finding {
		return &record.Finding{FindingID: rule, Rule: rule, State: state, Severity: record.High,
			Confidence: record.Confirmed, Title: name, Summary: name, Subject: record.Subject{Kind: "host", Key: name}, Hosts: []string{name}, Clients: []string{"10.1.2.3"},
			FlowIDs: []string{"f1"}, FirstSeen: start, Expected: name, Actual: name, Remediation: name, Missing: name,
			Thresholds: []record.Threshold{{Name: name, Origin: name}},
			Evidence: []record.Evidence{{Kind: "certificate", File: name, Packets: 1, Filter: name,
				Fields: map[string]string{name: name}}}}
	}
	set := &record.Set{
		Run: &record.Run{Tool: "webexaudit", Version: "1", Arguments: []string{name},
			Files: []record.File{{Path: name, LinkTypes: []string{name}, Damage: name}}},
		Health: []*record.CaptureHealth{{File: name, Packets: 9, StartTime: start, EndTime: end, LossAssessable: true, Damage: name,
			Undecodable: map[string]int64{name: 1}}},
		Flows: []*record.Flow{media, signalling, probe},
		TLS: []*record.TLSSession{{FlowID: "f2", SNI: name, CertSubject: name, CertIssuer: name,
			ChainIssuers: []string{name}, CipherSuite: name, Inspection: "possible", Webex: true, InspectionSigns: []record.InspectionSign{{Name: name, Value: name, Weight: 1}}}},
		Reachability: []*record.Reachability{{Client: name, Prefix: name, Port: 5004, Transport: record.UDP, Asked: 1, Silent: 1}},
		Sessions:     []*record.Session{call},
		Findings: []*record.Finding{finding("WXA-TLS-001", record.Fail), finding("WXA-QUA-001", record.NotAssessable),
			finding("WXA-CAP-001", record.Warn)},
		Summary: &record.Summary{Verdict: record.Fail, WebexFlows: 3, Flows: 3, Notices: []string{name}, ExitReason: name},
	}
	audit.JudgeCalls(set, set.Findings)
	return set
}

// shape is the elements of a page and the names of their attributes.
func shape(doc *html.Node) string {
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			b.WriteString(n.Data)
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
			}
			b.WriteByte('\n')
		}
		if n.Type == html.CommentNode {
			b.WriteString("comment\n")
		}
	}
	return b.String()
}

// TestHTMLHostile: a name that a stranger chose adds no element, no attribute and no invisible character to the page,
// and the island decodes to it.
func TestHTMLHostile(t *testing.T) {
	long := strings.Repeat("n", 4096) // has a title where it is folded, as the long hostile one has
	want := shape(parseHTML(t, renderHTML(t, hostileRun("name"))))
	wantLong := shape(parseHTML(t, renderHTML(t, hostileRun(long))))
	for _, name := range hostile {
		page := renderHTML(t, hostileRun(name))
		doc := parseHTML(t, page)
		expect := want
		if fold(name) != name {
			expect = wantLong
		}
		if got := shape(doc); got != expect {
			t.Errorf("%.40q changes the page:\n%s", name, firstDifference(expect, got))
		}
		for _, r := range page {
			if r != '\n' && r != '\t' && r != '\ufffd' && !record.Visible(r) {
				t.Errorf("%.40q: U+%04X is in the page", name, r)
				break
			}
		}
		var calls []islandCall
		if err := json.Unmarshal([]byte(find(t, doc, "data").FirstChild.Data), &calls); err != nil {
			t.Fatalf("%.40q: %v", name, err)
		}
		if got := calls[0].Signalling[0].Label; got != fold(name) {
			t.Errorf("%.40q: the island says %.40q", name, got)
		}
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: %s, want %s", i, y[i], x[i])
		}
	}
	return fmt.Sprintf("%d elements, want %d", len(y), len(x))
}

// TestReveal: what is invisible becomes an escape, and the same string in JSON.
func TestReveal(t *testing.T) {
	for in, want := range map[string]string{
		"plain ↑ ü – \n\t": "plain ↑ ü – \n\t", "\u202ex": `\u202ex`, "\x00": `\u0000`, "\xff": "\ufffd", "\U000e0001": `\udb40\udc01`,
		"e\u0301\u0302\u0303": "e\u0301\u0302" + `\u0303`, "\r": `\u000d`,
	} {
		if got := string(reveal([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	var back string
	if err := json.Unmarshal(reveal([]byte("\"a\u202e\U000e0001\"")), &back); err != nil || back != "a\u202e\U000e0001" {
		t.Errorf("%q, %v", back, err)
	}
}

// TestLimitText: limits as the page says them.
func TestLimitText(t *testing.T) {
	for unit, want := range map[string]string{
		"%": "20,231,206 %", "port": "port 20231206", "date": "20231206 (2023-12-06)", "ms": "20,231,206 ms", "": "20,231,206",
	} {
		if got := limitText(record.Threshold{Name: "WXA-QUA-001.max_ms", Value: 20231206, Unit: unit}); got != want {
			t.Errorf("%s: %s, want %s", unit, got, want)
		}
	}
}
