package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// formulas begin as formulas of spreadsheets do, or as markup of formats that take text.
var formulas = []string{"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "%0a=1", "a\",\"b\n=1",
	"| a | b |\n|---|---|", "``` \n# owned", "[x](javascript:alert(1))",
	"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;", "{\"a\":1}\n{\"type\":\"run\"}"}

// shapes is what of each format a name must not change: its structure, without the texts in it. A format that is added
// needs a line. (Comments in pcapng are no format of reports: slice.TestCommentNames.)
var shapes = map[string]func(*testing.T, string) string{
	"console": func(*testing.T, string) string { return "" }, // text alone: see invisible
	"html":    htmlShape,
	"md":      func(_ *testing.T, text string) string { return mdShape(text) },
	"json":    jsonShape,
	"sarif":   sarifShape,
	"jsonl":   jsonShape,
	"ocsf":    jsonShape,
	"junit":   xmlShape,
	"csv":     csvShape,
}

// TestNames tries every hostile name as every name that strangers choose (server names, certificates, DNS, SIP and
// proxy names, files) in every format: none breaks out of its place.
func TestNames(t *testing.T) {
	for _, f := range each() {
		if f.Extension == "" {
			continue // Parquet has typed columns
		}
		shape, ok := shapes[f.Name]
		if !ok {
			t.Errorf("the format %s has no shape", f.Name)
			continue
		}
		want := shape(t, written(t, f, hostileRun("name")))
		for _, name := range slices.Concat(hostile, formulas) {
			text := written(t, f, hostileRun(name))
			if got := shape(t, text); got != want {
				t.Errorf("%s (%s): %.60q changes the form:\n%.600s\nwant\n%.600s", f.Name, f.File, name, got, want)
			}
			if c := invisible(f.Name, text); c != 0 {
				t.Errorf("%s (%s): %.60q brings %U to the screen", f.Name, f.File, name, c)
			}
		}
	}
}

func written(t *testing.T, f Format, set *record.Set) string {
	t.Helper()
	var b bytes.Buffer
	if err := set.WriteTo(f.New(&b, Options{})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// invisible is a character that a terminal or reader would act on; in CSV, which holds data as they were, none is
// looked for.
func invisible(format, text string) rune {
	for _, c := range text {
		replaced := c == '\ufffd' && format == "html"
		if format != "csv" && c != '\n' && c != '\t' && !replaced && !record.Visible(c) {
			return c
		}
	}
	return 0
}

// tokenShape is what is written of each token of a text.
func tokenShape[T any](t *testing.T, text string, next func() (T, error), write func(*strings.Builder, T)) string {
	t.Helper()
	var b strings.Builder
	for {
		token, err := next()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatalf("%v: %.200s", err, text)
		}
		write(&b, token)
	}
}

// jsonShape is the nesting of a document, or of each line.
func jsonShape(t *testing.T, text string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	return tokenShape(t, text, d.Token, func(b *strings.Builder, token json.Token) {
		switch token := token.(type) {
		case json.Delim:
			b.WriteString(token.String())
		case string:
			b.WriteByte('s')
		default:
			b.WriteByte('v')
		}
	})
}

// sarifShape leaves out the names of rules, which are made of the letters of their titles and may lack them.
func sarifShape(t *testing.T, text string) string {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	for i := range log.Runs[0].Tool.Driver.Rules {
		log.Runs[0].Tool.Driver.Rules[i].Name = ""
	}
	b, err := json.Marshal(log)
	if err != nil {
		t.Fatal(err)
	}
	return jsonShape(t, string(b))
}

// xmlShape is the elements with the names of their attributes.
func xmlShape(t *testing.T, text string) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	return tokenShape(t, text, d.Token, func(b *strings.Builder, token xml.Token) {
		switch token := token.(type) {
		case xml.StartElement:
			b.WriteString("<" + token.Name.Local)
			for _, a := range token.Attr {
				b.WriteString(" " + a.Name.Local)
			}
			b.WriteString(">")
		case xml.EndElement:
			b.WriteString("/")
		case xml.Directive, xml.Comment:
			b.WriteString("!")
		}
	})
}

// csvShape is the number of cells of each row, and which begin as a formula does.
func csvShape(t *testing.T, text string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	var b strings.Builder
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				b.WriteString("formula")
			}
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// htmlShape is which elements there are, with the names of their attributes: how many spans a name is shown in depends
// on its length.
func htmlShape(t *testing.T, text string) string {
	t.Helper()
	kinds := map[string]bool{"span title": true}
	for n := range parseHTML(t, text).Descendants() {
		kind := n.Data
		if n.Type != 3 { // an element
			continue
		}
		for _, a := range n.Attr {
			kind += " " + a.Key
		}
		kinds[kind] = true
	}
	var list []string
	for k := range kinds {
		list = append(list, k)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}
