package capture

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Remote is where frames are sent to, or fetched from, by another machine's mirror: vxlan://:4789.
type Remote struct {
	Scheme string
	Host   netip.Addr // to listen at (not valid: at all), or to connect to
	Port   uint16
}

// defaultPorts are those of IANA for VXLAN and Geneve, and those that everybody uses for the others.
var defaultPorts = map[string]uint16{"erspan": 0, "vxlan": 4789, "geneve": 6081, "tzsp": 37008, pcapOverIP: 57012}

const pcapOverIP = "pcap-over-ip"

// ParseRemote reads SCHEME://[HOST][:PORT]. The name of an interface is none (false, and no error).
func ParseRemote(name string) (r Remote, is bool, err error) {
	scheme, rest, is := strings.Cut(name, "://")
	if !is {
		return r, false, nil
	}
	port, known := defaultPorts[scheme]
	if !known {
		all := slices.Sorted(maps.Keys(defaultPorts))
		return r, true, fmt.Errorf("%s: want one of %s://", name, strings.Join(all, "://, "))
	}
	r = Remote{Scheme: scheme, Port: port}
	host, number := splitPort(strings.TrimSuffix(rest, "/"))
	if number != "" {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || n == 0 || scheme == "erspan" {
			return r, true, fmt.Errorf("%s: %q is no port here", name, number)
		}
		r.Port = uint16(n)
	}
	if host == "" {
		if scheme == pcapOverIP {
			return r, true, fmt.Errorf("%s: the address to connect to is missing", name)
		}
		return r, true, nil
	}
	if r.Host, err = netip.ParseAddr(host); err != nil {
		return r, true, fmt.Errorf("%s: %q is no IP address (names are not looked up)", name, host)
	}
	return r, true, nil
}

// splitPort takes apart 192.0.2.1:5, [::1]:5, :5 and addresses without a port.
func splitPort(text string) (host, port string) {
	if inner, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]"); ok && strings.HasPrefix(text, "[") {
		return inner, strings.TrimPrefix(rest, ":")
	}
	if strings.Count(text, ":") == 1 {
		host, port, _ = strings.Cut(text, ":")
		return host, port
	}
	return text, ""
}

// Connects reports whether frames are fetched over TCP; else they come by themselves, over UDP or (erspan) GRE.
func (r Remote) Connects() bool { return r.Scheme == pcapOverIP }

func (r Remote) address() string { return netip.AddrPortFrom(r.Host, r.Port).String() }

// openRemote opens a mirror's frames as a source. Its errors wrap [ErrLive].
func openRemote(name string, r Remote, o LiveOptions) (Source, error) {
	var s Source
	var err error
	switch {
	case r.Connects():
		s, err = openOverIP(name, r, o)
	case o.Filter != nil:
		err = errors.New("a capture filter cannot look into what is mirrored this way; filter where the mirror is set up")
	default:
		s, err = openTunnel(name, r, o)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrLive, err)
	}
	return s, nil
}

// permission tells what to do where the kernel does not let us.
func permission(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w (%s)", err, needRights)
	}
	return err
}

const needRights = "run as root, or once: setcap cap_net_raw+ep on the program"
