package analyzer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// TestPropertySplit: a capture cut into two or three files at any frame shows the same flows, streams, findings and all
// else as the whole. Only names of files and numbers of packets, which count within a file, may differ, and what is
// said of the files themselves.
func TestPropertySplit(t *testing.T) {
	all := pcaptest.Scenarios()
	built := make([]*pcaptest.Capture, len(all))
	whole := make([]string, len(all))
	check(t, func(r *rapid.T) {
		i := rapid.IntRange(0, len(all)-1).Draw(r, "scenario")
		if built[i] == nil {
			built[i] = all[i].Build()
			whole[i] = analyzeParts(t, built[i], nil)
		}
		cuts := rapid.SliceOfN(rapid.IntRange(0, len(built[i].Frames)), 1, 2).Draw(r, "cuts")
		slices.Sort(cuts)
		if got := analyzeParts(t, built[i], cuts); got != whole[i] {
			r.Fatalf("%s cut at %v of %d:\n%s", all[i].Name, cuts, len(built[i].Frames), firstDifference([]byte(got), []byte(whole[i])))
		}
	})
}

// analyzeParts analyses the capture, cut into files before the given frames, and returns what must not depend on the
// cuts.
func analyzeParts(t *testing.T, c *pcaptest.Capture, cuts []int) string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for from, n := 0, 0; n <= len(cuts); n++ {
		to := len(c.Frames)
		if n < len(cuts) {
			to = cuts[n]
		}
		part := &pcaptest.Capture{Link: c.Link, Frames: c.Frames[from:to]}
		files = append(files, filepath.Join(dir, fmt.Sprintf("part%d.pcapng", n)))
		if err := part.Save(files[n]); err != nil {
			t.Fatal(err)
		}
		from = to
	}
	set, err := run(t, analyzer.Config{Files: files, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	set.Run, set.Health = nil, nil
	set.Summary = &record.Summary{ // not what counts rules: those of the files among them
		Flows: set.Summary.Flows, WebexFlows: set.Summary.WebexFlows, Clients: set.Summary.Clients, Picture: set.Summary.Picture,
	}
	set.Findings = slices.DeleteFunc(set.Findings, func(f *record.Finding) bool { return strings.HasPrefix(f.Rule, "WXA-CAP-") })
	return withoutPlaces(t, set)
}

// places are the members that say where in which file something stands; evidence has an item for each file.
var places = []string{"file", "first_file", "last_file", "first_packet", "last_packet", "packet", "reply", "evidence"}

// withoutPlaces is the JSON Lines form without these members.
func withoutPlaces(t *testing.T, set *record.Set) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(string(lines(t, set))) {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		dropPlaces(v)
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(out, '\n'))
	}
	return b.String()
}

func dropPlaces(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range places {
			delete(v, k)
		}
		for _, member := range v {
			dropPlaces(member)
		}
	case []any:
		for _, member := range v {
			dropPlaces(member)
		}
	}
}

// TestPropertyWorkers: blocks of any size, as a pipe delivers them, and any number of workers give the same bytes.
func TestPropertyWorkers(t *testing.T) {
	all := pcaptest.Scenarios()
	files := make([][]byte, len(all))
	want := make([][]byte, len(all))
	analyzeBytes := func(r io.Reader, workers int) []byte {
		set, err := run(t, analyzer.Config{Files: []string{"-"}, Stdin: r, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return lines(t, set)
	}
	check(t, func(r *rapid.T) {
		i := rapid.IntRange(0, len(all)-1).Draw(r, "scenario")
		if files[i] == nil {
			files[i] = all[i].Build().Pcap()
			want[i] = analyzeBytes(bytes.NewReader(files[i]), 1)
		}
		workers, chunk := rapid.IntRange(1, 9).Draw(r, "workers"), rapid.IntRange(1, 1<<16).Draw(r, "chunk")
		if got := analyzeBytes(&chunked{files[i], chunk}, workers); !bytes.Equal(got, want[i]) {
			r.Fatalf("%s: %s", all[i].Name, firstDifference(got, want[i]))
		}
	})
}

// chunked is a reader that gives at most n bytes at a time.
type chunked struct {
	b []byte
	n int
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.b[:min(c.n, len(c.b))])
	c.b = c.b[n:]
	return n, nil
}
