package dtls_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/dtls"
)

func ExampleParse() {
	datagram := []byte("\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x45" + // record: handshake, DTLS 1.2, epoch 0
		"\x01\x00\x00\x39\x00\x00\x00\x00\x00\x00\x00\x39" + // ClientHello, one fragment
		"\xfe\xfd" + "0123456789abcdef0123456789abcdef" + "\x00\x00" + // version, random, session_id, cookie
		"\x00\x02\xc0\x2b" + "\x01\x00" + // cipher suite, compression
		"\x00\x0d" + "\x00\x17\x00\x00" + "\x00\x0e\x00\x05\x00\x02\x00\x07\x00") // extensions; the last one is use_srtp
	var m dtls.Message // reuse it for the next datagram
	if err := dtls.Parse(datagram, &m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Handshake == dtls.ClientHello, m.HelloVersion, m.UseSRTP, m.SRTPProfile, m.Complete)
	// Output: true 1.2 true 7 true
}
