package decode

import (
	"fmt"
	"slices"
	"strings"
)

// Decap says which tunnels are decapsulated. The zero value takes all. What has no outer packet (MPLS, PPPoE and tags
// behind an Ethernet header) is decapsulated in any case: there is no outer flow to keep.
type Decap struct {
	some bool // only those of set
	set  uint32
}

// ParseDecap reads "auto" (all), "off" (none), or a list of names as they stand in records, with commas.
func ParseDecap(text string) (Decap, error) {
	switch text {
	case "", "auto":
		return Decap{}, nil
	case "off":
		return Decap{some: true}, nil
	}
	d := Decap{some: true}
	for name := range strings.SplitSeq(text, ",") {
		i := slices.Index(tunnelNames[:], strings.TrimSpace(name))
		if i <= 0 {
			return Decap{}, fmt.Errorf("unknown encapsulation %q: want auto, off, or some of %s", name, strings.Join(tunnelNames[1:], ", "))
		}
		d.set |= 1 << i
	}
	return d, nil
}

// TunnelNames lists what ParseDecap knows.
func TunnelNames() []string { return slices.Clone(tunnelNames[1:]) }

func (c Decap) allows(t Tunnel) bool {
	return !c.some || c.set&(1<<t) != 0 || linkTunnels&(1<<t) != 0
}

const linkTunnels = 1<<TunnelMPLS | 1<<TunnelPPPoE | 1<<TunnelVNTag | 1<<TunnelCMD
