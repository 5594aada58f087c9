//go:build !linux

package doctor

import "runtime"

// Permission says that nothing can be captured here.
func Permission() Check {
	return Check{Name: "permission", State: Fault, Text: "live capture works on Linux only, and this is " + runtime.GOOS,
		Do: "capture with tcpdump or dumpcap, and audit the files"}
}

// Clock is not asked here.
func Clock() Check {
	return Check{Name: "clock", State: OK, Text: "whether the clock is synchronised is not asked on " + runtime.GOOS}
}

func room(string) (free, total int64, ok bool) { return 0, 0, false }

func activeFeatures(string) (map[string]bool, bool) { return nil, false }
