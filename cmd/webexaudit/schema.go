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
of each member. With --table parquet it lists the columns of the Parquet tables instead; docs/parquet.md describes them.`,
		Example: `  webexaudit schema > run.schema.json
  webexaudit schema --table parquet`,
		Args: arguments(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if table == "" {
				return p.print(string(record.Schema))
			}
			if err := oneOf("table", table, "parquet"); err != nil {
				return err
			}
			return p.print(aligned(columnRows()))
		},
	}
	c.Flags().StringVar(&table, "table", "", "list the columns of the tables of `FORMAT`: parquet")
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
