package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer"
)

// TestGuide: the report that the guide explains line by line is the one that the program prints.
func TestGuide(t *testing.T) {
	const guide, command = "../../docs/guide.md", "webexaudit analyze testdata/pcaps/tls-via-proxy.pcapng.gz\n```\n\n```\n"
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), command)
	shown, after, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("the guide lacks the report")
	}
	t.Chdir("../..")
	_, report, _ := invoke(t.Context(), analyzer.Run, "analyze", "--color", "never", "testdata/pcaps/tls-via-proxy.pcapng.gz")
	if d := cmp.Diff(shown, report); d != "" && !*update {
		t.Errorf("the guide shows another report (go test ./cmd/webexaudit -run Guide -update): %s", d)
	}
	if *update {
		if err := os.WriteFile("docs/guide.md", []byte(before+command+report+"```\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadme: the README shows what its first command prints, as far as it says.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```\nNETWORK")
	shown, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("the README lacks the first screen")
	}
	t.Chdir("../..")
	t.Setenv("COLUMNS", "80")
	_, report, _ := invoke(t.Context(), analyzer.Run, "analyze", "--color", "never", "testdata/pcaps/tls-fallback.pcapng.gz")
	if shown = "NETWORK" + shown; !strings.HasPrefix(report, shown) {
		t.Errorf("the README shows\n%s\nthe program prints\n%s", shown, report)
	}
}
