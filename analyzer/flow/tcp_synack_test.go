package flow

import "testing"

// TestSYNACKTTL: that of the SYN-ACK, whatever came before and after it.
func TestSYNACKTTL(t *testing.T) {
	var got uint8
	var clock int64
	tb := NewTable(Config{}, func(e *Entry[int]) { got = e.TCP.SYNACKTTL })
	c := connection{base: [2]uint32{100, 5000}}
	for i, x := range []struct {
		who, what string
		ttl       uint8
	}{{"c", "syn", 64}, {"s", "synack", 243}, {"c", "ack", 64}, {"s", "0+100", 52}, {"s", "rst", 61}} {
		p := c.packet(int64(i), x.who, x.what, 0)
		p.TTL, p.Time = x.ttl, p.Time+epoch
		tb.Add(p)
		clock = p.Clock
	}
	tb.Flush(clock)
	if got != 243 {
		t.Errorf("TTL %d, want 243", got)
	}
}
