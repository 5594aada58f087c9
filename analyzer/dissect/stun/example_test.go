package stun_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/stun"
)

func ExampleParse() {
	// Sample IPv4 response, RFC 5769 section 2.2.
	datagram := []byte("\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae" +
		"\x80\x22\x00\x0btest vector " +
		"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43" +
		"\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b\xe7\xd7" +
		"\x80\x28\x00\x04\xc0\x7d\x4c\x96")
	var m stun.Message // reuse it for the next datagram
	if err := stun.Parse(datagram, &m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v from %q: you are %v\n", m.Type, m.Software, m.Mapped())
	// Output: Binding Success Response from "test vector": you are 192.0.2.1:32853
}
