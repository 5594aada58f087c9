package part

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"testing"

	"webexaudit/analyzer/record"
)

// TestSaveLoad: parts of two stores come together in the order of their start, each as it was, spilled or not; those
// that are left out are not there, and packets are counted through both.
func TestSaveLoad(t *testing.T) {
	for _, c := range []Config{{}, {Bound: 1 << 10}} {
		all := New(c)
		for k, shift := range []Shift{{}, {Packets: 1000, Files: 2}} {
			if err := all.Load(savedEven(t, c, 1+2*k), shift); err != nil {
				t.Fatal(err)
			}
		}
		all.Seal()
		var numbers []int64
		last := record.Time(0)
		err := all.Reader().Read(0, all.Len(), func(i int, u *record.Unpacker) error {
			var f record.Flow
			u.Record(&f)
			by, k := all.Shift(i), all.Key(i)
			want := made(int(k.Number - by.Packets))
			if !reflect.DeepEqual(&f, want) || by.Packets != 500*int64(by.Files) {
				t.Errorf("part %d: %+v, want %+v", i, &f, want)
			}
			if f.StartTime < last {
				t.Errorf("part %d begins before the one before it", i)
			}
			last = f.StartTime
			numbers = append(numbers, k.Number)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(numbers)
		for i := range 500 {
			if want := int64(i%250*2 + i/250*1000); len(numbers) != 500 || numbers[i] != want {
				t.Fatalf("parts have the numbers %v; want 500, and of the one at %d it is %d", numbers, i, want)
			}
		}
		all.Close()
	}
}

// savedEven are the parts with even numbers of a store of 500, saved.
func savedEven(t *testing.T, c Config, writers int) io.Reader {
	t.Helper()
	s, err := filled(c, 500, writers)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b bytes.Buffer
	if err := s.Save(&b, func(i int) bool { return s.Key(i).Number%2 == 0 }); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestLoadDamaged: what is cut, or changed anywhere that tells of a flow, is an error.
func TestLoadDamaged(t *testing.T) {
	s, err := filled(Config{}, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Save(&b, func(int) bool { return true }); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if New(Config{}).Load(bytes.NewReader(b.Bytes()[:n]), Shift{}) == nil {
			t.Errorf("cut behind %d of %d bytes: no error", n, b.Len())
		}
	}
	x := bytes.Clone(b.Bytes())
	x[len(x)-5] ^= 1
	if New(Config{}).Load(bytes.NewReader(x), Shift{}) == nil {
		t.Error("changed: no error")
	}
}

func FuzzLoad(f *testing.F) {
	s, err := filled(Config{}, 3, 2)
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Save(&b, func(int) bool { return true }); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(Config{})
		_ = s.Load(bytes.NewReader(b), Shift{Packets: 7, Files: 1})
		s.Seal()
		_ = s.Reader().Read(0, s.Len(), func(_ int, u *record.Unpacker) error {
			var f record.Flow
			u.Record(&f)
			return nil
		})
	})
}
