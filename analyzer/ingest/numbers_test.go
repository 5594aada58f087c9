package ingest

import (
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
)

// TestNumbers: packets are found in the inputs that have begun, of which some are empty; a run of them is parted where
// inputs end, however many it goes over; interfaces are one capture.
func TestNumbers(t *testing.T) {
	inputs := []Input{{Read: 10}, {Base: 10}, {Base: 10, Read: 2}, {Base: 12, Read: 5}, {}}
	inputs[3].Info = capture.Info{Interfaces: []string{"eth0"}}
	for _, tt := range []struct {
		live        bool
		first, last int64
		want        string
	}{
		{false, 1, 1, "0:1-1"},
		{false, 10, 10, "0:10-10"},
		{false, 11, 11, "2:1-1"},
		{false, 4, 15, "0:4-10 2:1-2 3:1-3"},
		{false, 13, 17, "3:1-5"},
		{true, 4, 15, "0:4-15"},
	} {
		n := NumbersOf(inputs, tt.live)
		var got []string
		n.Ranges(tt.first, tt.last, func(input int, first, last int64) {
			got = append(got, fmt.Sprintf("%d:%d-%d", input, first, last))
		})
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%d to %d, live %v: %s, want %s", tt.first, tt.last, tt.live, s, tt.want)
		}
		input, local := n.File(tt.first)
		if s := fmt.Sprintf("%d:%d-", input, local); !strings.HasPrefix(tt.want, s) {
			t.Errorf("%d, live %v: %s, want %s", tt.first, tt.live, s, tt.want)
		}
	}
	n := NumbersOf(inputs, false)
	if a, b := n.Interface(3, 0), n.Interface(3, 1); a != "eth0" || b != "" {
		t.Errorf("interfaces %q and %q", a, b)
	}
}
