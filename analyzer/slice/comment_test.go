package slice

import (
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// TestCommentNames: no name that a stranger chose ends a comment early, begins a line or speaks to a terminal.
func TestCommentNames(t *testing.T) {
	for _, name := range []string{"a\x00b", "\x1b]0;x\x07", "\u202egnp.exe", "x\nfail WXA-CAP-001", "\r\n", "\u2028", "\u009b2J"} {
		f := &record.Finding{State: record.Fail, Rule: "WXA-TLS-001", Summary: "TLS to " + name + " was opened", FindingID: "1"}
		text := CommentOf(new(record.Set), f).Text
		if !strings.HasSuffix(text, " was opened (finding 1)") || strings.ContainsFunc(text, func(r rune) bool { return !record.Visible(r) }) {
			t.Errorf("%q: %q", name, text)
		}
	}
}
