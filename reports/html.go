package reports

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

//go:embed html
var htmlFiles embed.FS

// The parts of the page: one style, one script, and templates that html/template fills in, which are read when the
// first page is written.
var (
	htmlStyle  = together("css")
	htmlScript = "(function(){\"use strict\";\n" + together("js") + "})();\n"
	htmlPages  = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("page.tmpl").Funcs(htmlFuncs).ParseFS(htmlFiles, "html/*.tmpl"))
	})
)

// together is all files of one kind, in the order of their names.
func together(kind string) string {
	names, _ := fs.Glob(htmlFiles, "html/*."+kind)
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		text, err := htmlFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		b.Write(text)
	}
	return b.String()
}

// hash names an inline style or script in a Content Security Policy (CSP level 3, section 2.3.1).
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// htmlPolicy allows the page its own style and script and nothing else: no request ever leaves it.
func htmlPolicy() string {
	return "default-src 'none'; style-src " + hash(htmlStyle) + "; script-src " + hash(htmlScript) +
		"; base-uri 'none'; form-action 'none'"
}

// htmlPage is what the templates are given.
type htmlPage struct {
	V      *view.View
	D      *view.Detail
	Title  string
	Policy string
	Style  template.CSS
	Script template.JS
	Answer view.Answer
	Calls  callPages
	Data   template.JS // the island of the timelines
	Left   []string    // what the timelines leave out, in sentences

	CallsLeft string // calls that the page leaves out, in a sentence
}

// How many causes have a card of their own, how many more are rows, and of how many calls the page tells: the worst.
const (
	htmlCards = 12
	htmlRows  = 200
	htmlCalls = 800
)

// writeHTML renders the page. It is made as a whole, so that what is invisible in it can be shown (reveal).
func writeHTML(w io.Writer, set *record.Set, v *view.View, _ Options) error {
	d := v.Detail(set)
	p := &htmlPage{V: v, D: d, Policy: htmlPolicy(), Style: template.CSS(htmlStyle), Script: template.JS(htmlScript),
		Answer: d.Answer(v)}
	p.Title = v.Network.Word
	if p.Answer.Cause > 0 {
		p.Title += ": " + v.Roots[p.Answer.Cause-1].Title
	}
	calls := d.Calls[:min(len(d.Calls), htmlCalls)]
	p.Calls = pagesOf(calls)
	if n := len(d.Calls) - len(calls); n > 0 {
		p.CallsLeft = counted(n, "further call", "further calls") + " left out, none of them worse; the run file (-o run.jsonl) has them."
	}
	data, left, err := callData(calls, htmlBudget)
	if err != nil {
		return err
	}
	p.Data, p.Left = template.JS(data), left
	var b bytes.Buffer
	if err := htmlPages().Execute(&b, p); err != nil {
		return err
	}
	_, err = w.Write(reveal(b.Bytes()))
	return err
}

// Seen reports whether there is something to show of Webex. Else the page keeps what was read and what was looked for.
func (p *htmlPage) Seen() bool {
	quiet := p.V.Packetless() || p.V.NoWebex()
	return p.V.Points == nil && (!quiet || len(p.V.Roots)+len(p.D.Calls)+len(p.D.TLS)+len(p.D.Reach.Rows) > 0)
}

// Cards are the causes with a card, and More those without.
func (p *htmlPage) Cards() []*view.Card {
	cards := view.Cards(p.V.Roots)
	return cards[:min(len(cards), htmlCards)]
}

// Shown are the causes of a card beside the first that have a row.
func (p *htmlPage) Shown(c *view.Card) []view.Numbered { return c.Same[:min(len(c.Same), htmlRows)] }

// More are the causes after the cards.
func (p *htmlPage) More() (list []view.Numbered) {
	cards := view.Cards(p.V.Roots)
	for _, c := range cards[min(len(cards), htmlCards):] {
		list = append(append(list, c.Numbered), c.Same...)
	}
	slices.SortFunc(list, func(a, b view.Numbered) int { return cmp.Compare(a.N, b.N) })
	return list[:min(len(list), htmlRows)]
}

// CausesLeft says how many causes the page has neither a card nor a row of.
func (p *htmlPage) CausesLeft() string {
	shown := len(p.More())
	for _, c := range p.Cards() {
		shown += 1 + len(p.Shown(c))
	}
	if n := len(p.V.Roots) - shown; n > 0 {
		return counted(n, "further cause", "further causes") + " left out; the run file (-o run.jsonl) has them."
	}
	return ""
}

// Clients are the addresses that causes and calls name, for the filter.
func (p *htmlPage) Clients() []string {
	seen := map[string]bool{}
	for _, c := range p.D.Calls {
		seen[c.Client.String()] = true
	}
	for _, r := range p.V.Roots {
		for _, c := range r.Clients {
			seen[c] = true
		}
	}
	var list []string
	for c := range seen {
		list = append(list, c)
	}
	slices.SortFunc(list, compareAddresses)
	return list
}

// callPages are the calls by pages: the first stands in the table, the others wait beside it.
type callPages struct {
	First []*view.Call
	Rest  [][]*view.Call
}

// Total is how many calls the pages hold.
func (p callPages) Total() int {
	n := len(p.First)
	for _, part := range p.Rest {
		n += len(part)
	}
	return n
}

// pageRows is how many rows a table shows at a time.
const pageRows = 100

func pagesOf(calls []*view.Call) (p callPages) {
	for part := range slices.Chunk(calls, pageRows) {
		if p.First == nil {
			p.First = part
			continue
		}
		p.Rest = append(p.Rest, part)
	}
	return p
}
