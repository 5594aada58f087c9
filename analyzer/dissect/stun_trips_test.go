package dissect

import "testing"

// TestTrips: few are all kept; of many those that lie evenly over the whole.
func TestTrips(t *testing.T) {
	for _, tt := range []struct{ n, kept, every int }{
		{1, 1, 1}, {256, 256, 1}, {257, 129, 2}, {512, 256, 2}, {1000, 250, 4},
	} {
		var x STUNFacts
		for i := range tt.n {
			x.trips.Add(Trip{int64(i), int64(10 * i)}, maxTrips)
		}
		if len(x.Trips()) != tt.kept {
			t.Errorf("of %d %d are kept, want %d", tt.n, len(x.Trips()), tt.kept)
		}
		for i, trip := range x.Trips() {
			if trip.Time != int64(i*tt.every) || trip.RTT != 10*trip.Time {
				t.Errorf("of %d number %d is %+v, want time %d", tt.n, i, trip, i*tt.every)
				break
			}
		}
	}
}
