package baseline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// maxDocument is how long a summary document may be that is compared with.
const maxDocument = 2 << 30

// Read reads an earlier audit: the JSON Lines stream, or the summary document (report.json), which has all that an
// earlier run needs. Of the stream no more than that is held. A run that is not whole is an error: what it lacks would
// look new.
func Read(r io.Reader) (*record.Set, error) {
	limited := &io.LimitedReader{R: r, N: maxDocument + 1}
	in := bufio.NewReader(limited)
	text, err := in.ReadBytes('\n')
	if err == nil && isRecord(text) {
		limited.N = math.MaxInt64
		return stream(io.MultiReader(bytes.NewReader(text), in))
	}
	if err == nil {
		var rest []byte
		rest, err = io.ReadAll(in)
		text = append(text, rest...)
	}
	switch {
	case err != nil && err != io.EOF:
		return nil, err
	case len(text) > maxDocument:
		return nil, fmt.Errorf("longer than %d MiB", maxDocument>>20)
	}
	var doc struct {
		Schema   string
		Run      *record.Run
		Findings []*record.Finding
		Summary  *record.Summary
	}
	if json.Unmarshal(text, &doc) == nil && doc.Schema == "webexaudit.report/1" && doc.Run != nil {
		set := &record.Set{Run: doc.Run, Findings: doc.Findings, Summary: doc.Summary}
		return set, set.Incomplete()
	}
	return stream(bytes.NewReader(text))
}

// isRecord reports whether a line is a record of the stream, not the document in one line.
func isRecord(line []byte) bool {
	var head struct{ Type, Schema string }
	return json.Unmarshal(line, &head) == nil && head.Type != "" && head.Schema == ""
}

// stream reads the JSON Lines.
func stream(r io.Reader) (*record.Set, error) {
	set, _, err := record.ReadRun(r, record.Bulk()...)
	if set.Run == nil {
		return nil, errors.New("not a stored run (run.jsonl or report.json of webexaudit analyze)")
	}
	return set, err
}

// assess is what the rule makes of the finding's clients in a run.
func assess(set *record.Set, r *audit.Rule, f *record.Finding, limits []record.Threshold) *record.Finding {
	return audit.Assess(set, r, limits, belongs(f))
}
