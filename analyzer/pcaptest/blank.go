package pcaptest

import "encoding/binary"

// Blank zeroes what media and TLS application data carry and mends the checksums, so that a committed capture
// compresses to a tenth. It knows plain Ethernet with IPv4 only and leaves every other frame as it is: headers, hellos,
// STUN and DNS stay whole.
func Blank(f Frame) Frame {
	b := f.Data
	if len(b) < 42 || binary.BigEndian.Uint16(b[12:]) != 0x0800 || b[14]&15 != 5 {
		return f
	}
	data := append([]byte(nil), b...)
	switch l4 := data[34:]; data[23] {
	case 17:
		blankRTP(l4[8:])
		fixChecksum(data[26:34], l4, 17, 6)
	case 6:
		if n := int(l4[12]>>4) * 4; n <= len(l4) {
			blankRecords(l4[n:])
		}
		fixChecksum(data[26:34], l4, 6, 16)
	}
	f.Data = data
	return f
}

// blankRTP keeps the twelve bytes of the fixed header and what RTCP needs.
func blankRTP(b []byte) {
	if len(b) > 12 && b[0]>>6 == 2 && (b[1] < 192 || b[1] > 223) {
		clear(b[12:])
	}
}

// blankRecords zeroes the payload of TLS application data records; of RFC 4571 frames that of RTP.
func blankRecords(b []byte) {
	if len(b) > 14 && int(binary.BigEndian.Uint16(b)) == len(b)-2 {
		blankRTP(b[2:])
		return
	}
	for len(b) > 5 && b[0] >= 20 && b[0] <= 23 && b[1] == 3 {
		n := min(5+int(binary.BigEndian.Uint16(b[3:])), len(b))
		if b[0] == 23 {
			clear(b[5:n])
		}
		b = b[n:]
	}
}

// fixChecksum writes the transport checksum at an offset of l4; addrs are the two IPv4 addresses.
func fixChecksum(addrs, l4 []byte, proto byte, at int) {
	l4[at], l4[at+1] = 0, 0
	pseudo := append(append([]byte(nil), addrs...), 0, proto, byte(len(l4)>>8), byte(len(l4)))
	var sum uint32
	for i := 0; i < len(pseudo); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(pseudo[i:]))
	}
	c := checksum(l4, sum)
	if c == 0 && proto == 17 {
		c = 0xffff // RFC 768: 0 means that there is none
	}
	binary.BigEndian.PutUint16(l4[at:], c)
}
