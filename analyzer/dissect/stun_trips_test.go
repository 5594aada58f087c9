package dissect

import "testing"

// TestTrips: few are all kept; of many those that lie evenly over the whole.
func TestTrips(t *testing.T) {
	for _, tt := range []struct{ n, kept, every int }{
		{1, 1, 1}, {256, 256, 1}, {257, 129, 2}, {512, 256, 2}, {1000, 250, 4},
	} {
		var k trips
		for i := range tt.n {
			k.add(Trip{int64(i), int64(10 * i)})
		}
		if len(k.list) != tt.kept {
			t.Errorf("of %d %d are kept, want %d", tt.n, len(k.list), tt.kept)
		}
		for i, x := range k.list {
			if x.Time != int64(i*tt.every) || x.RTT != 10*x.Time {
				t.Errorf("of %d number %d is %+v, want time %d", tt.n, i, x, i*tt.every)
				break
			}
		}
	}
}
