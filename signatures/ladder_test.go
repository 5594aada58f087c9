package signatures

import "testing"

// TestVideoLines: a rate has the lines of the first step that holds it; the ladder is that of the day.
func TestVideoLines(t *testing.T) {
	for _, tt := range []struct {
		pack string
		bps  float64
		want int
	}{
		{"latest", 50_000, 90}, {"latest", 99_000, 90}, {"latest", 99_001, 180}, {"latest", 640_000, 360},
		{"latest", 2_500_000, 720}, {"latest", 9_000_000, 1080},
		{"webex-2022-06", 128_000, 90}, {"webex-2022-06", 500_000, 360}, {"webex-2022-06", 900_001, 720},
	} {
		if got := pick(t, tt.pack).VideoLines(tt.bps); got != tt.want {
			t.Errorf("%s, %.0f b/s: %d lines, want %d", tt.pack, tt.bps, got, tt.want)
		}
	}
	if got := new(Pack).VideoLines(1e6); got != 0 {
		t.Errorf("no ladder: %d lines", got)
	}
}
