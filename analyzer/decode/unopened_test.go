package decode

import (
	"maps"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// TestUnopened: what is not opened is counted by name, sixteen of them; what carries no IP is not.
func TestUnopened(t *testing.T) {
	d := New(Config{})
	var p Packet
	ip := pcaptest.IP{Src: outerA, Dst: outerB}
	d.frame(capture.LinkEthernet, typed(0x88e5, make([]byte, 86)), &p)
	d.frame(capture.LinkEthernet, typed(0x88e5, make([]byte, 86)), &p)
	d.frame(capture.LinkEthernet, typed(0x22f3, make([]byte, 46)), &p)
	d.frame(capture.LinkEthernet, eth(ip.Packet(50, make([]byte, 66))), &p)
	d.frame(capture.LinkEthernet, typed(0x806, make([]byte, 46)), &p)
	d.frame(capture.LinkEthernet, eth(media), &p)
	want := map[string]int64{"ethertype 0x88e5 (MACsec)": 200, "ethertype 0x22f3 (TRILL)": 60, "IP protocol 50 (ESP)": 100}
	if got := d.Stats.Unopened.Map(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for et := range uint16(40) {
		d.frame(capture.LinkEthernet, typed(0x9200+et, make([]byte, 46)), &p)
	}
	if got := d.Stats.Unopened.Map(); len(got) != 17 || got["other"] != (40-13-1)*60 {
		t.Errorf("%d names, other %d", len(got), got["other"])
	}
	none := New(Config{})
	if none.frame(capture.LinkEthernet, eth(media), &p); none.Stats.Unopened.Map() != nil {
		t.Error("a map although all was opened")
	}
}

// TestPausesKept: only times of a second or more count, and of many the longest are kept.
func TestPausesKept(t *testing.T) {
	d := New(Config{NoDeduplicate: true})
	var p Packet
	at := pcaptest.Start
	for _, gap := range []time.Duration{0, 900 * time.Millisecond, time.Second, 4 * time.Second, 0} {
		at = at.Add(gap)
		f := eth(media)
		f.Time = at
		p.Number++
		d.frame(capture.LinkEthernet, f, &p)
	}
	if got := d.Stats.Pauses; len(got) != 2 || got[0].End-got[0].Start != 1e9 || got[1].End-got[1].Start != 4e9 {
		t.Errorf("%+v", got)
	}
	var s Stats
	for i := range int64(200) {
		s.pause(Pause{Start: 0, End: 1e9 + (i*37%200)*1e6, Number: i})
	}
	least := int64(1 << 62)
	for _, x := range s.Pauses {
		least = min(least, x.End-x.Start)
	}
	if len(s.Pauses) != maxPauses || least != 1e9+(200-maxPauses)*1e6 {
		t.Errorf("%d pauses, the shortest of %d ms", len(s.Pauses), least/1e6)
	}
}

// TestEncryptedWireless: data frames that are protected count, those without data and management do not.
func TestEncryptedWireless(t *testing.T) {
	d := New(Config{})
	var p Packet
	for _, control := range [][2]byte{{8, 0x41}, {0x88, 0x41}, {0x48, 1}, {0x80, 0}} { // data, QoS data, null, beacon
		b := make([]byte, 84)
		b[0], b[1] = control[0], control[1]
		d.frame(capture.LinkIEEE80211, pcaptest.Frame{Time: pcaptest.Start, Data: b, WireLen: len(b)}, &p)
	}
	if got, want := d.Stats.Unopened.Map(), map[string]int64{"encrypted 802.11": 2 * 84}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestHiddenInCAPWAP: frames of 802.11 that stay encrypted to the controller count, and so do data packets in DTLS.
func TestHiddenInCAPWAP(t *testing.T) {
	d := New(Config{})
	var p Packet
	protected := eth(media, pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true}))
	protected.Data[14+20+8+8+1] |= 0x40
	dtls := append([]byte{1, 0, 0, 0, 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 40}, make([]byte, 40)...)
	for _, f := range []pcaptest.Frame{
		protected, eth(inUDP(5247, dtls)), eth(pcaptest.IP{Src: outerA, Dst: outerB}.UDP(5247, 40001, dtls)),
		eth(inUDP(5246, dtls)), eth(inUDP(5247, dtls[4:])), eth(inUDP(5247, []byte{1, 0, 0, 1}, dtls[4:])),
		eth(inUDP(5247, []byte{1, 0, 0, 0, 19}, dtls[5:])), eth(inUDP(5247, dtls[:17])),
		eth(media, pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true})),
	} {
		if r := d.frame(capture.LinkEthernet, f, &p); r != OK {
			t.Errorf("%v", r)
		}
	}
	want := map[string]int64{"encrypted 802.11": int64(protected.WireLen), "UDP port 5247 (CAPWAP in DTLS)": 2 * 99}
	if got := d.Stats.Unopened.Map(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// capwapParts are the IP packets that carry a frame in fragments of CAPWAP (RFC 5415 section 3.4).
func capwapParts(id byte, frame []byte, size int) (list [][]byte) {
	for at := 0; at < len(frame); at += size {
		head := []byte{0, 0x10, 2, 0x80, 0, id, byte(at >> 8), byte(at)}
		end := min(at+size, len(frame))
		if end == len(frame) {
			head[3] |= 0x40
		}
		list = append(list, inUDP(5247, head, frame[at:end]))
	}
	return list
}

// TestCAPWAPFragments: what the ends of the tunnel cut is put together, in any order, and is not fragmented itself.
func TestCAPWAPFragments(t *testing.T) {
	frame := eth(media).Data
	parts := capwapParts(7, frame, 16)
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
		d := New(Config{})
		var p Packet
		for i, n := range order {
			r := d.frame(capture.LinkEthernet, eth(parts[n]), &p)
			if i < 2 && r != Fragment {
				t.Errorf("%v: part %d: %v", order, n, r)
			}
			if i == 2 && (line(r, &p) != audio+" in capwap" || p.Fragments) {
				t.Errorf("%v: %s, fragments %v", order, line(r, &p), p.Fragments)
			}
		}
	}
	d := New(Config{})
	var p Packet
	d.frame(capture.LinkEthernet, eth(parts[0]), &p)
	for _, part := range capwapParts(8, frame, 16)[1:] {
		if r := d.frame(capture.LinkEthernet, eth(part), &p); r != Fragment {
			t.Errorf("a fragment of another frame: %s", line(r, &p))
		}
	}
}
