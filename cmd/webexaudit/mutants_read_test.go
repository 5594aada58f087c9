package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"webexaudit/analyzer/record"
)

type schemas = map[string]*jsonschema.Schema

// checkText reads an output as others would.
func (a *mutantAudit) checkText(format, text string) {
	if !utf8.ValidString(text) {
		a.fault("%s is not UTF-8", format)
	}
	if i := strings.IndexFunc(text, forbidden); i >= 0 {
		a.fault("%s holds %q", format, text[max(i-40, 0):min(i+40, len(text))])
	}
	var err error
	switch format {
	case "json", "sarif":
		err = strictJSON([]byte(text))
	case "jsonl":
		err = a.strictLines(text)
	case "junit":
		err = strictXML(text)
	case "html":
		if !strings.HasPrefix(text, "<!DOCTYPE html>") || !strings.HasSuffix(strings.TrimSpace(text), "</html>") {
			err = errors.New("not a whole page")
		}
	}
	if err != nil {
		a.fault("%s: %v", format, err)
	}
}

// forbidden are characters that a terminal would obey, or that hide others.
func forbidden(c rune) bool {
	return c != '\n' && c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
}

// strictJSON refuses what encoding/json lets pass: a member twice in an object, and anything behind the value.
func strictJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := strictValue(d); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the value")
	}
	return nil
}

func strictValue(d *json.Decoder) error {
	t, err := d.Token()
	open, is := t.(json.Delim)
	if err != nil || !is {
		return err
	}
	seen := map[json.Token]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if seen[key] {
				return errors.New("a member stands twice: " + key.(string))
			}
			seen[key] = true
		}
		if err := strictValue(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// strictLines reads the lines back as records; of every 16th capture, it holds them against the schema.
func (a *mutantAudit) strictLines(text string) error {
	_, unknown, err := record.Read(strings.NewReader(text))
	if err != nil || unknown > 0 {
		return errors.Join(err, errors.New("not read back"))
	}
	for line := range strings.Lines(text) {
		if a.n%16 != 5 {
			if !json.Valid([]byte(line)) {
				return errors.New("no JSON: " + line)
			}
			continue
		}
		if err := strictJSON([]byte(line)); err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			return err
		}
		if err := a.x.schemas[v.(map[string]any)["type"].(string)].Validate(v); err != nil {
			return err
		}
	}
	return nil
}

func strictXML(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// checkTables reads all Parquet tables back, and counts the flows.
func (a *mutantAudit) checkTables(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*", "v1", "*", "*", "*.parquet"))
	rows := map[string]int{}
	for _, name := range files {
		n, err := tableRows(name)
		if err != nil {
			a.fault("%s: %v", name, err)
		}
		table, _ := filepath.Rel(dir, name)
		rows[strings.Split(filepath.ToSlash(table), "/")[0]] += n
	}
	for table, want := range map[string]int{"flows": a.set.NumFlows(), "findings": len(a.set.Findings),
		"media_streams": len(a.set.Streams), "tls_sessions": a.set.Count("tls_session")} {
		if got := rows[table]; got != want {
			a.fault("%d rows in %s, want %d: %v", got, table, want, rows)
		}
	}
}

// tableRows reads every value of a file.
func tableRows(name string) (n int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	table, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return 0, err
	}
	buf := make([]parquet.Row, 64)
	for _, group := range table.RowGroups() {
		rows := group.Rows()
		for err == nil {
			var got int
			got, err = rows.ReadRows(buf)
			n += got
		}
		if _ = rows.Close(); err != io.EOF {
			return n, err
		}
		err = nil
	}
	return n, nil
}

// checkCSV reads all tables for spreadsheets, and counts the flows.
func (a *mutantAudit) checkCSV(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.csv"))
	if len(files) < 5 {
		a.fault("CSV: %q", files)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			a.fault("%v", err)
		}
		a.checkText(filepath.Base(name), strings.ReplaceAll(string(text), "\r\n", "\n"))
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			a.fault("%s: %v", filepath.Base(name), err)
		}
		if filepath.Base(name) == "flows.csv" && len(rows) != a.set.NumFlows()+1 {
			a.fault("flows.csv: %d rows, %d flows", len(rows), a.set.NumFlows())
		}
	}
}
