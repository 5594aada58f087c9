package reports

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// pageFile writes the page of a run and returns its address.
func pageFile(t *testing.T, set *record.Set) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(renderHTML(t, set)), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// TestHTMLBrowser tries the page out: no message, no request, no sideways scrolling at any width in both themes;
// without script it still says everything; it prints. With HTML_SHOTS=DIR it leaves screenshots and a PDF there.
func TestHTMLBrowser(t *testing.T) {
	b := startBrowser(t)
	runs := map[string]*record.Set{"nowebex": bare()["nowebex"], "sample": sample(t), "hostile": hostileRun(hostile[0])}
	for _, file := range bundled(t) {
		runs[strings.TrimSuffix(filepath.Base(file), ".pcapng.gz")] = audited(t, file)
	}
	for name, set := range runs {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.page()
			url := pageFile(t, set)
			for i, width := range []int{360, 1280, 1920} {
				schemes := []string{"light", "dark"}
				b.look(url, width, schemes[i%2])
				if os.Getenv("HTML_SHOTS") != "" {
					b.look(url, width, schemes[1-i%2])
				}
			}
			b.prints(url)
			b.plain(url, set)
		})
	}
}

// look opens the page at a width.
func (b *browser) look(url string, width int, scheme string) {
	b.t.Helper()
	b.size(width, 900, scheme)
	b.open(url)
	at := fmt.Sprintf("at %d px, %s", width, scheme)
	if list := b.complaints(url); list != nil {
		b.t.Errorf("%s: %s", at, strings.Join(list, "\n"))
	}
	if over := b.number("document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		b.t.Errorf("%s: the page is %v px too wide: %s", at, over, b.text(widest))
	}
	if overlap := b.text(overlaps); overlap != "" {
		b.t.Errorf("%s: texts of the chart overlap: %s", at, overlap)
	}
	want := map[string]string{"light": "rgb(243, 245, 248)", "dark": "rgb(14, 19, 25)"}[scheme]
	if got := b.text("getComputedStyle(document.body).backgroundColor"); got != want {
		b.t.Errorf("%s: the background is %s, want %s", at, got, want)
	}
	b.shot(fmt.Sprintf("%d-%s", width, scheme))
	if low := b.text(contrast); low != "" {
		b.t.Errorf("%s: low contrast: %s", at, low)
	}
}

// shot leaves a picture of the whole page where HTML_SHOTS says.
func (b *browser) shot(name string) {
	if os.Getenv("HTML_SHOTS") == "" {
		return
	}
	var out struct{ Data []byte }
	b.ask("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &out)
	b.leave(name+".png", out.Data)
}

// leave writes an artefact of the run that is tried.
func (b *browser) leave(name string, data []byte) {
	dir := os.Getenv("HTML_SHOTS")
	if dir == "" {
		return
	}
	path := filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+"-"+name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.t.Error(err)
	}
}

// widest names an element that sticks out, overlaps two texts of the chart that cover each other, contrast a text whose
// colour stands less than 4.5 off its ground (WCAG 2.1, 1.4.3).
const (
	widest = `(function(){var w=document.documentElement.clientWidth,r="";document.querySelectorAll("body *").forEach(function(e){
var b=e.getBoundingClientRect();if(b.right>w+1&&!e.closest(".scroll,nav,svg,.vh"))r=e.tagName+"."+e.className+" "+Math.round(b.right)});return r})()`
	overlaps = `(function(){var l=Array.from(document.querySelectorAll("#chart text")).map(function(e){return{t:e.textContent,b:e.getBoundingClientRect()}});
for(var i=0;i<l.length;i++)for(var k=i+1;k<l.length;k++){var a=l[i].b,b=l[k].b;
if(Math.min(a.right,b.right)-Math.max(a.left,b.left)>2&&Math.min(a.bottom,b.bottom)-Math.max(a.top,b.top)>5)return l[i].t+" / "+l[k].t}return""})()`
	contrast = `(function(){function lum(c){var v=c.map(function(x){x/=255;return x<=.03928?x/12.92:Math.pow((x+.055)/1.055,2.4)});
return .2126*v[0]+.7152*v[1]+.0722*v[2]}function rgb(s){var m=s.match(/[\d.]+/g).map(Number);return m.length>3&&m[3]===0?null:m.slice(0,3)}
var bad="";document.querySelectorAll("main *,header *").forEach(function(e){if(bad||e.closest("svg")||!Array.from(e.childNodes).some(function(n){
return n.nodeType===3&&n.data.trim()}))return;var p=e,g=null;while(p&&!(g=rgb(getComputedStyle(p).backgroundColor)))p=p.parentElement;
var a=lum(rgb(getComputedStyle(e).color)),c=lum(g||[255,255,255]),r=(Math.max(a,c)+.05)/(Math.min(a,c)+.05);
if(r<4.49)bad=e.tagName+"."+e.className+" "+r.toFixed(2)+" "+e.textContent.slice(0,30)});return bad})()`
)

// prints makes a PDF: everything is open, and no longer than it needs to be.
func (b *browser) prints(url string) {
	b.t.Helper()
	b.size(1280, 900, "dark")
	b.open(url)
	var out struct{ Data string }
	b.ask("Page.printToPDF", map[string]any{"preferCSSPageSize": true}, &out)
	pdf, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil || !strings.HasPrefix(string(pdf), "%PDF-") {
		b.t.Fatalf("no PDF: %v", err)
	}
	b.leave("print.pdf", pdf)
	if pages := strings.Count(string(pdf), "/Type /Page\n"); pages < 1 || pages > 60 {
		b.t.Errorf("%d pages", pages)
	}
	if open := b.number(`document.querySelectorAll("details[open]").length`); open != 0 {
		b.t.Errorf("%v details stay open after printing", open)
	}
	b.heads(pdf)
}

// heads looks at the tables of a PDF, where poppler's pdftotext is at hand: no head row stands alone at the end of a
// page, and one that is repeated has its words.
func (b *browser) heads(pdf []byte) {
	b.t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		b.t.Log("the tables of the PDF were not looked at: no pdftotext")
		return
	}
	c := exec.Command(tool, "-", "-")
	c.Stdin = bytes.NewReader(pdf)
	text, err := c.Output()
	if err != nil {
		b.t.Fatal(err)
	}
	for i, page := range strings.Split(string(text), "\f") {
		lines := strings.Split(strings.TrimSpace(page), "\n")
		if first, last := lines[0], lines[len(lines)-1]; first == "Why" || last == "Why" || last == "Connections" {
			b.t.Errorf("page %d is from %q to %q", i+1, first, last)
		}
	}
}

// plain opens the page with its script switched off.
func (b *browser) plain(url string, set *record.Set) {
	b.t.Helper()
	b.ask("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.open(url)
	if n := b.number(`Array.from(document.querySelectorAll("[data-script]")).filter(function(e){return e.offsetParent!==null}).length`); n != 0 {
		b.t.Errorf("%v parts that need the script are shown without it", n)
	}
	if n := b.number(`document.querySelectorAll("#calltable tbody tr").length`); int(n) != min(len(set.Sessions), pageRows) {
		b.t.Errorf("%v calls without script, want %d", n, min(len(set.Sessions), pageRows))
	}
	ids := []string{"answer", "rules", "open", "captures"}
	if set.Summary == nil || set.Summary.WebexFlows > 0 {
		ids = append(ids, "causes", "calls", "reachability", "marks", "quality", "tls")
	}
	for _, id := range ids {
		if h := b.number(`document.getElementById("` + id + `").offsetHeight`); h < 20 {
			b.t.Errorf("without script %s is %v px high", id, h)
		}
	}
	b.ask("Emulation.setScriptExecutionDisabled", map[string]any{"value": false}, nil)
}

// Of the page in which the next test works.
const (
	clickHead = `(function(i){document.querySelectorAll("#calltable thead th")[i].querySelector("button").click()})(%d)`
	cells     = `Array.from(document.querySelectorAll("#calltable tbody tr")).map(function(r){return r.cells[%d].getAttribute("data-v")})`
	status    = `document.querySelector("[data-status=%s]").textContent`
)

// TestHTMLUse sorts, filters, pages, follows links and changes the theme.
func TestHTMLUse(t *testing.T) {
	b := startBrowser(t)
	b.page()
	set := crowd(250, 3000)
	for _, i := range []int{7, 9} { // nothing measured
		x := set.Sessions[i]
		x.StreamIDs, x.Up, x.Down = nil, record.CallLeg{}, record.CallLeg{}
	}
	url := pageFile(t, set)
	b.size(1280, 900, "light")
	b.open(url)
	b.sorts()
	b.filters()
	b.links(url, set)
	b.chart()
	b.themes(url)
	if list := b.complaints(url); list != nil {
		t.Errorf("%s", strings.Join(list, "\n"))
	}
}

// sorts sorts each column twice.
func (b *browser) sorts() {
	for i, name := range []string{"Verdict", "Start", "Client", "Length", "Over", "Loss", "Jitter", "Round trip"} {
		for _, way := range []string{"ascending", "descending"} {
			b.eval(fmt.Sprintf(clickHead, i), nil)
			if got := b.text(fmt.Sprintf(`document.querySelectorAll("#calltable thead th")[%d].getAttribute("aria-sort")`, i)); got != way {
				b.t.Errorf("%s: aria-sort is %s, want %s", name, got, way)
			}
			var values []*string
			b.eval(fmt.Sprintf(cells, i), &values)
			if len(values) != pageRows || !inOrder(values, way == "ascending", name == "Client" || name == "Over") {
				b.t.Errorf("%s %s: %d rows, not in order", name, way, len(values))
			}
		}
	}
	b.eval(fmt.Sprintf(clickHead, 5), nil)
	b.eval(`document.querySelectorAll("[data-pager=calltable] button")[1].click()`, nil)
	b.eval(`document.querySelectorAll("[data-pager=calltable] button")[1].click()`, nil)
	var last []*string
	b.eval(fmt.Sprintf(cells, 5), &last)
	if n := len(last); n != 50 || last[n-1] != nil || last[n-2] != nil || last[n-3] == nil {
		b.t.Errorf("the last page has %d calls, unknown ones not at its end", len(last))
	}
}

// inOrder compares what rows are sorted by.
func inOrder(values []*string, up, words bool) bool {
	for i := 1; i < len(values); i++ {
		a, c := values[i-1], values[i]
		if a == nil && c != nil {
			return false
		}
		if a == nil || c == nil {
			continue
		}
		less := *a < *c
		same := *a == *c
		if !words {
			var x, y float64
			fmt.Sscan(*a, &x)
			fmt.Sscan(*c, &y)
			less, same = x < y, x == y
		}
		if !same && less != up {
			return false
		}
	}
	return true
}

// filters: what a filter says is what it shows.
func (b *browser) filters() {
	chip := `document.querySelector("[data-chips=calltable] button[data-state=BAD]")`
	b.eval(chip+".click()", nil)
	b.expect("bad calls", `document.querySelectorAll("#calltable tbody tr").length`, b.number(`+`+chip+`.textContent.match(/\d+$/)[0]`))
	b.expect("others among bad calls", `document.querySelectorAll("#calltable tbody tr:not([data-state=BAD])").length`, 0)
	b.says("calltable", "20 of 250 calls shown.")
	b.eval(chip+".click()", nil)
	b.eval(`(function(e){e.value="10.8.0.170";e.dispatchEvent(new Event("input"))})(document.querySelector("[data-find=calltable]"))`, nil)
	b.says("calltable", "1 of 250 calls shown.")
	b.eval(`document.querySelector("[data-find=calltable]").dispatchEvent(new KeyboardEvent("keydown",{key:"Escape"}))`, nil)
	b.says("calltable", "100 of 250 calls shown, 1 to 100 of 250 that fit.")
	b.eval(`document.querySelector("[data-chips=ruletable] button[data-state=fail]").click()`, nil)
	b.says("ruletable", "20 of 120 rules shown.")
	b.eval(`(function(e){e.value="10.8.0.3";e.dispatchEvent(new Event("change"))})(document.querySelector("#client"))`, nil)
	b.says("calltable", "1 of 250 calls shown.")
	b.expect("cards of the client", `Array.from(document.querySelectorAll(".cause")).filter(function(c){return !c.hidden}).length`, 1)
	b.eval(`(function(e){e.value="";e.dispatchEvent(new Event("change"))})(document.querySelector("#client"))`, nil)
}

func (b *browser) expect(what, expression string, want float64) {
	b.t.Helper()
	if got := b.number(expression); got != want {
		b.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (b *browser) says(table, want string) {
	b.t.Helper()
	if got := b.text(fmt.Sprintf(status, table)); got != want {
		b.t.Errorf("%s says %q, want %q", table, got, want)
	}
}

// links: those to a call on a later page, to a rule that is filtered away, and to a call that is not there.
func (b *browser) links(url string, set *record.Set) {
	call := set.Sessions[249]
	b.follow(url + "#call-" + call.SessionID)
	if got := b.text(`document.querySelector("#chart-title").textContent`); !strings.HasPrefix(got, call.Client.String()) {
		b.t.Errorf("the link to the call of %s shows %s", call.Client, got)
	}
	b.expect("the row of the linked call", `document.querySelectorAll("#call-`+call.SessionID+`.chosen").length`, 1)
	b.follow(url + "#r-WXA-QUA-099")
	b.expect("the linked rule", `document.querySelectorAll("#r-WXA-QUA-099").length`, 1)
	b.expect("its limits are open", `document.querySelectorAll("#r-WXA-QUA-099 details[open]").length`, 1)
	b.follow(url + "#call-none")
	if got := b.text(`document.querySelector("#filtered").textContent`); !strings.Contains(got, "not on this page") {
		b.t.Errorf("a link to no call says %q", got)
	}
	b.follow(url + "#f-" + set.Findings[3].FindingID)
	b.expect("the linked cause is in view", `+(Math.abs(document.querySelector("#cause-4").getBoundingClientRect().top)<900)`, 1)
}

// follow changes the fragment, which loads nothing.
func (b *browser) follow(url string) {
	_, fragment, _ := strings.Cut(url, "#")
	b.eval(`new Promise(function(r){addEventListener("hashchange",function(){setTimeout(r,0)},{once:true});location.hash="`+fragment+`"})`, nil)
}

// chart: keys move the cursor and zoom, only while the chart has the focus.
func (b *browser) chart() {
	b.eval(`document.querySelector("#chart-call").selectedIndex=0;document.querySelector("#chart-call").dispatchEvent(new Event("change"))`, nil)
	key := func(on, k string) {
		b.eval(`document.querySelector("`+on+`").dispatchEvent(new KeyboardEvent("keydown",{key:"`+k+`",bubbles:true}))`, nil)
	}
	before := b.text(`document.querySelector("#readout").textContent`)
	key("body", "ArrowRight")
	if got := b.text(`document.querySelector("#readout").textContent`); got != before {
		b.t.Errorf("a key outside of the chart moves it: %q", got)
	}
	key("#chart", "n")
	key("#chart", "ArrowRight")
	if got := b.text(`document.querySelector("#readout").textContent`); !strings.Contains(got, "loss ↑") || !strings.Contains(got, "UTC") {
		b.t.Errorf("the chart reads %q", got)
	}
	ticks := b.text(`Array.from(document.querySelectorAll("#chart text")).map(function(e){return e.textContent}).join()`)
	key("#chart", "+")
	if got := b.text(`Array.from(document.querySelectorAll("#chart text")).map(function(e){return e.textContent}).join()`); got == ticks {
		b.t.Error("zooming changes nothing")
	}
	key("#chart", "0")
}

// themes: the choice wins over the system and outlives the page where it may be stored.
func (b *browser) themes(url string) {
	b.eval(`(function(e){e.value="dark";e.dispatchEvent(new Event("change"))})(document.querySelector("#theme"))`, nil)
	if got := b.text("getComputedStyle(document.body).backgroundColor"); got != "rgb(14, 19, 25)" {
		b.t.Errorf("dark is %s", got)
	}
	b.open(url + "#answer&theme=light")
	if got := b.text("getComputedStyle(document.body).backgroundColor"); got != "rgb(243, 245, 248)" {
		b.t.Errorf("a link with theme=light shows %s", got)
	}
}

// TestHTMLSpeed: with 10,000 flows and 500 calls each thing that a reader does takes at most a tenth of a second, with
// slack for a slow machine.
func TestHTMLSpeed(t *testing.T) {
	b := startBrowser(t)
	b.page()
	b.size(1280, 900, "light")
	b.open(pageFile(t, crowd(500, 10_000)))
	const most = 1000.0 // ms: ten times the limit, for machines that are busy with other tests
	for name, do := range map[string]string{
		"sort":        fmt.Sprintf(clickHead, 5),
		"filter":      `document.querySelector("[data-chips=calltable] button").click()`,
		"choose call": `(function(e){e.selectedIndex=(e.selectedIndex+1)%12;e.dispatchEvent(new Event("change"))})(document.querySelector("#chart-call"))`,
		"read":        `document.querySelector("#chart").dispatchEvent(new KeyboardEvent("keydown",{key:"ArrowRight"}))`,
		"find":        `(function(e){e.value="10.8.1";e.dispatchEvent(new Event("input"))})(document.querySelector("[data-find=calltable]"))`,
	} {
		median := b.number(`(function(){var l=[];for(var i=0;i<5;i++){var t=performance.now();` + do +
			`;document.body.offsetHeight;l.push(performance.now()-t)}return l.sort(function(a,b){return a-b})[2]})()`)
		t.Logf("%s: %.1f ms", name, median)
		if median > most {
			t.Errorf("%s takes %.0f ms, want at most %.0f", name, median, most)
		}
	}
}
