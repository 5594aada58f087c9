package reports

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// axeCore is the checker of accessibility (MPL 2.0), fetched from its npm package for this test alone.
const axeCore = "axe-core@4.14.1"

// axe is its script: from the directory that AXE_CORE names, else from npm.
func axe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AXE_CORE")
	if dir == "" {
		if _, err := exec.LookPath("npm"); err != nil {
			t.Skip("no npm to fetch axe-core with, and AXE_CORE names no directory that has it")
		}
		at := t.TempDir()
		out, err := exec.Command("npm", "install", "--prefix", at, "--ignore-scripts", "--no-audit", "--no-fund", axeCore).CombinedOutput()
		if err != nil {
			t.Skipf("npm install %s: %v: %s", axeCore, err, out)
		}
		dir = filepath.Join(at, "node_modules", "axe-core")
	}
	script, err := os.ReadFile(filepath.Join(dir, "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// violation is what axe-core found.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML   string
		Target []any
	}
}

// TestHTMLAxe: axe-core finds nothing serious in the reports of the bundled captures and of odd runs, light and dark,
// wide and narrow.
func TestHTMLAxe(t *testing.T) {
	b := startBrowser(t)
	script := axe(t)
	runs := map[string]*record.Set{"nowebex": bare()["nowebex"], "sample": sample(t), "hostile": hostileRun(hostile[0])}
	captures, err := filepath.Glob("../testdata/pcaps/*.pcapng.gz")
	if err != nil || len(captures) < 6 {
		t.Fatalf("%d captures, %v", len(captures), err)
	}
	for _, path := range captures {
		runs[strings.TrimSuffix(filepath.Base(path), ".pcapng.gz")] = audited(t, path)
	}
	for name, set := range runs {
		b.page()
		url := pageFile(t, set)
		for _, as := range []struct {
			width  int
			scheme string
		}{{1280, "light"}, {360, "dark"}} {
			b.size(as.width, 900, as.scheme)
			b.open(url)
			for _, v := range b.axe(script) {
				t.Errorf("%s at %d px, %s: %s (%s): %s, such as %s %v", name, as.width, as.scheme, v.ID, v.Impact, v.Help,
					v.Nodes[0].HTML, v.Nodes[0].Target)
			}
		}
	}
}

// axe runs the checker in the page that is open, and gives what it calls serious or critical. That it works it proves
// by an image without a text, which it must find.
func (b *browser) axe(script string) (list []violation) {
	b.t.Helper()
	b.eval(script+";0", nil)
	run := `axe.run(document,{preload:false,resultTypes:["violations"]}).then(function(r){return JSON.stringify(r.violations.filter(
function(v){return v.impact==="serious"||v.impact==="critical"}))})`
	found := func() (list []violation) {
		if err := json.Unmarshal([]byte(b.text(run)), &list); err != nil {
			b.t.Fatal(err)
		}
		return list
	}
	list = found()
	b.eval(`document.querySelector("main").appendChild(document.createElement("img"))`, nil)
	if more := found(); len(more) != len(list)+1 {
		b.t.Errorf("an image without a text is not found: %v", more)
	}
	return list
}
