package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

func (p *program) schemaCommand() *cobra.Command {
	var table string
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the contract of the records: the JSON Schema of the JSON Lines stream, or the Parquet columns",
		Long: `Schema prints the JSON Schema (draft 2020-12) that every line of the JSON Lines stream (-o run.jsonl) keeps to, with the meaning
of each member. With --table parquet it lists the columns of the Parquet tables instead, with --table views it prints SQL
that makes views of them; docs/parquet.md describes both.`,
		Example: `  webexaudit schema > run.schema.json
  webexaudit schema --table parquet
  webexaudit schema --table views > views.sql`,
		Args: arguments(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			switch table {
			case "":
				return p.print(string(record.Schema))
			case "parquet":
				return p.print(aligned(columnRows()))
			case "views":
				return p.print(reports.Views)
			}
			return oneOf("table", table, "parquet", "views")
		},
	}
	c.Flags().StringVar(&table, "table", "", "print `WHAT` of the Parquet tables: parquet (their columns) or views (SQL)")
	return c
}

func columnRows() [][]string {
	rows := [][]string{{"TABLE", "FIELD ID", "COLUMN", "TYPE", "NULL"}}
	for _, c := range reports.Columns() {
		null := "no"
		if c.Null {
			null = "yes"
		}
		rows = append(rows, []string{c.Table, strconv.Itoa(c.ID), c.Name, c.Type, null})
	}
	return rows
}
