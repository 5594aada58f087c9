package rtcp_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/rtcp"
)

func ExampleNext() {
	datagram := []byte("\x81\xc9\x00\x07\x90\x2f\x9e\x2e\xbc\x5e\x9a\x40\x20\x00\x00\x10\x00\x00\x46\xe1\x00\x00\x01\x11\x09\xf3\x64\x32\x00\x02\x4a\x79" +
		"\x81\xce\x00\x02\x90\x2f\x9e\x2e\xbc\x5e\x9a\x40")
	var c rtcp.Compound
	if err := rtcp.Parse(datagram, &c); err != nil || !c.Clear {
		fmt.Println("encrypted or cut off")
		return
	}
	for p, rest, ok := rtcp.Next(datagram[:len(datagram)-c.Trailer]); ok; p, rest, ok = rtcp.Next(rest) {
		fmt.Printf("%v %q\n", p.Type, p.FormatName())
		for i := 0; ; i++ {
			r, ok := p.Report(i)
			if !ok {
				break
			}
			fmt.Printf("  source %08x: fraction lost %d/256, jitter %d\n", r.SSRC, r.FractionLost, r.Jitter)
		}
	}
	// Output:
	// RR ""
	//   source bc5e9a40: fraction lost 32/256, jitter 273
	// PSFB "PLI"
}
