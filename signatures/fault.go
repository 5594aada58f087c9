package signatures

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in the data.
type Fault struct {
	At   Position
	Key  string // row id and key, "webex-udp-5004.port.server"
	What string
}

func (f Fault) Error() string { return fmt.Sprintf("%s: %s: %s", f.At, f.Key, f.What) }

// Faults are all mistakes of a load, in the order of files and lines, one per line of Error.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(at Position, key, format string, args ...any) {
	*f = append(*f, Fault{at, key, fmt.Sprintf(format, args...)})
}

// err is nil, or the faults sorted and without repetitions (several packs can show the same overlap).
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.Key, b.Key),
			cmp.Compare(a.What, b.What))
	})
	return slices.Compact(f)
}
