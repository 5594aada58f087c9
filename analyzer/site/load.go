package site

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"

	"webexaudit/analyzer/yamldoc"
)

// Vantages are the places of capture that may be declared.
func Vantages() []string {
	return []string{"access", "inside", "wan", "dmz", "mesh", "proxy-inside", "proxy-outside"}
}

// Load reads a site file. Name stands in the messages. Every key is optional and an unknown one is a fault; all faults
// are reported together, joined, each as "name:line: key: what". An empty file is an empty site.
func Load(r io.Reader, name string) (*Site, error) {
	doc, body, err := yamldoc.Open(r, name)
	if err != nil {
		return nil, err
	}
	l := loader{Reader: doc, site: new(Site)}
	if body != nil {
		l.top(body)
		l.contradictions(body)
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(doc.Text)
	l.site.digest = hex.EncodeToString(sum[:])
	return l.site, nil
}

// loader reads the keys of a site file.
type loader struct {
	*yamldoc.Reader
	site *Site
}

// key is one key of the site file and what reads its value. To add a key, add a line in keys.
type key struct {
	name string
	read func(l *loader, path string, value yamldoc.Node)
}

func keys() []key {
	return []key{
		{"vantage", (*loader).vantage},
		{"internal", (*loader).internal},
		{"sites", (*loader).sites},
		{"proxies", (*loader).proxies},
		{"corporate_cas", (*loader).authorities},
		{"expressway_c", members(ExpresswayC)},
		{"expressway_e", members(ExpresswayE)},
		{"video_mesh", members(VideoMesh)},
		{"local_gateways", members(LocalGateway)},
		{"edge_audio", members(EdgeAudio)},
		{"phones", members(Phone)},
		{"room_devices", members(RoomDevice)},
		{"vpn_pools", members(VPNPool)},
		{"pcp", (*loader).priorities},
		{"allow_list", (*loader).allowList},
		{"edge_connect", (*loader).edgeConnect},
		{"hosts", (*loader).hosts},
		{"switch_classifies", (*loader).switchClassifies},
		{"shared_addresses", (*loader).sharedAddresses},
		{"dns_resolvers", (*loader).dnsResolvers},
		{"block_pages", (*loader).blockPages},
		{"rtp_ports", (*loader).rtpPorts},
		{"expressway_clusters", (*loader).clusters},
		{"uplinks", (*loader).uplinks},
	}
}

func (l *loader) top(n yamldoc.Node) {
	known := keys()
	l.Mapping(n, "", func(path, name string, value yamldoc.Node) bool {
		i := slices.IndexFunc(known, func(k key) bool { return k.name == name })
		if i < 0 {
			return false
		}
		known[i].read(l, path, value)
		return true
	})
}
