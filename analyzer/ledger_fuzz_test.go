package analyzer_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
)

// FuzzLedgerAccount: whatever passes, in whatever order, and whatever a receiver says of it, owners' sum is what was
// sent less what was received, bounds are in order and nothing is negative. Two bytes are a step of 20 ms.
func FuzzLedgerAccount(f *testing.F) {
	var plain []byte
	for i := range 240 {
		plain = append(plain, byte(i%23), 0)
		if i%50 == 49 {
			plain = append(plain, 32, 0)
		}
	}
	f.Add(plain)
	f.Add([]byte("two streams, of which nothing is known that proves itself: 0123456789"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := pcaptest.New(1, pcaptest.Start)
		client, node := netip.AddrPortFrom(pcaptest.ClientA, 50000), netip.AddrPortFrom(pcaptest.NodeA, 5004)
		u := s.UDP(client, node, pcaptest.Path{})
		x := doubtful{u: u, heard: pcaptest.RTCPReport{SSRC: 7, HighestSeq: 999}}
		for ; len(b) > 1; b = b[2:] {
			x.step(b[0], b[1])
		}
		set, err := run(t, analyzer.Config{Files: []string{"-"}, Stdin: bytes.NewReader(s.Capture().Pcap()), Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range set.Streams {
			if m.Ledger == nil {
				continue
			}
			if problem := account(m.Ledger); problem != "" {
				t.Errorf("%s: %s: %s, %d to %d behind", streamName(m), problem, owned(m.Ledger),
					count(m.Ledger.LostBehindLow), count(m.Ledger.LostBehindHigh))
			}
		}
	})
}

// doubtful is a stream whose sender, network and receiver do what a script says.
type doubtful struct {
	u             *pcaptest.UDPFlow
	sent, counted uint32 // from 1,000 on; packets
	news          uint32 // packets since the last report, and what of them is lost
	lost          int32
	heard         pcaptest.RTCPReport
}

func (x *doubtful) step(what, how byte) {
	x.u.Wait(20 * time.Millisecond)
	switch {
	case what < 32:
		x.packet(what, how)
	case what < 64: // what the receiver says, and now and then not quite
		x.heard.HighestSeq, x.heard.Lost = 999+x.sent+uint32(int8(how)/16), x.heard.Lost+x.lost+int32(int8(how<<4)/16)
		x.heard.Fraction = uint8(uint32(max(x.lost, 0)) * 256 / max(x.news, 1))
		x.news, x.lost = 0, 0
		x.u.Recv(pcaptest.SenderReport{SSRC: 9, CNAME: "a", Reports: []pcaptest.RTCPReport{x.heard}}.Bytes())
	case what < 96:
		x.u.Send(pcaptest.SenderReport{SSRC: 7, CNAME: "b", Sent: x.u.Now(), Packets: x.counted + uint32(how&3)}.Bytes())
	case what < 128:
		data := binary.BigEndian.AppendUint32([]byte{1, 0, 0, 0}, x.clock()-200*uint32(how&3))
		data = binary.BigEndian.AppendUint32(data, uint32(how)<<10)
		x.u.Recv(pcaptest.ApplicationFeedback(9, 7, "MARI", data))
	case what < 160:
		x.u.Wait(time.Duration(how) * 20 * time.Millisecond)
	default: // a packet of before, or of later
		x.u.Send(x.rtp(1000 + uint16(x.sent) + uint16(int8(how))*uint16(what&3+1)))
	}
}

func (x *doubtful) packet(what, how byte) {
	x.sent++
	x.news++
	if what > 0 && what < 5 {
		x.lost++
	}
	if what == 1 {
		return // never sent
	}
	x.counted++
	switch {
	case what < 1 || what > 3: // passes, but behind it what is 4 is lost
		x.u.Send(x.rtp(999 + uint16(x.sent)))
	case what == 3: // the sensor loses it
		x.lost--
	}
	if how == 1 {
		x.u.Send(x.rtp(999 + uint16(x.sent)))
	}
}

func (x *doubtful) clock() uint32 {
	return uint32(x.u.Now().Sub(pcaptest.Start) / (100 * time.Microsecond))
}

func (x *doubtful) rtp(seq uint16) []byte {
	value := binary.BigEndian.AppendUint32(nil, x.counted<<8)
	value = binary.BigEndian.AppendUint32(value[:3], x.clock())
	return pcaptest.RTP{PT: 101, Seq: seq, Timestamp: uint32(seq) * 960, SSRC: 7, Profile: pcaptest.ProfileOneByte,
		Extension: pcaptest.Elements(pcaptest.Element{ID: 4, Value: value}), Payload: make([]byte, 60)}.Bytes()
}
