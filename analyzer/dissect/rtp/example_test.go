package rtp_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/rtp"
)

func ExampleParse() {
	datagram := []byte("\x90\x6f\x12\x34\x00\x00\x03\xc0\xca\xfe\xba\xbe\xbe\xde\x00\x01\x10\x85\x00\x00opus")
	var h rtp.Header // reuse it for the next packet
	if err := rtp.Parse(datagram, &h); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("payload type %d, sequence number %d, SSRC %#x, payload %q\n",
		h.PayloadType, h.SequenceNumber, h.SSRC, datagram[h.HeaderLen:])
	for e := h.Elements(); e.Next(); {
		fmt.Printf("extension %d: %x\n", e.ID, e.Value)
	}
	// Output:
	// payload type 111, sequence number 4660, SSRC 0xcafebabe, payload "opus"
	// extension 1: 85
}
