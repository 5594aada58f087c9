package doctor

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/wording"
)

// headers is what a frame has beyond the MTU at most: Ethernet, and two VLAN tags.
const headers = 14 + 2*4

// heard is what came from an interface in a moment.
type heard struct {
	frames, longer, drops int64
}

// Interface opens the ring of an interface as a capture does, listens for a moment, and looks at its offloads. An
// address that mirrors are sent to (vxlan://, say) is opened only.
func Interface(name string, ringMiB int, promiscuous bool, listen time.Duration) []Check {
	c := Check{Name: "interface", State: OK}
	s, err := capture.OpenLive(name, capture.LiveOptions{RingMiB: ringMiB, Promiscuous: promiscuous})
	if err != nil {
		c.State, c.Text, c.Do = Fault, err.Error(), "see webexaudit interfaces"
		switch {
		case errors.Is(err, os.ErrPermission):
			c.Do = rights
		case strings.Contains(err.Error(), "cannot allocate memory"):
			c.Do = "ask for a smaller ring (-B MiB)"
		}
		return []Check{c}
	}
	defer s.Close()
	mode := ""
	if promiscuous {
		mode = " in promiscuous mode"
	}
	if _, remote, _ := capture.ParseRemote(name); remote {
		c.Text = name + ": can be received"
		return []Check{c}
	}
	i, err := net.InterfaceByName(name)
	if err != nil {
		c.State, c.Text = Fault, fmt.Sprintf("%s: %v", name, err)
		return []Check{c}
	}
	h, err := hear(s, i.MTU, listen)
	c.Text = fmt.Sprintf("%s: opened%s; its ring has the size asked for", name, mode)
	if err != nil {
		c.State, c.Text = Fault, fmt.Sprintf("%s: opened, and then: %v", name, err)
	}
	on, ok := activeFeatures(name)
	return []Check{c, drops(name, h, listen), judgeOffload(name, i.MTU, on, ok, h)}
}

// hear reads for a moment.
func hear(s capture.Source, mtu int, listen time.Duration) (h heard, err error) {
	for b, end := new(capture.Block), time.Now().Add(listen); err == nil && time.Now().Before(end); {
		err = s.Next(b)
		h.frames += int64(len(b.Frames))
		for _, f := range b.Frames {
			if int(f.WireLen) > mtu+headers {
				h.longer++
			}
		}
	}
	if d := s.Info().KernelDrops; d != nil {
		h.drops = *d
	}
	return h, err
}

func drops(name string, h heard, listen time.Duration) Check {
	c := Check{Name: "drops", State: OK, Text: fmt.Sprintf("%s: %s in %v, none dropped", name,
		wording.Count(h.frames, "frame", "frames"), listen)}
	switch {
	case h.drops > 0:
		c.State = Advice
		c.Text = fmt.Sprintf("%s: %s in %v, and %d dropped, for which the ring had no place", name,
			wording.Count(h.frames, "frame", "frames"), listen, h.drops)
		c.Do = "enlarge the ring (-B 256), or capture less of it (-f)"
	case h.frames == 0:
		c.State = Advice
		c.Text = fmt.Sprintf("%s: nothing came in %v", name, listen)
		c.Do = "if there should be traffic, look at the mirror session of the switch and at the cable"
	}
	return c
}

// rights is how a program gets the right to listen.
const rights = "run as root, or once: setcap cap_net_raw+ep on the program, or as the service webexaudit-watch@IF, " +
	"which has it (AmbientCapabilities=CAP_NET_RAW)"

// feature is an offload that changes what a capture sees: its name in the kernel, and the one that ethtool -K takes.
type feature struct {
	kernel, flag string
	udp          bool // joins packets of UDP too
}

var features = []feature{
	{"rx-gro", "gro", false}, {"rx-gro-hw", "rx-gro-hw", false}, {"rx-lro", "lro", false},
	{"rx-udp-gro-forwarding", "rx-udp-gro-forwarding", true}, {"rx-gro-list", "rx-gro-list", true},
}

// Offload tells what joins packets of an interface before a capture sees them, by its settings; false where these
// cannot be asked for.
func Offload(name string) (Check, bool) {
	on, ok := activeFeatures(name)
	return judgeOffload(name, 0, on, ok, heard{}), ok
}

// judgeOffload tells it by the settings, and by what was seen.
func judgeOffload(name string, mtu int, on map[string]bool, ok bool, h heard) Check {
	c := Check{Name: "offload", State: OK, Text: name + ": nothing joins packets before they are seen"}
	var flags, names []string
	udp := false
	for _, f := range features {
		if on[f.kernel] {
			names, flags = append(names, f.flag), append(flags, f.flag+" off")
			udp = udp || f.udp
		}
	}
	off := "ethtool -K " + name + " " + strings.Join(flags, " ")
	switch {
	case udp:
		c.State, c.Do = Advice, off
		c.Text = fmt.Sprintf("%s: packets of UDP are joined before they are seen (%s): loss and jitter of media would be wrong",
			name, strings.Join(names, ", "))
	case len(names) > 0:
		c.Text = fmt.Sprintf("%s: segments of TCP are joined before they are seen (%s): they are counted as fewer packets than "+
			"on the wire, and media in UDP is not touched (%s shows the wire)", name, strings.Join(names, ", "), off)
	case !ok:
		c.Text = name + ": offloads cannot be asked for here"
	}
	if h.longer > 0 {
		c.Text += fmt.Sprintf("; %d of %d frames were longer than the MTU of %d", h.longer, h.frames, mtu)
	}
	return c
}
