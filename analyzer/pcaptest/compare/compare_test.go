package main

import (
	"testing"
	"time"
)

func TestRatio(t *testing.T) {
	as := []cost{{wall: 2 * time.Second}, {wall: 30 * time.Second}, {wall: 4 * time.Second}}
	bs := []cost{{wall: time.Second}, {wall: 10 * time.Second}, {wall: time.Second}}
	if got := ratio(as, bs, wall); got != 3 { // of 2, 3 and 4: taken pair by pair
		t.Errorf("ratio %v, want 3", got)
	}
	if got := median(as, wall); got != 4*time.Second {
		t.Errorf("median %v", got)
	}
}

// TestRun: a verdict of ours is no failure, anything else is.
func TestRun(t *testing.T) {
	if _, err := run([]string{"sh", "-c", "exit 1"}); err != nil {
		t.Error(err)
	}
	for _, command := range [][]string{{"sh", "-c", "exit 2"}, {"/nonexistent"}} {
		if _, err := run(command); err == nil {
			t.Errorf("%v: no error", command)
		}
	}
}

// TestFixedWork: the work is the same every time.
func TestFixedWork(t *testing.T) {
	if a, b := fixedWork(), fixedWork(); a != b {
		t.Errorf("the work differs: %d, %d", a, b)
	}
}
