package pcaptest

import "encoding/binary"

// DTLSClientHello is a DTLS 1.2 ClientHello in one record (RFC 6347), as a browser opens DTLS-SRTP.
func DTLSClientHello(r *Rand, sequence uint16) []byte {
	h := ClientHello{Version: TLS12, Extra: []Extension{useSRTP}}
	r.Read(h.Random[:])
	message := h.Message()
	body := append([]byte(nil), message[4:]...)
	body[0], body[1] = 0xfe, 0xfd
	cookie := 2 + 32 + 1 + len(h.SessionID) // DTLS has a cookie behind the session id
	body = append(body[:cookie:cookie], append([]byte{0}, body[cookie:]...)...)
	return dtlsRecord(1, sequence, body)
}

// DTLSServerHello is the answer.
func DTLSServerHello(r *Rand, sequence uint16) []byte {
	h := ServerHello{Version: TLS12, Cipher: 0xc02b, Extra: []Extension{{14, []byte{0, 2, 0, 7, 0}}}}
	r.Read(h.Random[:])
	body := h.Message()[4:]
	body[0], body[1] = 0xfe, 0xfd
	return dtlsRecord(2, sequence, body)
}

// useSRTP offers AEAD_AES_128_GCM and AES128_CM_SHA1_80 (RFC 5764, RFC 7714).
var useSRTP = Extension{14, []byte{0, 4, 0, 7, 0, 1, 0}}

// dtlsRecord wraps one unfragmented handshake message of epoch 0.
func dtlsRecord(typ uint8, sequence uint16, body []byte) []byte {
	b := handshake(typ, body)[:4:4]
	b = binary.BigEndian.AppendUint16(b, sequence)
	b = append(b, 0, 0, 0)          // fragment offset
	b = append(b, b[1], b[2], b[3]) // fragment length: all of it
	b = append(b, body...)
	out := append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0}, byte(sequence>>8), byte(sequence))
	return append(out, vector(2, b)...)
}

// DTLSData is an application-data record of epoch 1 with n pseudo-random bytes.
func DTLSData(r *Rand, sequence uint16, n int) []byte {
	out := append([]byte{23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0}, byte(sequence>>8), byte(sequence))
	return append(out, vector(2, r.Bytes(n))...)
}
