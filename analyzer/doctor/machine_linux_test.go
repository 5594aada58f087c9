package doctor

import (
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"webexaudit/analyzer/pcaptest/wire"
	"webexaudit/analyzer/privilege"
)

func TestJudgeClock(t *testing.T) {
	want(t, judgeClock(unix.TIME_OK, unix.STA_PLL, 1500, nil), OK, "at most 1.5 ms wrong", "")
	want(t, judgeClock(unix.TIME_ERROR, 0, 0, nil), Advice, "nothing keeps the clock right", "chrony")
	want(t, judgeClock(unix.TIME_OK, unix.STA_UNSYNC, 0, nil), Advice, "nothing keeps the clock right", "chrony")
	want(t, judgeClock(0, 0, 0, unix.EPERM), OK, "cannot be asked here", "")
}

// TestWithoutRights: who has no capability is told so, whatever the machine could do.
func TestWithoutRights(t *testing.T) {
	var c Check
	var list []Check
	err := privilege.Try(privilege.Identity{UID: 65534, GID: 65534}, func() error {
		c = Permission()
		list = Interface("lo", 1, true, 0)
		return nil
	})
	if err != nil {
		t.Skip(err)
	}
	want(t, c, Fault, "cannot be opened: operation not permitted (user 65534, with no capability", "AmbientCapabilities=CAP_NET_RAW")
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	want(t, list[0], Fault, "lo: live capture is not possible: operation not permitted", "setcap cap_net_raw+ep")
}

// TestInterface: a pair of interfaces is opened, what joins packets there is what ethtool sets, and what is not there
// is a fault.
func TestInterface(t *testing.T) {
	wire.In(t, wire.Plain, func() {
		want(t, Permission(), OK, "can be opened", "")
		list := Interface("v1", 1, true, 100*time.Millisecond)
		if len(list) != 3 {
			t.Errorf("%+v", list)
			return
		}
		want(t, list[0], OK, "v1: opened in promiscuous mode", "")
		if on, ok := activeFeatures("v1"); !ok || !on["tx-checksum-ip-generic"] || on["rx-udp-gro-forwarding"] {
			t.Errorf("features %v %v", on, ok)
		}
		if err := exec.Command("ethtool", "-K", "v1", "rx-udp-gro-forwarding", "on").Run(); err == nil {
			want(t, Interface("v1", 1, false, 0)[2], Advice, "rx-udp-gro-forwarding", "ethtool -K v1 ")
		}
		want(t, Interface("v7", 1, true, 0)[0], Fault, "no such interface", "webexaudit interfaces")
	})
}
