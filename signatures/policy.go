package signatures

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
)

// PolicyMatch is a rule or constant of the pack.
type PolicyMatch struct {
	Row    *Row
	Values []string
}

// Policy finds a rule or constant by key, such as "device-media-via-proxy" ("never", later "allowed") or
// "proxy-auth-app-windows" (the schemes).
func (p *Pack) Policy(key string) (PolicyMatch, bool) {
	r := p.policies[key]
	if r == nil {
		return PolicyMatch{}, false
	}
	return PolicyMatch{r, r.Policy.Values}, true
}

// VideoLines is how many lines the picture has for which a bit rate is enough, by the ladder in force: its first step
// whose ceiling holds the rate, or the last one. 0: the pack has no ladder.
func (p *Pack) VideoLines(bps float64) (lines int) {
	m, _ := p.Policy("video-ladder")
	for _, step := range m.Values {
		var ceiling float64
		if _, err := fmt.Sscanf(step, "%d lines: %f b/s", &lines, &ceiling); err == nil && bps <= ceiling {
			break
		}
	}
	return lines
}

// ASN finds the row of an autonomous system number.
func (p *Pack) ASN(number uint32) (*Row, bool) {
	r, ok := p.asns[number]
	return r, ok
}

// Owner finds the row of the autonomous system in whose space an address lies, of those whose prefixes the pack has.
func (p *Pack) Owner(a netip.Addr) (*Row, bool) { return p.owners.Lookup(a.Unmap().WithZone("")) }

// BlockPage finds the row of an address that a DNS filter answers with in place of those it denies.
func (p *Pack) BlockPage(a netip.Addr) (*Row, bool) {
	r, ok := p.blockPages[a.Unmap().WithZone("")]
	return r, ok
}

// UserAgent finds the row of a User-Agent field in clear HTTP. It is a hint only: anybody can send it.
func (p *Pack) UserAgent(value string) (*Row, bool) {
	for _, r := range p.agents {
		for _, prefix := range r.UserAgent.Prefixes {
			if len(value) >= len(prefix) && strings.EqualFold(value[:len(prefix)], prefix) {
				return r, true
			}
		}
	}
	return nil, false
}

// Datagram finds the row of a UDP payload by its first bytes and the server's port. Like a port it says nothing without
// a Webex address or name.
func (p *Pack) Datagram(serverPort int, payload []byte) (*Row, bool) {
	for _, r := range p.probes {
		if int(r.Datagram.Port) != serverPort {
			continue
		}
		for _, prefix := range r.Datagram.raw {
			if bytes.HasPrefix(payload, prefix) {
				return r, true
			}
		}
	}
	return nil, false
}
