package audit

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
)

// identifierFields are Wireshark's names for what tells tunnels apart. What is missing has none that a filter can use.
var identifierFields = map[string]string{
	"vxlan": "vxlan.vni", "geneve": "geneve.vni", "nvgre": "gre.key.vsid", "gre": "gre.key", "gtp-u": "gtp.teid", "mpls": "mpls.label", "pppoe": "pppoe.session_id",
}

// anyNetwork is the display filter for packets of any of the networks.
func anyNetwork(list []record.Network) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = networkFilter(n)
	}
	if len(words) == 1 {
		return words[0]
	}
	return "(" + strings.Join(words, " || ") + ")"
}

func networkFilter(n record.Network) string {
	var parts []string
	if n.OuterVLAN != 0 {
		parts = append(parts, fmt.Sprintf("vlan.id == %d", n.OuterVLAN))
	}
	if n.InnerVLAN != 0 {
		parts = append(parts, fmt.Sprintf("vlan.id == %d", n.InnerVLAN))
	}
	if field := identifierFields[n.Tunnel]; field != "" {
		parts = append(parts, fmt.Sprintf("%s == %d", field, n.ID))
	}
	switch len(parts) {
	case 0:
		return "!vlan"
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, " && ") + ")"
}
