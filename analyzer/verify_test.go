package analyzer_test

import (
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/oracle"
)

// blanks are the words that a reader fills in, with something of the right kind.
var blanks = strings.NewReplacer("CLIENT", "192.0.2.1", "NODE", "192.0.2.2", "HOST", "192.0.2.8", "ANSWER", "192.0.2.9", "tcp.stream == N", "tcp.stream == 1", "PROXY", "192.0.2.3", "PHONE", "192.0.2.4", "GATEWAY", "192.0.2.5",
	"PREFIX", "192.0.2.0/24", "NAME", "example.org", "SSRC", "0x1", "== C ", "== 192.0.2.6 ", "== E ", "== 192.0.2.7 ",
	"SERVER", "192.0.2.10", "PEER", "192.0.2.11", "SITE", "192.0.2.0/24", "== PORT", "== 5004")

// TestVerifyFilters: the text on checking by hand names a display filter, and Wireshark accepts each one.
func TestVerifyFilters(t *testing.T) {
	withoutFilter := map[string]string{
		"WXA-CAP-001": "the counter stands beside the packets",
		"WXA-CAP-010": "it is a matter of the whole capture",
		"WXA-CMP-004": "it is two captures beside each other",
		"WXA-DAT-001": "the pack's date is not in the capture",
		"WXA-POL-001": "the ranges of the pack are not in the capture",
	}
	var filters []string
	for _, r := range catalogue.All().Rules() {
		parts := strings.Split(r.Doc.Verify, "`")
		if len(parts)%2 == 0 {
			t.Errorf("%s: a backquote too many in %q", r.ID, r.Doc.Verify)
		}
		if _, ok := withoutFilter[r.ID]; ok == (len(parts) > 1) {
			t.Errorf("%s: %d filters in %q, exempt: %v", r.ID, len(parts)/2, r.Doc.Verify, ok)
		}
		for i := 1; i < len(parts); i += 2 {
			filters = append(filters, strings.TrimSpace(blanks.Replace(parts[i]+" ")))
		}
	}
	tshark := oracle.Tshark(t)
	file := filepath.Join(t.TempDir(), "c.pcapng")
	if err := pcaptest.SIPCalls().Save(file); err != nil {
		t.Fatal(err)
	}
	if _, err := selects(tshark, file, filters); err == nil {
		return
	}
	for _, f := range filters {
		if _, err := selects(tshark, file, []string{f}); err != nil {
			t.Errorf("%q: %v", f, err)
		}
	}
}
