package export

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"webexaudit/analyzer/record"
)

// How many flows that nobody answered, or that were refused alike, have records of their own, of those that begin in
// the same minute.
const (
	keptAlike   = 100  // from one address to one port of another
	keptStrange = 1000 // to one port of one address, from addresses of which nothing else is seen
)

// kind is what flows have in common for which one record may stand.
type kind struct {
	src, dst                  netip.Addr // src is invalid where they come from addresses of which nothing else is seen
	proto, app, network, name string
	port                      int
	minute                    int64
	webex, stun               bool
	service                   record.Service
	function                  record.Function
	transport                 record.Transport
	media, plan               string
	refusal                   refusal
}

// refusal is how a flow was refused; the zero value: not at all.
type refusal struct {
	ttl        int // of the reset
	from       netip.Addr
	icmp, code int // of the error
}

func refusalOf(f *record.Flow) (r refusal) {
	if t := f.TCP; t != nil && t.ResetTTL != nil {
		r.ttl = *t.ResetTTL
	}
	if e := f.ICMP; e != nil {
		r.from, r.icmp, r.code = e.From, e.Type, e.Code
	}
	return r
}

func kindOf(f *record.Flow) kind {
	return kind{
		src: f.SrcIP, dst: f.DstIP, proto: f.Proto, app: f.App, network: f.Network, name: f.DNSName, port: f.DstPort,
		minute: int64(f.StartTime) / int64(time.Minute), webex: f.Webex, stun: f.STUN != nil, service: f.Service,
		function: f.Function, transport: f.Transport, media: f.MediaClass, plan: f.PortPlan,
		refusal: refusalOf(f),
	}
}

// pile is how many flows of a kind there are, and the record that stands for those beyond the first.
type pile struct {
	flows int
	rest  *record.Flow
	from  map[netip.Addr]bool // sources of the rest, where they are strangers
}

// piles let one record stand for many flows that nobody answered, or that were refused alike, so that a flood takes no
// more room than its beginning. Flows come in the order of time.
type piles struct {
	heard map[netip.Addr]bool // addresses with a flow in both directions
	piles map[kind]*pile

	mu   sync.RWMutex
	full map[kind]bool // kinds of which all flows to come are joined
}

func newPiles(heard map[netip.Addr]bool) *piles {
	return &piles{heard: heard, piles: map[kind]*pile{}, full: map[kind]bool{}}
}

// pileSum are flows of a kind in a range that are joined whatever flows of other ranges come before them.
type pileSum struct {
	rest *record.Flow // of all
	from []netip.Addr
}

// strange takes the source out of a kind where nothing else is seen of it, and reports whether it did.
func (x *piles) strange(k *kind) bool {
	if x.heard[k.src] {
		return false
	}
	k.src = netip.Addr{}
	return true
}

// isFull reports whether a record stands by now for all flows of the kind to come. Any goroutine may ask.
func (x *piles) isFull(k *kind) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.full[*k]
}

// fill notes that a record stands for all flows of the kind to come.
func (x *piles) fill(k *kind) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.full[*k] = true
}

// add adds what a range has of a kind that is full.
func (x *piles) add(k *kind, s *pileSum) {
	p := x.piles[*k]
	join(p.rest, s.rest)
	if p.from != nil {
		for _, a := range s.from {
			p.from[a] = true
		}
	}
}

// place is what becomes of a flow.
type place uint8

// Places: a record of its own; one that stands for those to come, which is finished at the end; none.
const (
	itself place = iota
	standsFor
	joined
)

// place finds the place of an unanswered flow. Those that stand for others are kept.
func (x *piles) place(f *record.Flow) (at place) {
	k := kindOf(f)
	if all := k; x.strange(&all) {
		if p := pileOf(x.piles, all); p.flows > keptStrange {
			if at = p.takeStranger(f); at == standsFor {
				x.fill(&all)
			}
			return at
		}
	}
	p := pileOf(x.piles, k)
	if p.flows <= keptAlike {
		return itself
	}
	if at = p.take(f); at == standsFor {
		x.fill(&k)
	}
	return at
}

// finish counts the sources of the flows that others stand for.
func (x *piles) finish() {
	for k, p := range x.piles {
		if p.rest != nil && !k.src.IsValid() {
			p.rest.Sources = int64(len(p.from))
		}
	}
}

// pileOf counts a flow of the kind.
func pileOf(piles map[kind]*pile, k kind) *pile {
	p := piles[k]
	if p == nil {
		p = &pile{}
		piles[k] = p
	}
	p.flows++
	return p
}

// take adds the flow to the record for the rest, which its first becomes.
func (p *pile) take(f *record.Flow) place {
	if p.rest == nil {
		p.rest = f
		return standsFor
	}
	join(p.rest, f)
	return joined
}

// takeStranger does so with a flow from an address of which nothing else is seen: addresses of floods are forged, and
// nobody is accused by them.
func (p *pile) takeStranger(f *record.Flow) place {
	at := p.take(f)
	if at == standsFor {
		p.from = map[netip.Addr]bool{}
		f.Webex, f.Service, f.Function, f.Confidence, f.SignatureIDs = false, "", "", "", nil
		f.Client, f.ClientSubnet, f.Site, f.Device, f.ClientRole = netip.Addr{}, "", "", "", ""
		f.Reason = "nobody answered, and nothing else is seen of the many addresses that asked: they may be forged"
	}
	p.from[f.SrcIP] = true
	return at
}

// unanswered reports whether nothing is known of a flow but who asked whom, and that nothing came back but a refusal.
func unanswered(f *record.Flow) bool {
	if f.PacketsRev > 0 && !reset(f) || f.Overlap || f.SNI != "" || len(f.Lookups)+len(f.DSCPChanges) > 0 {
		return false
	}
	switch {
	case f.TCP != nil:
		return f.App == "" && opens(f)
	case f.App == "stun":
		return asks(f.STUN)
	}
	return f.Proto == "udp" && f.App == "" && f.PacketsFwd <= maxUnknown && f.STUN == nil && f.DTLS == nil
}

// opens reports whether a connection is SYNs and no more.
func opens(f *record.Flow) bool {
	t := f.TCP
	return t.SYN > 0 && f.PacketsFwd == t.SYN && f.PayloadBytesFwd == 0 && t.Holes == nil &&
		(t.ResetBy == "" && t.End == nil || reset(f))
}

// reset reports whether all that came back are resets, a SYN each at most.
func reset(f *record.Flow) bool {
	t := f.TCP
	return t != nil && t.ResetBy == "rev" && !t.SYNACK && f.PayloadBytesRev == 0 && f.PacketsRev <= t.SYN
}

// maxUnknown is how many packets of UDP a flow has at most of which nothing is known: more may be media.
const maxUnknown = 3

// asks reports whether STUN messages of one end, the source, are requests and no more.
func asks(s *record.STUNFacts) bool {
	return s != nil && s.Requests > 0 && s.Answered == 0 && s.ChannelData == 0 && len(s.Errors)+len(s.Mapped)+
		len(s.Relayed)+len(s.Rebound) == 0 && s.AnswersAfterFwd == nil && s.AnswersAfterRev == nil
}

func addMarks(to *record.DSCP, from record.DSCP) {
	if *to == nil && len(from) > 0 {
		*to = record.DSCP{}
	}
	for mark, n := range from {
		(*to)[mark] += n
	}
}

// join adds what is counted of a flow to the record that stands for it.
func join(r, f *record.Flow) {
	r.Flows = r.Count() + f.Count()
	r.PacketsFwd += f.PacketsFwd
	r.BytesFwd += f.BytesFwd
	r.PayloadBytesFwd += f.PayloadBytesFwd
	r.PacketsRev += f.PacketsRev
	r.BytesRev += f.BytesRev
	r.Duplicates += f.Duplicates
	r.ECNECT += f.ECNECT
	r.ECNCE += f.ECNCE
	r.Fragments += f.Fragments
	addMarks(&r.DSCPFwd, f.DSCPFwd)
	addMarks(&r.PCPFwd, f.PCPFwd)
	addMarks(&r.DSCPRev, f.DSCPRev)
	addMarks(&r.PCPRev, f.PCPRev)
	if f.ICMP != nil {
		r.ICMP.Count += f.ICMP.Count
	}
	if f.EndTime > r.EndTime {
		r.EndTime, r.LastPacket, r.LastFile = f.EndTime, f.LastPacket, f.LastFile
	}
	if t := r.TCP; t != nil {
		t.SYN += f.TCP.SYN
		t.RetransFwd += f.TCP.RetransFwd
		t.RTOFwd += f.TCP.RTOFwd
		t.FastFwd += f.TCP.FastFwd
		t.SpuriousFwd += f.TCP.SpuriousFwd
		t.ZeroWindow += f.TCP.ZeroWindow
	}
	if s := r.STUN; s != nil {
		s.Requests += f.STUN.Requests
		s.Retries += f.STUN.Retries
		for name, n := range f.STUN.Types {
			if _, known := s.Types[name]; !known {
				name = strings.Clone(name) // f may be lent
			}
			s.Types[name] += n
		}
	}
}
