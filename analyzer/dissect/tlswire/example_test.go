package tlswire_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/tlswire"
)

// A Reader is fed one direction of a stream as it comes; the caller owns the values that messages are decoded into.
func ExampleReader() {
	segments := []string{"\x16\x03\x01", "\x00\x2d\x01\x00\x00\x29\x03\x03................................\x00", "\x00\x02\xc0\x2f\x01\x00\x15\x03\x03\x00\x02\x02\x30"}

	var reader tlswire.Reader
	var hello tlswire.ClientHello
	for _, segment := range segments {
		reader.Feed([]byte(segment), func(e tlswire.Event) {
			switch e.Kind {
			case tlswire.KindClientHello:
				hello.Decode(e.Body)
				fmt.Println(tlswire.VersionName(hello.MaxVersion()), tlswire.SuiteName(hello.Suites[0]))
			case tlswire.KindAlert:
				fmt.Println(e.Alert)
			}
		})
	}
	// Output:
	// 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	// fatal unknown_ca
}
