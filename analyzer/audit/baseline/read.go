package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// maxDocument is how long a run may be that is compared with.
const maxDocument = 2 << 30

// Read reads an earlier audit: the JSON Lines stream, or the summary document (report.json), which has all that an
// earlier run needs. A run that is not whole is an error: what it lacks would look new.
func Read(r io.Reader) (*record.Set, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
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
	set, _, err := record.ReadRun(bytes.NewReader(text))
	if set.Run == nil {
		return nil, errors.New("not a stored run (run.jsonl or report.json of webexaudit analyze)")
	}
	return set, err
}

// assess is what the rule makes of the finding's clients in a run.
func assess(set *record.Set, r *audit.Rule, f *record.Finding, limits []record.Threshold) *record.Finding {
	return audit.Assess(set, r, limits, belongs(f))
}
