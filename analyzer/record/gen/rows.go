package main

import (
	"bytes"
	"fmt"
	"strings"
)

// goType is the type of a column's values in a row.
var goType = map[form]string{anInt32: "int32", anInt64: "int64", aDouble: "float64", aBoolean: "bool", aString: "string", aJSON: "string", aTimestamp: "int64"}

// writeRows writes parquet_gen.go of package reports: the rows of the tables, and how a record fills one.
func writeRows(m *model) ([]byte, error) {
	tables, err := m.tables()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("import \"webexaudit/analyzer/record\"\n\n")
	for _, t := range tables {
		fmt.Fprintf(&b, "// %s is a row of the table %s.\ntype %s struct {\n\tlakeHead\n", t.row, t.table, t.row)
		for _, c := range t.columns {
			fmt.Fprintf(&b, "\t%s\n", c.field())
		}
		fmt.Fprintf(&b, "}\n\nfunc (r *%s) fill(h *lakeHead, x *record.%s) {\n\t*r = %s{lakeHead: *h}\n", t.row, t.of, t.row)
		t.top.fill(&b)
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

// fill writes the assignments of a group and of those in it.
func (g *group) fill(b *bytes.Buffer) {
	for _, c := range g.columns {
		statement := fmt.Sprintf("r.%s = %s", c.goName, c.value)
		if p := c.present(); p != "" {
			statement = "if " + p + " {\n" + statement + "\n}"
		}
		fmt.Fprintf(b, "\t%s\n", statement)
	}
	for _, i := range g.inner {
		if len(i.columns)+len(i.inner) == 0 {
			continue
		}
		fmt.Fprintf(b, "\tif %s := %s; %s != nil {\n", i.variable, strings.TrimPrefix(i.pointer, "."), i.variable)
		i.fill(b)
		b.WriteString("\t}\n")
	}
}
