package slice

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
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

// TestCommentRead: Wireshark reads a comment with a hostile name as it was written, and the block that names the file
// holds no such name either.
func TestCommentRead(t *testing.T) {
	s := pcaptest.New(1, pcaptest.Start)
	talk(s, client, server, pcaptest.Path{}, 10)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "a\x1b]0;x\x07\u202e\"'.pcapng"), filepath.Join(dir, "slice.pcapng")
	if err := s.Capture().Save(in); err != nil {
		t.Fatal(err)
	}
	set := &record.Set{Run: &record.Run{Files: []record.File{{Path: in}}}}
	f := &record.Finding{State: record.Fail, Rule: "WXA-TLS-001", FindingID: "1",
		Summary:  "TLS to \"'<x>,\x1b[2J\r\n\u202e\x00.webex.com was opened",
		Evidence: []record.Evidence{{File: in, FirstPacket: 1, LastPacket: 1}}}
	j := &Job{Selection: Selection{All: true}, Comments: []Comment{CommentOf(set, f)}}
	j.Begin = func(Count) (io.WriteCloser, capture.Section, error) {
		w, err := os.Create(out)
		return w, capture.Section{}, err
	}
	if err := Cut(context.Background(), Source{Files: []string{in}}, []*Job{j}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(`a?]0;x??"'.pcapng`)) || bytes.Contains(b, []byte("\x1b]")) {
		t.Errorf("the block of the interface names the file as it is: %q", b[:200])
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("no tshark to read the comment with")
	}
	got, err := exec.Command("tshark", "-n", "-r", out, "-c", "1", "-T", "fields", "-e", "frame.comment").Output()
	if want := `fail WXA-TLS-001: TLS to "'<x>,?[2J????.webex.com was opened (finding 1)`; err != nil || strings.TrimSpace(string(got)) != want {
		t.Errorf("%v: %q, want %q", err, got, want)
	}
}
