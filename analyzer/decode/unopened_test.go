package decode

import (
	"maps"
	"testing"

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
