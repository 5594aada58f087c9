package pcaptest

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// play is the payload of each packet of a native call by UDP source and destination port, with its sender.
func play(c NativeCall) map[uint16][2][][]byte {
	s := New(7, Start)
	s.NativeCall(c)
	out := map[uint16][2][][]byte{}
	for _, f := range s.Capture().Frames {
		src, dst := binary.BigEndian.Uint16(f.Data[34:]), binary.BigEndian.Uint16(f.Data[36:])
		side, port := Client, src
		if src == c.Node.Port() {
			side, port = Server, dst
		}
		list := out[port]
		list[side] = append(list[side], f.Data[42:])
		out[port] = list
	}
	return out
}

// ofType are the packets of a payload type.
func ofType(packets [][]byte, pt uint8) (list [][]byte, bytes int) {
	for _, b := range packets {
		if b[0]>>6 == 2 && b[1]&0x7f == pt {
			list, bytes = append(list, b), bytes+len(b)
		}
	}
	return list, bytes
}

// TestNative2020 holds a call of 2020 against the published figures: 50 audio and 50 FEC packets a second of 171 bytes,
// 200 of video of 830, and FEC of video as much as is asked for.
func TestNative2020(t *testing.T) {
	c := WebexNativeCall(Native2020, ClientA, mediaPort(NodeA))
	c.Lasting, c.Talkers, c.VideoFEC = 20*time.Second+headStart, 3, .4
	ports := play(c)
	for _, x := range []struct {
		port      uint16
		from      Side
		pt        uint8
		perSecond float64
		size      int
	}{
		{52000, Client, PTAudioUp, 50, 171}, {52000, Client, PTFECUp, 50, 171},
		{52000, Server, PTAudioDown, 150, 171}, {52000, Server, PTFECDown, 150, 171},
		{52100, Client, PTVideoUp, 200, 830}, {52100, Client, PTFECUp, 80, 830},
		{52100, Server, PTVideoDown, 200, 830}, {52100, Server, PTFECDown, 80, 830},
	} {
		list, bytes := ofType(ports[x.port][x.from], x.pt)
		rate := float64(len(list)) / 20
		if rate < .97*x.perSecond || rate > 1.03*x.perSecond {
			t.Errorf("payload type %d from %d: %.1f packets a second, want %.0f", x.pt, x.from, rate, x.perSecond)
		}
		if size := bytes / max(1, len(list)); size < x.size*97/100 || size > x.size*103/100 {
			t.Errorf("payload type %d from %d: %d bytes, want %d", x.pt, x.from, size, x.size)
		}
	}
	feedback, _ := ofType(ports[52000][Server], 206&0x7f)
	var p rtcp.RawPacket
	if n := len(feedback) / 20; n < 3 || n > 8 {
		t.Errorf("MARI %d times a second", n)
	}
	if b := feedback[0]; len(b) != 28+4+10 || b[0] != 0x8f || string(b[12:16]) == "MARI" || p.Unmarshal(b[:28]) != nil {
		t.Errorf("MARI encrypted: %x", b)
	}
}

// TestNative2023 reads the reports of a call with another program: who is muted sends a packet every 340 to 420 ms, and
// what was lost behind the capture point stands in them.
func TestNative2023(t *testing.T) {
	c := WebexNativeCall(Native2023, ClientA, mediaPort(NodeA))
	c.Lasting, c.Muted[Server] = 20*time.Second+headStart, true
	c.Change = func(r *RTPStream) {
		if r.From == Client {
			r.LossBehind = EveryNth(10)
		}
	}
	ports := play(c)
	muted, _ := ofType(ports[52000][Server], PTAudio2023)
	if len(muted) < 45 || len(muted) > 62 {
		t.Errorf("%d packets of silence in 20 s", len(muted))
	}
	list, _ := ofType(ports[52100][Server], 200&0x7f)
	if len(list) != 20 {
		t.Fatalf("%d sender reports", len(list))
	}
	last := list[len(list)-1]
	packets, err := rtcp.Unmarshal(last[:len(last)-16])
	if err != nil {
		t.Fatal(err)
	}
	sr, ok := packets[0].(*rtcp.SenderReport)
	if !ok || len(sr.Reports) != 1 {
		t.Fatalf("%v", packets[0])
	}
	up, _ := ofType(ports[52100][Client], PTVideoUp2023)
	r := sr.Reports[0]
	if int(r.TotalLost) < len(up)*9/100 || int(r.TotalLost) > len(up)/10 || r.FractionLost < 22 || r.FractionLost > 29 {
		t.Errorf("of %d packets: %+v", len(up), r)
	}
	if _, ok := packets[1].(*rtcp.ExtendedReport); !ok || len(packets) != 3 {
		t.Errorf("%v", packets)
	}
}
