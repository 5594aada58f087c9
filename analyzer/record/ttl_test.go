package record

import "testing"

// TestHops: routers passed, by the nearest initial TTL that is not smaller.
func TestHops(t *testing.T) {
	for _, tt := range []struct{ ttl, initial, hops int }{
		{1, 64, 63}, {30, 64, 34}, {64, 64, 0}, {65, 128, 63}, {117, 128, 11}, {128, 128, 0}, {129, 255, 126}, {255, 255, 0},
	} {
		hops, ok := Hops(&tt.ttl)
		if initial := InitialTTL(&tt.ttl); !ok || initial != tt.initial || hops != tt.hops {
			t.Errorf("TTL %d: began with %d, %d hops, %v; want %d, %d", tt.ttl, initial, hops, ok, tt.initial, tt.hops)
		}
	}
	zero := 0
	for _, none := range []*int{nil, &zero} {
		if hops, ok := Hops(none); ok || InitialTTL(none) != 0 {
			t.Errorf("no TTL, yet %d hops", hops)
		}
	}
}
