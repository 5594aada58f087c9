package h323_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/h323"
)

func Example() {
	stream := []byte("\x03\x00\x00\x1a\x08\x02\x80\x01\x07\x7e\x00\x0e\x05\x22\xc0\x06\x00\x08\x91\x4a\x00\x04\x00\x01\x02\x03")
	packet, n, err := h323.NextTPKT(stream)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := h323.ParseQ931(packet)
	fmt.Println(m.Type, m.Reference, m.H225, n, err)
	// Output: connect 1 true 26 <nil>
}
