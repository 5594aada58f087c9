package analyzer_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// film is the frames of a capture.
type film struct {
	name   string
	frames []capture.Frame
	bytes  [][]byte
}

// filmed reads a capture, of which the first frames are enough.
func filmed(t testing.TB, name string, most int) (m film) {
	t.Helper()
	src, err := capture.Open(name)
	if err != nil {
		return m // as of captures that nobody can read
	}
	defer src.Close()
	m.name = filepath.Base(name)
	var b capture.Block
	for err == nil && len(m.frames) < most {
		err = src.Next(&b)
		for i := range b.Frames {
			m.frames = append(m.frames, b.Frames[i])
			m.bytes = append(m.bytes, bytes.Clone(b.Bytes(i)))
		}
	}
	return m
}

// span is from the earliest frame to the latest.
func (m *film) span() (first, last int64) {
	first = m.frames[0].Time
	for i := range m.frames {
		first, last = min(first, m.frames[i].Time), max(last, m.frames[i].Time)
	}
	return first, last
}

// write writes the frames of a range, time passing so many times slower.
func (m *film) write(t testing.TB, path string, from, to int, slower int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := capture.NewWriter(f, capture.Section{})
	for i := from; i < to; i++ {
		frame := m.frames[i]
		if first := m.frames[0].Time; frame.Time != 0 {
			frame.Time = first + (frame.Time-first)*slower
		}
		of := capture.Interface{Index: frame.Interface, Link: frame.Link}
		if err := w.Write(of, &frame, m.bytes[i], nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// cut writes the frames into so many files, cut anywhere.
func (m *film) cut(t testing.TB, r *rand.Rand, dir string, files int, slower int64) (names []string) {
	ends := []int{0, len(m.frames)}
	for range files - 1 {
		ends = append(ends, r.IntN(len(m.frames)+1))
	}
	slices.Sort(ends)
	for i := range files {
		if ends[i] == ends[i+1] {
			continue // nothing would be in it, and an empty capture has no place in time
		}
		name := filepath.Join(dir, fmt.Sprintf("%02d.pcapng", i))
		m.write(t, name, ends[i], ends[i+1], slower)
		names = append(names, name)
	}
	return names
}

// mapped makes pieces of so many files each, at most, in any order.
func mapped(t testing.TB, r *rand.Rand, c analyzer.Config, names []string) (pieces []string) {
	t.Helper()
	dir := t.TempDir()
	for len(names) > 0 {
		n := 1 + r.IntN(min(3, len(names)))
		c.Files, names = names[:n], names[n:]
		path := filepath.Join(dir, fmt.Sprint(len(pieces)))
		if err := mapTo(t, c, path); err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, path)
	}
	r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
	return pieces
}

func mapTo(t testing.TB, c analyzer.Config, path string) error {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return analyzer.Map(t.Context(), c, f)
}

// cutAnywhere cuts a film, and holds what its pieces say together against what it says whole. It is false where the
// parts have no order by time: those of a run have.
func cutAnywhere(t *testing.T, m *film, seed uint64) bool {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, uint64(len(m.frames))))
	slower := []int64{1, 20, 400}[r.IntN(3)]
	if first, last := m.span(); first == 0 {
		return false
	} else if last-first > int64(24*time.Hour) {
		slower = 1
	}
	names := m.cut(t, r, t.TempDir(), 1+r.IntN(9), slower)
	if !slices.Equal(names, capture.SortByTime(names)) {
		return false
	}
	c := analyzer.Config{Workers: 1 + r.IntN(4), Flows: flow.Config{IdleTCP: time.Minute, IdleUDP: 20 * time.Second}}
	c.Files = names
	whole, want := runListed(t.Context(), c)
	c.Files, c.Workers = nil, 1+r.IntN(4)
	pieces := mapped(t, r, c, names)
	joined, got := analyzer.Join(t.Context(), c, pieces)
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.Errorf("%s, seed %d: %v, want %v", m.name, seed, got, want)
	}
	if n := joined.Run.Pieces; n != len(pieces) && n+len(pieces) > 1 {
		t.Errorf("%s, seed %d: it says that it is of %d pieces, which were %d", m.name, seed, n, len(pieces))
	}
	joined.Run.Pieces = 0
	if err := recordtest.List(joined); err != nil {
		t.Fatal(err)
	}
	alike := copiesApart(whole, joined)
	if got, want := said(t, joined, alike), said(t, whole, alike); !bytes.Equal(got, want) {
		t.Errorf("%s, seed %d, %d times slower, %d files, %d pieces: %s", m.name, seed, slower, len(names), len(pieces),
			firstDifference(got, want))
	}
	return true
}

// copiesApart reports whether no copy of a packet was on the other side of a cut: the flow knows of it, the captures
// by themselves do not.
func copiesApart(a, b *record.Set) bool {
	return slices.EqualFunc(a.Health, b.Health, func(x, y *record.CaptureHealth) bool {
		return x.Duplicates == y.Duplicates
	})
}

// said are the records of a set as lines; those of the captures, and what is found by them, where these are alike.
func said(t testing.TB, set *record.Set, alike bool) []byte {
	if alike {
		return lines(t, set)
	}
	return lines(t, &record.Set{Run: set.Run, Flows: set.Flows, TLS: set.TLS, Streams: set.Streams,
		Intervals: set.Intervals, Sessions: set.Sessions, Reachability: set.Reachability})
}

// TestCutAnywhere: what was cut anywhere into pieces, which were read apart and joined in any order, says what the
// whole says.
func TestCutAnywhere(t *testing.T) {
	files, err := filepath.Glob("../testdata/pcaps/*.gz")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	least := 30
	if _, err := os.Stat(capturesAt); err == nil && !testing.Short() {
		for _, name := range captureFiles(t, capturesAt) {
			files = append(files, filepath.Join(capturesAt, name))
		}
		least = 300
	} else {
		t.Log("without real captures, or in short mode: bundled captures alone are cut")
	}
	cuts := 0
	for _, name := range files {
		m := filmed(t, name, 20_000)
		if len(m.frames) == 0 || strings.Contains(name, "frag") {
			continue // a datagram whose fragments are on both sides of a cut is nobody's
		}
		for seed := range uint64(max(2, 35/len(files))) {
			if cutAnywhere(t, &m, seed) {
				cuts++
			}
		}
	}
	if cuts < least {
		t.Errorf("%d cuts, want %d", cuts, least)
	}
}
