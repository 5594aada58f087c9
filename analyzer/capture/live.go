package capture

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/bpf"
)

// LiveOptions are the settings of a live capture. The zero value takes whole frames of what the interface receives and
// sends anyway.
type LiveOptions struct {
	Snaplen     int  // bytes to keep of each frame; 0: all
	RingMiB     int  // memory that the kernel fills while the caller is busy; 0: 64
	Promiscuous bool // also frames for other stations, as on a mirror port
	Filter      Filter
	Notice      func(text string) // told when an interface goes and when it is back; may be nil
}

// Ring is how much memory a live capture takes for its ring, in MiB.
func (o LiveOptions) Ring() int {
	if o.RingMiB <= 0 {
		return defaultRing
	}
	return o.RingMiB
}

// Filter makes the program that says which frames of a link are taken; nil takes all. For frames whose outer VLAN tag
// the kernel has taken off (untagged), the program asks the kernel for it.
type Filter func(link LinkType, untagged bool) ([]bpf.RawInstruction, error)

// program is a copy of what the filter makes, for a link; none without a filter.
func (f Filter) program(link LinkType, untagged bool) ([]bpf.RawInstruction, error) {
	if f == nil {
		return nil, nil
	}
	program, err := f(link, untagged)
	return slices.Clone(program), err
}

// OpenLive captures on an interface, or receives what another machine mirrors ([Remote]). Next returns after some
// 200 ms at the latest, with an empty block if nothing came. The errors wrap [ErrLive]; a missing permission also
// [os.ErrPermission].
func OpenLive(name string, o LiveOptions) (Source, error) {
	r, is, err := ParseRemote(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrLive, err)
	case is:
		return openRemote(name, r, o)
	}
	return openInterface(name, o)
}

// InterfaceInfo is a network interface of this machine.
type InterfaceInfo struct {
	Name      string
	Up        bool
	Loopback  bool
	Addresses []netip.Prefix
}

// Interfaces lists the network interfaces of this machine in the order of their indexes.
func Interfaces() ([]InterfaceInfo, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("network interfaces: %w", err)
	}
	infos := make([]InterfaceInfo, 0, len(all))
	for _, i := range all {
		info := InterfaceInfo{Name: i.Name, Up: i.Flags&net.FlagUp != 0, Loopback: i.Flags&net.FlagLoopback != 0}
		addrs, err := i.Addrs()
		if err != nil {
			return nil, fmt.Errorf("addresses of %s: %w", i.Name, err)
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				info.Addresses = append(info.Addresses, p)
			}
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// noDevice is the error for an interface that does not exist.
func noDevice(name string) error {
	infos, _ := Interfaces()
	names := make([]string, len(infos))
	for i := range infos {
		names[i] = infos[i].Name
	}
	return fmt.Errorf("%s: %w: no such interface (there are: %s)", name, ErrLive, strings.Join(names, ", "))
}
