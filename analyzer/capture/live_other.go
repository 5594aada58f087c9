//go:build !linux

package capture

import (
	"fmt"
	"runtime"
)

// openInterface captures on Linux only. Elsewhere capture with tcpdump or dumpcap and hand the file, or the stream,
// over.
func openInterface(name string, _ LiveOptions) (Source, error) {
	return nil, fmt.Errorf("%s: %w: not supported on %s (use tcpdump -U -w - and read from standard input)",
		name, ErrLive, runtime.GOOS)
}
