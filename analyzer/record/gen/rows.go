package main

import (
	"bytes"
	"fmt"
	"strings"
)

// goType is the type of a column's values in a row.
var goType = map[form]string{anInt32: "int32", anInt64: "int64", aDouble: "float64", aBoolean: "bool", aString: "string", aJSON: "string", aTimestamp: "int64"}

// writeRows writes parquet_gen.go of package reports: the rows of the tables as a reader sees them, and how the columns
// get their values from a record.
func writeRows(m *model) ([]byte, error) {
	tables, err := m.tables()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("import (\n\"webexaudit/analyzer/record\"\n\"webexaudit/reports/columnar\"\n)\n\n")
	for _, t := range tables {
		fmt.Fprintf(&b, "// %s is a row of the table %s.\ntype %s struct {\n\tlakeHead\n", t.row, t.table, t.row)
		for _, c := range t.columns {
			fmt.Fprintf(&b, "\t%s\n", c.field())
		}
		fmt.Fprintf(&b, "}\n\nfunc (%s) put(w *columnar.Writer, x *record.%s) {\n", t.row, t.of)
		t.top.put(&b, t.index())
		b.WriteString("}\n\n")
	}
	b.WriteString("// tables are the tables with their rows, in the order of the contract.\nvar tables = []struct {\n\tname string\n\trow any\n}{\n")
	for _, t := range tables {
		fmt.Fprintf(&b, "\t{%q, %s{}},\n", t.table, t.row)
	}
	b.WriteString("}\n")
	return source("reports", b.Bytes())
}

// field is the column as a field of the row. Strings that may be NULL are pointers: "optional" on a plain string writes
// "" where a row before it had text (parquet-go v0.32).
func (c *column) field() string {
	if c.form == aListOfText {
		return fmt.Sprintf("%s []string `parquet:\"%s,list,id(%d)\" parquet-element:\",id(1%03d)\"`", c.goName, c.name, c.id, c.id)
	}
	typ, options := goType[c.form], ""
	if c.null {
		typ, options = "*"+typ, ",optional"
	}
	if c.dict {
		options += ",dict"
	}
	if c.form == aTimestamp {
		options += ",timestamp(microsecond)"
	}
	return fmt.Sprintf("%s %s `parquet:\"%s%s,id(%d)\"`", c.goName, typ, c.name, options, c.id)
}

// headColumns are those of lakeHead, which begins all rows.
const headColumns = 6

// index numbers the columns of a table.
func (t *table) index() map[*column]int {
	at := map[*column]int{}
	for i, c := range t.columns {
		at[c] = headColumns + i
	}
	return at
}

// put writes the statements of a group and of those in it.
func (g *group) put(b *bytes.Buffer, at map[*column]int) {
	for _, c := range g.columns {
		statement := c.statement(at[c])
		if c.given != "" {
			statement = "if " + c.given + " {\n" + statement + "\n}"
		}
		fmt.Fprintf(b, "\t%s\n", statement)
	}
	for _, i := range g.inner {
		if len(i.columns)+len(i.inner) == 0 {
			continue
		}
		fmt.Fprintf(b, "\tif %s := %s; %s != nil {\n", i.variable, strings.TrimPrefix(i.pointer, "."), i.variable)
		i.put(b, at)
		b.WriteString("\t}\n")
	}
}
