package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/wording"
	"webexaudit/cmd/webexaudit-lake/iceberg"
)

func (p *program) icebergCommand() *cobra.Command {
	var o iceberg.Options
	c := &cobra.Command{
		Use:   "iceberg",
		Short: "Register the lake's files as tables of Apache Iceberg, for other engines",
		Long: `Iceberg makes the tables of a catalog have the files that the lake has: new ones are added, those that were compacted or
audited again are replaced, in one commit for each table. No file is copied or written again. It can be broken off and given
again; after run, audit and compact it brings the tables up to date.

The catalog is a database of SQLite (of a lake in a folder: _iceberg/catalog.db in it), or a REST catalog, for which
WEBEXAUDIT_ICEBERG_TOKEN is a bearer token, or WEBEXAUDIT_ICEBERG_CREDENTIAL a client's ID:SECRET. Standard output has a line
for each table, with the address of its metadata.`,
		Example: `  webexaudit-lake iceberg --lake lake
  webexaudit-lake iceberg --lake s3://audit/lake --catalog https://catalog.example.com/api --warehouse audit`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Keep < 0 {
				return usage("--keep %s: want a time that is not below 0", o.Keep)
			}
			lake, err := p.openLake(c.Context())
			if err != nil {
				return err
			}
			defer lake.Close()
			list, err := iceberg.Register(c.Context(), lake, o)
			for _, r := range list {
				fmt.Fprintf(p.stdout, "%s: %s, %s; %d added, %d taken out; %s expired: %s\n", r.Table,
					wording.Count(r.Files, "file", "files"), wording.Count(r.Rows, "row", "rows"), r.Added, r.Removed,
					wording.Count(r.Expired, "snapshot", "snapshots"), safe(r.Metadata))
			}
			if errors.Is(err, iceberg.ErrNoCatalog) {
				return usage("--catalog is missing: %w", err)
			}
			if err != nil {
				return failure{statusOutput, err}
			}
			return nil
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&o.Catalog, "catalog", "", "`PLACE` of the catalog: a file of SQLite, or http(s)://… of a REST catalog")
	c.Flags().StringVar(&o.Warehouse, "warehouse", "", "`NAME` of the warehouse of a REST catalog")
	c.Flags().StringVar(&o.Namespace, "namespace", iceberg.Name, "`NAME` of the namespace of the tables")
	c.Flags().DurationVar(&o.Keep, "keep", 7*24*time.Hour, "`TIME` after which snapshots expire; the current one stays")
	return c
}
