package analyzer

import (
	"context"
	"net/netip"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
)

// Lookups gives the DNS questions of all flows of a capture, those too that no record has because the pack does not know the name. Its
// error is that of reading: what was read before counts.
func Lookups(file string, each func(proto string, a, b netip.AddrPort, l dissect.Lookup)) error {
	p := newPipeline(&Config{Files: []string{file}, Dedup: DedupOff, Workers: 1}, func(netip.Addr) bool { return true })
	if err := p.open(); err != nil {
		return err
	}
	err := p.run(context.Background())
	for _, e := range p.expired() {
		if e.facts.DNS == nil {
			continue
		}
		k := &e.flow.Key
		for _, l := range e.facts.DNS.List {
			each(protoName(k.Proto), netip.AddrPortFrom(k.Addr(flow.A).Netip(), k.PortA), netip.AddrPortFrom(k.Addr(flow.B).Netip(), k.PortB), l)
		}
	}
	return err
}
