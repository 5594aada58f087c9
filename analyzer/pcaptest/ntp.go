package pcaptest

import (
	"encoding/binary"
	"time"
)

// NTP is one message of NTP version 4 (RFC 5905): mode 3 of a client, 4 of a server.
type NTP struct {
	Leap, Mode, Stratum uint8
	RefID               [4]byte
	Origin              time.Time // of an answer: when the client sent
	Transmit            time.Time
}

// Bytes returns the message.
func (m NTP) Bytes() []byte {
	b := make([]byte, 48)
	b[0], b[1], b[2], b[3] = m.Leap<<6|4<<3|m.Mode, m.Stratum, 6, 0xec
	copy(b[12:], m.RefID[:])
	if !m.Origin.IsZero() {
		binary.BigEndian.PutUint64(b[24:], ntp(m.Origin))
		binary.BigEndian.PutUint64(b[32:], ntp(m.Transmit))
	}
	binary.BigEndian.PutUint64(b[40:], ntp(m.Transmit))
	return b
}

// NTP asks the server for the time n times, a minute apart. The answers have the stratum; none are sent where it is
// negative, and those with stratum 0 are a kiss-o'-death RATE.
func (u *UDPFlow) NTP(n, stratum int) *UDPFlow {
	for range n {
		ask := NTP{Mode: 3, Transmit: u.Now()}
		u.Send(ask.Bytes())
		answer := NTP{Mode: 4, Stratum: uint8(max(stratum, 0)), RefID: [4]byte{192, 0, 2, 1}, Origin: ask.Transmit,
			Transmit: u.Now()}
		if stratum == 0 {
			answer.Leap, answer.RefID = 3, [4]byte{'R', 'A', 'T', 'E'}
		}
		if stratum >= 0 {
			u.Recv(answer.Bytes())
		}
		u.Wait(time.Minute)
	}
	return u
}
