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
