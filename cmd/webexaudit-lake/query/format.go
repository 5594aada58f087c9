package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// plain makes of a driver's value one of a few types.
func plain(v any, kind string) any {
	switch x := v.(type) {
	case time.Time:
		if kind == "DATE" {
			return x.UTC().Format(time.DateOnly)
		}
		return x.UTC()
	case int8, int16, int32, int, uint8, uint16, uint32:
		n, _ := strconv.ParseInt(fmt.Sprint(x), 10, 64)
		return n
	case float32:
		return float64(x)
	case *big.Int:
		if x.IsInt64() {
			return x.Int64()
		}
		return x.String()
	case nil, bool, int64, float64, string:
		return x
	case fmt.Stringer:
		return x.String()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// Text is a value for people.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case time.Time:
		return x.Format("2006-01-02T15:04:05.999999Z07:00")
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// Formats are the names that Write knows.
var Formats = []string{"table", "csv", "json", "md"}

// Write writes an answer in one of [Formats].
func (a *Answer) Write(w io.Writer, format string) error {
	switch format {
	case "table":
		return a.table(w)
	case "csv":
		return a.csv(w)
	case "json":
		return a.json(w)
	case "md":
		return a.markdown(w)
	}
	return fmt.Errorf("there is no format %q", format)
}

// cell is a value without what could steer a terminal or break a line: names are chosen by strangers.
func cell(v any) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(Text(v), "?"))
}

// widest is how many characters a cell of a table for a screen has.
const widest = 60

func (a *Answer) table(w io.Writer) error {
	width := make([]int, len(a.Columns))
	lines := [][]string{a.Columns}
	for _, row := range a.Rows {
		var line []string
		for _, v := range row {
			text := []rune(cell(v))
			if len(text) > widest {
				text = append(text[:widest-1], '…')
			}
			line = append(line, string(text))
		}
		lines = append(lines, line)
	}
	for _, line := range lines {
		for i, text := range line {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	var out bytes.Buffer
	for n, line := range lines {
		var text strings.Builder
		for i, c := range line {
			gap := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if n > 0 && number(a.Rows[n-1][i]) {
				c, gap = gap+c, ""
			}
			text.WriteString(c + gap + "  ")
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	_, err := w.Write(out.Bytes())
	return err
}

func number(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	}
	return false
}

// csv begins text that a spreadsheet would take for a formula with an apostrophe.
func (a *Answer) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(a.Columns) // Error has it
	for _, row := range a.Rows {
		var line []string
		for _, v := range row {
			text := Text(v)
			if s, ok := v.(string); ok && s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
				text = "'" + text
			}
			line = append(line, text)
		}
		_ = out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// json is a list of objects, whose members have the order of the columns.
func (a *Answer) json(w io.Writer) error {
	var out bytes.Buffer
	out.WriteString("[")
	for i, row := range a.Rows {
		out.WriteString(strings.Repeat(",", min(i, 1)) + "\n {")
		for j, v := range row {
			name, err := json.Marshal(a.Columns[j])
			if err != nil {
				return err
			}
			value, err := json.Marshal(v)
			if err != nil {
				return err
			}
			out.WriteString(strings.Repeat(", ", min(j, 1)))
			out.Write(append(append(name, ": "...), value...))
		}
		out.WriteString("}")
	}
	out.WriteString("\n]\n")
	_, err := w.Write(out.Bytes())
	return err
}

func (a *Answer) markdown(w io.Writer) error {
	var out bytes.Buffer
	escape := strings.NewReplacer("|", `\|`, "`", "\\`", "<", "&lt;", ">", "&gt;", "*", `\*`, "[", `\[`)
	line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(a.Columns)
	rule := make([]string, len(a.Columns))
	for i := range rule {
		rule[i] = "---"
		if len(a.Rows) > 0 && number(a.Rows[0][i]) {
			rule[i] = "---:"
		}
	}
	line(rule)
	for _, row := range a.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, escape.Replace(cell(v)))
		}
		line(cells)
	}
	_, err := w.Write(out.Bytes())
	return err
}
