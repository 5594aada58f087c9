package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// alone are the rules that rest on packets alone, with what of them.
var alone = map[string]string{
	"WXA-CMP-":    "the packets of two captures",
	"WXA-CAP-":    "counters of the capture, and directions of its flows",
	"WXA-QOS-005": "retired",
}

// TestRows: every rule says which rows of the pack it rests on, and there are such rows; thresholds say whether they
// are published or ours.
func TestRows(t *testing.T) {
	policies, err := os.ReadFile("../../../signatures/webex/policies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range All().Rules() {
		reason := alone[r.ID] + alone[r.ID[:len(r.ID)-3]]
		if (reason != "") == (len(r.Rows) > 0) {
			t.Errorf("%s rests on rows %v, and on packets alone: %q", r.ID, r.Rows, reason)
		}
		if !slices.IsSorted(r.Rows) {
			t.Errorf("%s: rows are not sorted: %v", r.ID, r.Rows)
		}
		for _, row := range r.Rows {
			files, _ := filepath.Glob("../../../signatures/webex/" + row + "*.yaml")
			if len(files) == 0 && !strings.Contains(string(policies), "  - id: "+row+"\n") {
				t.Errorf("%s rests on %s, which is neither a file of signatures/webex nor a policy", r.ID, row)
			}
		}
	}
	for _, l := range All().Limits() {
		if !strings.HasPrefix(l.Origin, "published: ") && l.Origin != "ours" && !strings.HasPrefix(l.Origin, "ours: ") {
			t.Errorf("%s: origin %q says neither published nor ours", l.Name, l.Origin)
		}
	}
}

// TestFoundation: the table says of each threshold whose it is.
func TestFoundation(t *testing.T) {
	var b strings.Builder
	if err := All().Document(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| [WXA-MED-004](#wxa-med-004) | ports-meetings, prefixes, stun | port | min\\_prefixes, min\\_requests, settle\\_seconds | ",
		"| [WXA-CAP-006](#wxa-cap-006) | none: packets alone | none | ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %s", want)
		}
	}
}
