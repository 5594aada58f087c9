package audit

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
)

// identifierFields are Wireshark's names for what tells tunnels apart. What is missing has none that a filter can use.
var identifierFields = map[string]string{
	"vxlan": "vxlan.vni", "geneve": "geneve.vni", "gre": "gre.key", "gtp-u": "gtp.teid", "mpls": "mpls.label", "pppoe": "pppoe.session_id",
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
		parts = append(parts, fmt.Sprintf("(vlan.id == %[1]d || ieee8021ad.id == %[1]d)", n.OuterVLAN))
	}
	if n.InnerVLAN != 0 {
		parts = append(parts, fmt.Sprintf("vlan.id == %d", n.InnerVLAN))
	}
	if field := identifierFields[n.Tunnel]; field != "" {
		parts = append(parts, fmt.Sprintf("%s == %d", field, n.ID))
	}
	if n.Tunnel == "nvgre" { // its key is the virtual subnet and eight bits that tell flows apart
		parts = append(parts, fmt.Sprintf("gre.key >= %d && gre.key <= %d", n.ID<<8, n.ID<<8|0xff))
	}
	switch len(parts) {
	case 0:
		return "!vlan && !ieee8021ad"
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, " && ") + ")"
}
