// Package reports turns the records of a run into bytes: one file per format, one table of formats.
//
// In come [record.Record] values in the order of the contract, out go text, JSON or Parquet. A format shows what the
// records say; it never judges and never looks at packets, so a stored run ([record.Read]) gives the same report as a
// fresh one. Records are shared and not changed. The caller owns the writers and closes them after the sink.
package reports

import (
	"io"

	"webexaudit/analyzer/record"
)

// Format is one way to write a run.
type Format struct {
	Name        string // as in --format
	Extension   string // of a file of this format, with the dot; empty for a directory of tables
	File        string // fixed name in an output directory; empty where the format has a flag of its own
	Description string
	// New makes a sink that writes to w, or below Options.Parquet.Dir where Extension is empty (w is then nil).
	New func(w io.Writer, o Options) record.Sink
	// Parts are the files of a format that is several, which a directory holds; the format itself has no New then.
	Parts []Format
	// Brief: the format shows none of the records of [record.Bulk], so that a stored run need not be read whole.
	Brief bool
}

// Options of all formats; each reads its own part.
type Options struct {
	Console ConsoleOptions
	Parquet ParquetOptions
	Rule    func(id string) RuleText // what a rule says of itself; nil: its title is all
}

// RuleText is the explanation of a rule, which the records lack. Both parts are empty where the rule is not known.
type RuleText struct {
	What string   // the condition in one or two sentences
	Help []string // why it matters, what resembles it, how to check it by hand, what to do: a paragraph each
}

// Formats lists all formats. To add one: write a function that renders a view.View in a file of its own, add a line
// here, run the tests of this package with -update and read the golden file that appears.
func Formats() []Format {
	return []Format{
		{"console", ".txt", "report.txt", "one screen for people: verdict, causes, what to do next", showsAll(writeConsole), nil, true},
		{"html", ".html", "report.html", "one page for a browser, without network: verdict, causes, calls over time, all rules", showsAll(writeHTML), nil, false},
		{"md", ".md", "report.md", "Markdown for a ticket: answer, causes with filters, calls, what was not judged", showsAll(writeMarkdown), nil, false},
		{"json", ".json", "report.json", "one document: run, capture health, findings, summary, overview", showsAll(writeJSON), nil, true},
		{"jsonl", ".jsonl", "run.jsonl", "every record, one per line; can be rendered again with the report command", newJSONL, nil, false},
		{"sarif", ".sarif", "report.sarif", "SARIF 2.1.0 for code scanning and dashboards: rules, and what failed or warns", showsAll(writeSARIF), nil, false},
		{"junit", ".xml", "report.xml", "JUnit XML for build systems: a test case for each rule", showsAll(writeJUnit), nil, false},
		{"ocsf", "", "", "OCSF 1.1.0 for data lakes: events of class 4001 and 2003, a file of NDJSON for each", nil, ocsfFiles(), false},
		{"csv", "", "", "a directory of tables for spreadsheets, one for each type of record", nil, csvFiles(), false},
		{"parquet", "", "", "a directory of tables for a data lake (--parquet DIR)", newParquet, nil, false},
	}
}

// ByName finds a format.
func ByName(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// ByExtension finds the format of a file by its extension (".jsonl").
func ByExtension(ext string) (Format, bool) {
	for _, f := range Formats() {
		if f.Extension != "" && f.Extension == ext {
			return f, true
		}
	}
	return Format{}, false
}
