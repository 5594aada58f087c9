package part

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"webexaudit/analyzer/record"
)

// made is the i-th flow of a test. Later flows do not begin later: they end later.
func made(i int) *record.Flow {
	return &record.Flow{
		FlowID: fmt.Sprintf("%016x", i), Proto: "tcp", SNI: fmt.Sprintf("host-%d.webex.com", i%50), StartTime: start(i),
		FirstPacket: int64(i), Reason: strings.Repeat("x", i%700),
	}
}

// start mixes: flows of 16 in a row begin at the same time, and these times come in another order.
func start(i int) record.Time {
	return record.Time(1_700_000_000_000_000_000 + int64(i/16)*7919%4096*1000)
}

// filled is a store with n flows, by as many writers at a time. Errors of End are returned joined.
func filled(c Config, n, writers int) (*Store, error) {
	s := New(c)
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for k := range writers {
		w := s.Writer()
		wg.Go(func() {
			for i := k; i < n; i += writers {
				f := made(i)
				w.Begin(Key{Start: f.StartTime, Number: f.FirstPacket}).Record(f)
				if err := w.End(); err != nil {
					errs[k] = err
				}
			}
		})
	}
	wg.Wait()
	s.Seal()
	return s, errors.Join(errs...)
}

// lines are the records of the parts of a range as JSON.
func lines(t testing.TB, r *Reader, from, to int) []byte {
	t.Helper()
	var b []byte
	next := from
	err := r.Read(from, to, func(i int, u *record.Unpacker) (err error) {
		if i != next {
			t.Errorf("part %d, want %d", i, next)
		}
		next++
		var f record.Flow
		u.Record(&f)
		b, err = record.AppendJSON(b, &f)
		b = append(b, '\n')
		return err
	})
	if err != nil || next != to {
		t.Fatalf("parts %d to %d: until %d, %v", from, to, next, err)
	}
	return b
}

// expected are the flows in their order, which is neither that of their packets nor that in which they came.
func expected(t testing.TB, n int) (b []byte) {
	t.Helper()
	var flows []*record.Flow
	for i := range n {
		flows = append(flows, made(i))
	}
	slices.SortFunc(flows, func(a, b *record.Flow) int {
		if a.StartTime != b.StartTime {
			return int(a.StartTime - b.StartTime)
		}
		return int(a.FirstPacket - b.FirstPacket)
	})
	for _, f := range flows {
		var err error
		if b, err = record.AppendJSON(b, f); err != nil {
			t.Fatal(err)
		}
		b = append(b, '\n')
	}
	return b
}

// tempDir makes temporary files in a folder of the test.
func tempDir(t testing.TB) (dir string, open func() (File, error)) {
	t.Helper()
	dir = t.TempDir()
	return dir, func() (File, error) { return TempFile(dir) }
}

// TestOrder: the same records in the same order for any number of writers and readers, spilled or not.
func TestOrder(t *testing.T) {
	const n = 8000
	want := expected(t, n)
	for _, c := range []struct {
		writers int
		bound   int64
		spilled bool
	}{{1, 0, false}, {3, 0, false}, {1, 1, true}, {3, 1, true}, {2, 1 << 20, true}, {2, 1 << 30, false}} {
		t.Run(fmt.Sprintf("%d writers, bound %d", c.writers, c.bound), func(t *testing.T) {
			dir, open := tempDir(t)
			s, err := filled(Config{Bound: c.bound, Open: open}, n, c.writers)
			if err != nil {
				t.Fatal(err)
			}
			x := s.Stats()
			if s.Len() != n || x.Parts != n || x.Packed < 100*n || (x.Spilled > 0) != c.spilled {
				t.Errorf("%d parts, %+v", s.Len(), x)
			}
			most := c.bound + int64(c.writers+1)*(chunkSize+200<<10) + entrySize*n
			if c.bound > 0 && x.Held > most {
				t.Errorf("%d bytes are held, want at most %d", x.Held, most)
			}
			if got := lines(t, s.Reader(), 0, n); !bytes.Equal(got, want) {
				t.Error("another order, or other records")
			}
			if got := ranges(t, s, n); !bytes.Equal(got, want) {
				t.Error("read in ranges: another order, or other records")
			}
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("the temporary file has a name: %q", left)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAgain: parts with the same id are counted in their order, whoever wrote them; ids that are alike are others.
func TestAgain(t *testing.T) {
	const same, alike = 0x0123456789abcdef, 0x0123456700000000
	s := New(Config{})
	writers := []*Writer{s.Writer(), s.Writer()}
	for i, id := range []uint64{same, 7, alike, same, 0, alike, 0, same, 8} {
		w := writers[i%2]
		w.Begin(Key{Start: record.Time(100 - i), Number: int64(i), ID: id}).Int(int64(i))
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
	}
	s.Seal()
	var got []int
	for i := range s.Len() {
		got = append(got, s.Again(i))
	}
	if want := []int{0, 0, 0, 0, 1, 1, 1, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("%v parts before have the same id, want %v", got, want)
	}
}

// ranges reads with three readers at a time.
func ranges(t *testing.T, s *Store, n int) []byte {
	const size = 1 << 10
	pieces := make([][]byte, (n+size-1)/size)
	var wg sync.WaitGroup
	for k := range 3 {
		wg.Go(func() {
			r := s.Reader()
			for i := k; i < len(pieces); i += 3 {
				pieces[i] = lines(t, r, i*size, min(n, (i+1)*size))
			}
		})
	}
	wg.Wait()
	return bytes.Join(pieces, nil)
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestLargeParts: parts larger than a chunk, and than what is read at once.
func TestLargeParts(t *testing.T) {
	_, open := tempDir(t)
	s := New(Config{Bound: 1, Open: open})
	w := s.Writer()
	for i := range 9 {
		reason := strings.Repeat(string(rune('a'+i)), i%3*(chunkSize+readAhead/2))
		f := &record.Flow{FirstPacket: int64(i), Reason: reason}
		w.Begin(Key{Number: f.FirstPacket}).Record(f)
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
	}
	s.Seal()
	err := s.Reader().Read(0, 9, func(i int, u *record.Unpacker) error {
		var f record.Flow
		u.Record(&f)
		want := strings.Repeat(string(rune('a'+i)), i%3*(chunkSize+readAhead/2))
		if f.Reason != want || f.FirstPacket != int64(i) {
			t.Errorf("part %d: packet %d, %d bytes, want %d", i, f.FirstPacket, len(f.Reason), len(want))
		}
		return nil
	})
	if x := s.Stats(); err != nil || x.Spilled < 6*chunkSize {
		t.Errorf("%+v, %v", x, err)
	}
}

// full is a disk with room for so many bytes.
type full struct {
	File
	room int64
}

func (f *full) WriteAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.room {
		return 0, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	}
	return f.File.WriteAt(b, at)
}

// TestFullDisk: a full disk is told, and all parts are there, also those that came later.
func TestFullDisk(t *testing.T) {
	const n = 8000
	_, open := tempDir(t)
	c := Config{Bound: 1, Open: func() (File, error) {
		f, err := open()
		return &full{f, 3 * chunkSize}, err
	}}
	s, err := filled(c, n, 2)
	var spill *SpillError
	if !errors.As(err, &spill) || !errors.Is(err, syscall.ENOSPC) ||
		!strings.Contains(err.Error(), "could not be written after 0 MB (write ") ||
		!strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
	if x := s.Stats(); x.Spilled == 0 || x.Spilled > 3*chunkSize || x.Held < x.Packed-x.Spilled {
		t.Errorf("%+v", x)
	}
	if got := lines(t, s.Reader(), 0, s.Len()); !bytes.Equal(got, expected(t, n)) {
		t.Error("not all parts are there")
	}
	c.Open = func() (File, error) { return TempFile(filepath.Join(t.TempDir(), "missing")) }
	if s, err = filled(c, n, 1); !errors.As(err, &spill) || !errors.Is(err, os.ErrNotExist) || s.Len() != n {
		t.Errorf("without a directory: %d parts, %v", s.Len(), err)
	}
}

// TestDamaged: a temporary file that has changed is an error, not another record.
func TestDamaged(t *testing.T) {
	const n = 5000
	var file File
	_, open := tempDir(t)
	s, err := filled(Config{Bound: 1, Open: func() (f File, err error) { file, err = open(); return file, err }}, n, 1)
	if err != nil {
		t.Fatal(err)
	}
	read := func() error {
		return s.Reader().Read(0, n, func(_ int, u *record.Unpacker) error { u.Record(new(record.Flow)); return nil })
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte{0x55}, s.spilled/2); err != nil {
		t.Fatal(err)
	}
	if err := read(); !errors.Is(err, errDamaged) {
		t.Errorf("a changed byte: %v", err)
	}
	if err := file.(*tempFile).Truncate(s.spilled / 2); err != nil {
		t.Fatal(err)
	}
	if err := read(); !errors.Is(err, errDamaged) {
		t.Errorf("cut: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestTempFile: files that a killed program left are gone, others stay.
func TestTempFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{prefix + "123", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := TempFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"other"}) {
		t.Errorf("left: %q", left)
	}
	f, err = TempFile(dir) // as where a name cannot go while the file is open
	if err != nil {
		t.Fatal(err)
	}
	name := f.Name()
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.(*tempFile).named = true
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"other"}) {
		t.Errorf("left: %q", left)
	}
}

// TestReadStops: the error of the function ends reading and comes back.
func TestReadStops(t *testing.T) {
	s, err := filled(Config{}, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	stop, calls := errors.New("stop"), 0
	err = s.Reader().Read(2, 9, func(int, *record.Unpacker) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	err = s.Reader().Read(0, 1, func(_ int, u *record.Unpacker) error { // more than there is
		for range 3 {
			u.Record(new(record.Flow))
		}
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "part 0: ") {
		t.Errorf("read beyond the end: %v", err)
	}
}

func BenchmarkStore(b *testing.B) {
	f := made(100)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		s := New(Config{})
		w := s.Writer()
		for i := 0; b.Loop(); i++ {
			w.Begin(Key{Start: record.Time(i), Number: int64(i)}).Record(f)
			if err := w.End(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, bound := range []int64{0, 1} {
		s, err := filled(Config{Bound: bound}, 20_000, 2)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("read, bound %d", bound), func(b *testing.B) {
			b.ReportAllocs()
			r := s.Reader()
			var f record.Flow
			for i := 0; b.Loop(); i = (i + 1000) % 20_000 {
				err := r.Read(i, i+1000, func(_ int, u *record.Unpacker) error { u.Record(&f); return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/part")
		})
	}
}
