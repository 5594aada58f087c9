package view

import (
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// TestCards: one card for one fault in several places, each root with its own number.
func TestCards(t *testing.T) {
	of := func(rule, do, subject string) *Root {
		return &Root{Finding: &record.Finding{Rule: rule, Remediation: do,
			Subject: record.Subject{Kind: "subnet", Key: subject}}}
	}
	cards := Cards([]*Root{of("A", "open it", "1"), of("B", "open it", "2"), of("A", "open it", "3"), of("A", "close it", "4"),
		of("C", "", "5"), of("C", "", "6")})
	var got []string
	for _, c := range cards {
		text := fmt.Sprintf("%d %s", c.N, c.Subject.Key)
		for _, s := range c.Same {
			text += fmt.Sprintf("+%d %s", s.N, s.Subject.Key)
		}
		got = append(got, text)
	}
	if want := "1 1+3 3; 2 2; 4 4; 5 5; 6 6"; strings.Join(got, "; ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}
