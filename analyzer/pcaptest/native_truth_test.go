package pcaptest

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// faulty is a call whose stream of video down loses packets in all places, with a path to the cloud that becomes 60 ms
// longer for a while.
func faulty(change func(*RTPStream)) NativeCall {
	c := WebexNativeCall(Native2023, ClientA, mediaPort(NodeA))
	c.Outlast = 2500 * time.Millisecond
	c.Change = func(r *RTPStream) {
		if r.PT == PTVideoDown {
			change(r)
		}
	}
	return c
}

// lastReport is the last report block about a stream among datagrams, by another program.
func lastReport(t *testing.T, list [][]byte, ssrc uint32) (out rtcp.ReceptionReport) {
	t.Helper()
	for _, b := range list {
		if b[1] != 200 && b[1] != 201 {
			continue
		}
		packets, err := rtcp.Unmarshal(b[:len(b)-16])
		if err != nil {
			t.Fatal(err)
		}
		var blocks []rtcp.ReceptionReport
		switch x := packets[0].(type) {
		case *rtcp.SenderReport:
			blocks = x.Reports
		case *rtcp.ReceiverReport:
			blocks = x.Reports
		}
		for _, r := range blocks {
			if r.SSRC == ssrc {
				out = r
			}
		}
	}
	return out
}

// TestNativeLossPlaces: what is lost in each place is missing where it should be: in the capture, in the counter of
// extension 4, in the receiver's last report.
func TestNativeLossPlaces(t *testing.T) {
	c := faulty(func(r *RTPStream) {
		r.LossFar, r.Loss = Only(50, 51, 300), Only(80, 81, 82, 83)
		r.LossBehind, r.Unseen = Only(100, 200), Only(120, 121, 122, 123, 124)
		r.Reorder = Only(140)
		r.LateBehind = func(i int) time.Duration {
			if i == 160 {
				return 90 * time.Millisecond
			}
			return 0
		}
	})
	s := New(7, Start)
	truth := s.NativeCall(c)
	var video *StreamTruth
	for i := range truth.Streams {
		if truth.Streams[i].PT == PTVideoDown {
			video = &truth.Streams[i]
		}
	}
	n := video.Sum(0, video.Packets)
	if n.Sent != video.Packets || n.Far != 3 || n.Before != 4 || n.Behind != 2 || n.Unseen != 5 ||
		n.Received != n.Sent-9 {
		t.Errorf("truth %+v", n)
	}
	ports := play(c)
	seen, _ := ofType(ports[52100][Server], PTVideoDown)
	if len(seen) != n.Sent-3-4-5 {
		t.Errorf("%d packets of %d in the capture", len(seen), n.Sent)
	}
	first, last := counterOf(seen[0]), counterOf(seen[len(seen)-1])
	if int(last-first) != n.Sent-1-3 {
		t.Errorf("the sender counted %d packets of %d", last-first+1, n.Sent)
	}
	r := lastReport(t, ports[52100][Client], video.SSRC)
	if r.TotalLost != 3+4+2 || r.LastSequenceNumber != uint32(video.FirstSeq)+uint32(n.Sent-1) {
		t.Errorf("the client reports %+v", r)
	}
}

// counterOf is the number of a packet in its extension 4.
func counterOf(b []byte) uint32 {
	head := 12 + 4*int(b[0]&15)
	x := Slot{Extension: b[head+4 : head+4+4*int(binary.BigEndian.Uint16(b[head+2:]))]}
	return binary.BigEndian.Uint32(append([]byte{0}, x.element(4)[:3]...))
}

// TestNativeDelay: clocks come back after as long as is said, and so do the reports' round trips.
func TestNativeDelay(t *testing.T) {
	c := faulty(func(*RTPStream) {})
	c.Delay = func(side Side, at time.Duration) time.Duration {
		if side == Server && at > 10*time.Second {
			return min(at-10*time.Second, 3*time.Second) / 100
		}
		return 0
	}
	s := New(7, Start)
	truth := s.NativeCall(c)
	for side, want := range [2][2]time.Duration{{500 * time.Microsecond, 500 * time.Microsecond},
		{42 * time.Millisecond, 102 * time.Millisecond}} {
		list := truth.Trips[side]
		first, last := list[0].Taken, list[len(list)-1].Taken
		if len(list) < 60 || first != want[0] || last != want[1] {
			t.Errorf("side %d: %d trips from %v to %v, want %v", side, len(list), first, last, want)
		}
	}
	for _, x := range echoes(s.Capture(), 52100) {
		since, want := x.at.Sub(Start), 42*time.Millisecond
		if since > 14*time.Second {
			want = 102 * time.Millisecond
		}
		rising := since > 10*time.Second && since < 14*time.Second
		if !rising && (x.took < want-2*time.Millisecond || x.took > want+time.Millisecond) {
			t.Errorf("after %v the clock came back in %v", since, x.took)
		}
	}
}

// echo is a MARI to a port, and how long the clock in it took to come back.
type echo struct {
	at   time.Time
	took time.Duration
}

func echoes(c *Capture, port uint16) (list []echo) {
	passed := map[string]time.Time{}
	for _, f := range c.Frames {
		b := f.Data[42:]
		from, to := binary.BigEndian.Uint16(f.Data[34:]), binary.BigEndian.Uint16(f.Data[36:])
		switch {
		case from == port && ofRTP(b):
			x := Slot{Extension: b[20:]}
			passed[string(x.clock())] = f.Time
		case to == port && isMARI(b):
			list = append(list, echo{f.Time, f.Time.Sub(passed[string(b[20:24])])})
		}
	}
	return list
}

func ofRTP(b []byte) bool { return b[0]>>6 == 2 && b[1]&0x7f < 64 || b[1]&0x7f > 95 }

// TestNativeSecrets: whoever encrypts says nothing: neither names nor clocks are in what is no RTP.
func TestNativeSecrets(t *testing.T) {
	for name, change := range map[string]func(*NativeCall){
		"sealed":  func(c *NativeCall) { c.Sealed = true },
		"browser": func(c *NativeCall) { c.Generation = Browser },
	} {
		c := faulty(func(*RTPStream) {})
		change(&c)
		control := 0
		for _, sides := range play(c) {
			for _, list := range sides {
				for _, b := range list {
					if b[0]>>6 != 2 || ofRTP(b) {
						continue
					}
					control++
					if e := len(b) - 14; b[e]>>7 != 1 || isMARI(b) {
						t.Fatalf("%s: RTCP in clear: %x", name, b)
					}
				}
			}
		}
		if control < 80 {
			t.Errorf("%s: %d RTCP packets", name, control)
		}
	}
}

// TestForge: each kind is made, none stands in place of a genuine one.
func TestForge(t *testing.T) {
	s := New(7, Start)
	call := faulty(func(*RTPStream) {})
	call.Talkers = 2
	s.NativeCall(call)
	genuine := s.Capture()
	for _, k := range Forgeries() {
		c, n := genuine.Forge(1, k)
		if n < 3 || len(c.Frames) != len(genuine.Frames)+n {
			t.Errorf("%s: %d", k.Name, n)
		}
	}
}
