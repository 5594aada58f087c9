package reports

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// column of a table.
type column struct {
	title string
	kind  columnKind
}

type columnKind int

const (
	text   columnKind = iota // left, gives way where the table is too wide
	word                     // left, never broken
	number                   // right, never broken
)

const gap = 2 // blanks between columns

// table writes rows under their titles, no wider than the page. Cells are cleaned and wrapped here: the table renderer
// passes on whatever it gets.
func (p *page) table(columns []column, rows [][]string) {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = make([]string, len(columns))
		for j, cell := range row {
			cells[i][j] = clean(cell, p.o.ASCII)
		}
	}
	widths, fits := fit(columns, cells, p.o.Width)
	for !fits && len(columns) > 2 { // a very narrow terminal: the last columns are the least important
		columns = columns[:len(columns)-1]
		for i := range cells {
			cells[i] = cells[i][:len(columns)]
		}
		widths, fits = fit(columns, cells, p.o.Width)
	}
	for _, row := range cells {
		for j := range row {
			row[j] = strings.Join(wrap(row[j], widths[j]), "\n")
		}
	}
	var out bytes.Buffer
	if err := p.render(&out, columns, cells); err != nil {
		p.print(plain, "(the table could not be drawn: "+err.Error()+")")
		p.newline()
		return
	}
	for line := range strings.Lines(out.String()) {
		p.b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// fit is the width of each column such that the table's lines fit into avail cells: the widest text columns shrink
// first.
func fit(columns []column, cells [][]string, avail int) (widths []int, fits bool) {
	widths = make([]int, len(columns))
	total := -gap
	for j, c := range columns {
		widths[j] = width(c.title)
		for _, row := range cells {
			widths[j] = max(widths[j], width(row[j]))
		}
		total += widths[j] + gap
	}
	for total > avail {
		widest := -1
		for j, c := range columns {
			if c.kind == text && widths[j] > atLeast(width(c.title), 8) && (widest < 0 || widths[j] > widths[widest]) {
				widest = j
			}
		}
		if widest < 0 {
			return widths, false
		}
		widths[widest]--
		total--
	}
	return widths, true
}

func (p *page) render(w *bytes.Buffer, columns []column, cells [][]string) error {
	symbols := tw.NewSymbols(tw.StyleLight)
	if p.o.ASCII {
		symbols = tw.NewSymbols(tw.StyleASCII)
	}
	titles, aligns := make([]string, len(columns)), make([]tw.Align, len(columns))
	for j, c := range columns {
		titles[j], aligns[j] = c.title, tw.AlignLeft
		if c.kind == number {
			aligns[j] = tw.AlignRight
		}
	}
	format := tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}
	padding := tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true},
		PerColumn: make([]tw.Padding, len(columns))}
	for j := range columns {
		padding.PerColumn[j] = padding.Global
	}
	padding.PerColumn[len(columns)-1] = tw.PaddingNone
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: symbols,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header:   tw.CellConfig{Formatting: format, Alignment: tw.CellAlignment{PerColumn: aligns}, Padding: padding},
			Row:      tw.CellConfig{Formatting: format, Alignment: tw.CellAlignment{PerColumn: aligns}, Padding: padding},
			Behavior: tw.Behavior{TrimSpace: tw.Off, TrimTab: tw.Off},
		}))
	t.Header(titles)
	for _, row := range cells {
		if err := t.Append(row); err != nil {
			return err
		}
	}
	return t.Render()
}
