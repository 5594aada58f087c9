package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestTable: each line says whether a limit is kept, and what is not installed is said to be.
func TestTable(t *testing.T) {
	value := func(v float64) func(*bench) (float64, string, error) {
		return func(*bench) (float64, string, error) { return v, "so", nil }
	}
	var out strings.Builder
	err := (&bench{runs: 5, slow: 1, scale: 2}).table(&out, []goal{
		{"less", "MiB", 160, 100, false, "", value(100)},
		{"not so little", "MiB", 160, 100, false, "", value(120)},
		{"too much", "MiB", 160, 100, false, "", value(161)},
		{"fast", "", 5, 10, true, "", value(10.5)},
		{"not so fast", "", 5, 10, true, "", value(5)},
		{"slow", "", 5, 10, true, "", value(4.9)},
		{"absent", "", 5, 10, true, "no-such-program", nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	core := regexp.MustCompile(` (\d+ ns|-) +so`) // differs
	got := strings.Join(strings.Fields(core.ReplaceAllString(out.String(), " so")), " ")
	for _, want := range []string{
		"1/2 of the size", "less <= 160 <= 100 100 MiB aim so", "not so little <= 160 <= 100 120 MiB must so", "too much <= 160 <= 100 161 MiB NO so",
		"fast >= 5 >= 10 10.5 aim so", "not so fast >= 5 >= 10 5.00 must so", "slow >= 5 >= 10 4.90 NO so", "absent skipped: no-such-program is not installed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestRecipe(t *testing.T) {
	got := strings.Join(many.arguments("x", 4), " ")
	if want := "-o x -size 262144KiB -flows 62500 -mix audio"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := generated([]byte("x: 7 packets, 246 flows, 1 bytes")); n != 246 {
		t.Errorf("%d flows", n)
	}
}

// TestOnePair: a program that takes long runs once, the others once more to warm up.
func TestOnePair(t *testing.T) {
	for n, want := range map[int]int{1: 1, 3: 3} {
		as, bs, err := pairs([]string{"true"}, []string{"true"}, n)
		if err != nil || len(as) != want || len(bs) != want {
			t.Errorf("%d pairs: %d, %d, %v", n, len(as), len(bs), err)
		}
	}
}
