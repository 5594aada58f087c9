package pcaptest

// h225 is the object identifier of H.225.0 version 6 with its length, as PER has it.
var h225 = []byte{6, 0, 8, 0x91, 0x4a, 0, 6}

// RAS is a RAS message of H.225.0 up to its protocol identifier and the address 10.0.0.1 behind it: choice 0 is
// gatekeeperRequest, 1 its confirmation, 3 registrationRequest, 4 its confirmation.
func RAS(choice uint8, sequence uint16) []byte {
	b := []byte{choice << 2, 0, byte(sequence >> 8), byte(sequence)}
	b = append(b, h225...)
	return append(b, 0, 10, 0, 0, 1, 0x06, 0xb7)
}

// Q931 is a call signalling message of H.225.0 in a TPKT packet: Q.931 types are 0x05 SETUP, 0x02 CALL PROCEEDING, 0x01
// ALERTING, 0x07 CONNECT, 0x5a RELEASE COMPLETE. The User-User element ends behind the protocol identifier. An answer
// has the call reference's flag.
func Q931(typ uint8, answer bool, reference uint16) []byte {
	body := map[uint8]byte{0x05: 0x20, 0x02: 0x21, 0x07: 0x22, 0x01: 0x23, 0x5a: 0x25}[typ]
	user := append([]byte{5, body, 0x80}, h225...)
	user = append(user, make([]byte, 12)...)
	if answer {
		reference |= 0x8000
	}
	b := []byte{8, 2, byte(reference >> 8), byte(reference), typ}
	if typ == 0x05 {
		b = append(b, 4, 3, 0x88, 0x90, 0xa5) // bearer capability
	}
	b = append(append(b, 0x7e), vector(2, user)...)
	return append([]byte{3, 0, byte((len(b) + 4) >> 8), byte(len(b) + 4)}, b...)
}
