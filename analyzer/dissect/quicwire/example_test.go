package quicwire_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/quicwire"
)

// One Assembler per direction; the server's follows the client's.
func ExampleAssembler() {
	var client quicwire.Assembler
	server := quicwire.NewServerAssembler(&client)
	read := func(fromClient bool, datagram []byte) {
		side := server
		if fromClient {
			side = &client
		}
		if !side.Add(datagram) {
			return
		}
		for m := range side.Messages() {
			fmt.Println(m.Type, len(m.Body), m.Whole) // the body goes to tlswire
		}
	}
	read(true, []byte{0x40, 1, 2, 3}) // a short header has nothing to read
	// Output:
}
