package main

import "testing"

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{0: 800, 4 << 20: 800, 32 << 20: 100, 64 << 20: 50, 10 << 30: 50} {
		if got := growth(live); got != want {
			t.Errorf("%d bytes live: %d %%, want %d %%", live, got, want)
		}
	}
}
