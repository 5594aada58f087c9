package pcaptest

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// Forgery makes of a datagram with feedback in clear another that its sender never sent, and says how much later it
// passes the capture point; nil: none is made of it.
type Forgery struct {
	Name string
	Make func(r *Rand, genuine []byte) (forged []byte, later time.Duration)
}

// Forgeries are of each kind one. What a receiver could have said is none of them: nobody can tell that.
func Forgeries() []Forgery {
	return []Forgery{
		{"MARI with any clock", ofMARI(func(r *Rand, b []byte) time.Duration {
			r.Read(b[20:24])
			return r.Duration(-2*time.Millisecond, 2*time.Millisecond)
		})},
		{"MARI with any rate, before the real one", ofMARI(func(r *Rand, b []byte) time.Duration {
			binary.BigEndian.PutUint32(b[24:], 1<<30|r.Uint32())
			return -20 * time.Microsecond
		})},
		{"MARI with any rate, behind the real one", ofMARI(func(r *Rand, b []byte) time.Duration {
			binary.BigEndian.PutUint32(b[24:], r.Uint32())
			return 2 * time.Millisecond
		})},
		{"MARI again", ofMARI(func(r *Rand, _ []byte) time.Duration {
			return r.Duration(time.Microsecond, 5*time.Second)
		})},
		{"MARI in another stream's name", ofMARI(func(r *Rand, b []byte) time.Duration {
			r.Read(b[8:12])
			r.Read(b[20:28])
			return time.Millisecond
		})},
		{"MARI of another version", ofMARI(func(r *Rand, b []byte) time.Duration {
			b[16] ^= 0x55
			r.Read(b[20:28])
			return time.Millisecond
		})},
		{"MARI with a wrong length", wrongLength},
		{"MARI cut", cutShort},
		{"report with any loss", ofReport(func(r *Rand, block []byte) {
			binary.BigEndian.PutUint32(block[4:], r.Uint32())
			binary.BigEndian.PutUint32(block[8:], r.Uint32())
		})},
		{"report with more lost than sent", ofReport(func(_ *Rand, block []byte) {
			binary.BigEndian.PutUint32(block[4:], 0xff7fffff)
		})},
		{"reports in each other's name", inOtherName},
		{"report again", reportAgain},
	}
}

const mariLen = 28

func isMARI(b []byte) bool { return len(b) >= mariLen && b[1] == 206 && string(b[12:16]) == "MARI" }

// ofMARI changes MARI alone.
func ofMARI(change func(r *Rand, b []byte) time.Duration) func(*Rand, []byte) ([]byte, time.Duration) {
	return func(r *Rand, genuine []byte) ([]byte, time.Duration) {
		if !isMARI(genuine) {
			return nil, 0
		}
		b := slices.Clone(genuine)
		return b, change(r, b)
	}
}

func wrongLength(r *Rand, genuine []byte) ([]byte, time.Duration) {
	if !isMARI(genuine) {
		return nil, 0
	}
	b := slices.Clone(genuine)
	binary.BigEndian.PutUint16(b[2:], uint16(r.Intn(20)))
	r.Read(b[20:28])
	return b, time.Millisecond
}

func cutShort(r *Rand, genuine []byte) ([]byte, time.Duration) {
	if !isMARI(genuine) {
		return nil, 0
	}
	return slices.Clone(genuine[:r.Range(8, mariLen-1)]), time.Millisecond
}

// reportBlock is where the first block of a compound's SR or RR begins; 0: there is none.
func reportBlock(b []byte) int {
	at := map[uint8]int{200: 28, 201: 8}[b[1]]
	if at == 0 || b[0]&31 == 0 || len(b) < at+24 {
		return 0
	}
	return at
}

func ofReport(change func(r *Rand, block []byte)) func(*Rand, []byte) ([]byte, time.Duration) {
	return func(r *Rand, genuine []byte) ([]byte, time.Duration) {
		at := reportBlock(genuine)
		if at == 0 {
			return nil, 0
		}
		b := slices.Clone(genuine)
		change(r, b[at:])
		return b, r.Duration(time.Millisecond, 300*time.Millisecond)
	}
}

// inOtherName exchanges the streams of a report's first two blocks.
func inOtherName(r *Rand, genuine []byte) ([]byte, time.Duration) {
	at := reportBlock(genuine)
	if at == 0 || genuine[0]&31 < 2 {
		return nil, 0
	}
	b := slices.Clone(genuine)
	copy(b[at:], genuine[at+24:at+28])
	copy(b[at+24:], genuine[at:at+4])
	return b, r.Duration(time.Millisecond, 300*time.Millisecond)
}

func reportAgain(r *Rand, genuine []byte) ([]byte, time.Duration) {
	if reportBlock(genuine) == 0 {
		return nil, 0
	}
	return slices.Clone(genuine), r.Duration(1500*time.Millisecond, 4*time.Second)
}

// Forge adds a forged datagram of each kind to every tenth with feedback in clear, and says how many. The capture is of
// Ethernet and IPv4 without options.
func (c *Capture) Forge(seed uint64, kinds ...Forgery) (out *Capture, n int) {
	r := NewRand(seed)
	out = &Capture{Link: c.Link, Frames: slices.Clone(c.Frames)}
	for _, f := range c.Frames {
		if f.Data[23] != ProtoUDP || len(f.Data) < 42+8 || f.Data[42]>>6 != 2 || f.Data[43] < 200 || f.Data[43] > 207 {
			continue
		}
		for _, k := range kinds {
			b, later := k.Make(r, f.Data[42:])
			if b == nil || r.Intn(10) != 0 {
				continue
			}
			n++
			out.Add(f.Time.Add(later), Ethernet(insteadOf(f.Data[14:], b)))
		}
	}
	return out.Sort(), n
}

// insteadOf is a packet of UDP over IPv4 with another payload.
func insteadOf(packet, payload []byte) []byte {
	ip := IP{Src: netip.AddrFrom4([4]byte(packet[12:16])), Dst: netip.AddrFrom4([4]byte(packet[16:20])),
		TTL: packet[8], DSCP: packet[1] >> 2, ID: binary.BigEndian.Uint16(packet[4:]), DontFragment: true}
	from, to := binary.BigEndian.Uint16(packet[20:]), binary.BigEndian.Uint16(packet[22:])
	return ip.Packet(ProtoUDP, ip.Datagram(from, to, payload))
}
