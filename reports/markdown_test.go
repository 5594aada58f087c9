package reports

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

func TestMarkdownText(t *testing.T) {
	for text, want := range map[string]string{
		"edge-1.webex.com":                   "edge-1.webex.com",
		"a|b":                                `a\|b`,
		"<img src=x onerror=alert(1)>":       `\<img src=x onerror=alert(1)\>`,
		"`rm -rf`":                           "\\`rm -rf\\`",
		"a\n# b\r\n\n- c":                    `a?\# b???- c`,
		"[x](https://evil.example)":          `\[x\](https\://evil.example)`,
		"WWW.evil.example":                   `WWW\.evil.example`,
		"mail@evil.example, &lt; $x$ ~y~ *z": `mail\@evil.example, \&lt; \$x\$ \~y\~ \*z`,
		"- item":                             `\- item`,
		"=====":                              `\=====`,
		"12. item":                           `12\. item`,
		"10.20.4.0/24":                       "10.20.4.0/24",
		`a\|b`:                               `a\\\|b`,
		"\x1b[2J\u202egnp":                   `?\[2J?gnp`,
	} {
		if got := mdText(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

var (
	mdEscape = regexp.MustCompile(`\\[[:punct:]]`)
	mdMarkup = regexp.MustCompile("^ *(#+|-|[*]{2}[A-Z]|`+$)|[|`<>*_~$@&]|\\]|://")
)

// mdShape is the markup of a page line by line, without the text; within a fence the number of lines.
func mdShape(page string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		switch ticks := len(line) - len(strings.TrimLeft(line, "`")); {
		case fence == "" && ticks >= 3 && ticks == len(line):
			fence = line
			b.WriteString("fence")
		case fence != "" && line == fence:
			fence = ""
			b.WriteString("end")
		case fence != "" && ticks >= len(fence):
			b.WriteString("fence closed early")
		case fence == "":
			b.WriteString(strings.Join(mdMarkup.FindAllString(mdEscape.ReplaceAllString(line, ""), -1), ""))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func renderText(t *testing.T, format string, set *record.Set) string {
	t.Helper()
	var b bytes.Buffer
	f, _ := ByName(format)
	if err := set.WriteTo(f.New(&b, Options{})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMarkdownHostile: a name that a stranger chose adds no line, no cell, no link and no markup to the page.
func TestMarkdownHostile(t *testing.T) {
	want := mdShape(renderText(t, "md", hostileRun("name")))
	for _, name := range append([]string{"a|b", "a\n# b", "a\r\n\r\n```\n| b |", "```", "````` `", "[l](http://e.example)", "**b** _i_ ~s~",
		`\`, `\|`, "- a", "1. a", "www.e.example @all #1 $x$", "==="}, hostile...) {
		page := renderText(t, "md", hostileRun(name))
		if got := mdShape(page); got != want {
			t.Errorf("%.40q changes the page:\n%s", name, firstDifference(want, got))
		}
		for _, r := range page {
			if r != '\n' && !record.Visible(r) {
				t.Errorf("%.40q: U+%04X is in the page", name, r)
				break
			}
		}
	}
}
