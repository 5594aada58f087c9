package signatures

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// Pack is the set of rows that was valid on one date, compiled for look-up. Read-only, safe for concurrent use.
type Pack struct {
	ID     string
	Date   string // YYYY-MM-DD
	Title  string
	Digest string // SHA-256, hexadecimal, over the canonical text of the rows: examples and file positions do not count

	rows []*Row // by id
	byID map[string]*Row

	names      nameIndex
	addrs      addrIndex
	ports      portIndex
	stun       stunIndex
	payloads   payloadIndex
	issuers    []*Row // interception first, so that an inspecting CA named after a public one is not taken for it
	ciphers    cipherIndex
	policies   map[string]*Row
	asns       map[uint32]*Row
	owners     bart.Table[*Row] // of ASN rows with prefixes
	blockPages map[netip.Addr]*Row
	agents     []*Row
	probes     []*Row
}

// packSpec is the definition of a pack: its date decides which rows it holds.
type packSpec struct {
	id, date, title string
	with, without   []string // row ids held, or left out, whatever their dates say
	at              Position
}

// build cuts and compiles all packs.
func (c *Catalog) build(faults *Faults) {
	texts := map[string]string{} // most rows are the same in all packs
	for _, spec := range c.specs {
		p := c.cut(spec)
		p.checkClaims(faults)
		p.compile()
		p.names.check("in pack "+p.ID, nil, faults)
		p.Digest = p.seal(texts)
		c.packs = append(c.packs, entry{spec, func() *Pack { return p }})
	}
	slices.SortFunc(c.packs, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.id, b.id))
	})
	c.cutPeriods()
	if len(*faults) == 0 { // else they would be told again
		c.checkPeriods(faults)
	}
}

// cut selects the rows of a pack.
func (c *Catalog) cut(spec packSpec) *Pack {
	p := &Pack{ID: spec.id, Date: spec.date, Title: spec.title, byID: map[string]*Row{}}
	for _, id := range slices.Sorted(maps.Keys(c.rows)) {
		if r := c.rows[id].in(spec); r != nil {
			p.rows = append(p.rows, r)
			p.byID[id] = r
		}
	}
	return p
}

// in is the row as it stands in a pack, nil where the pack does not hold it.
func (r *Row) in(spec packSpec) *Row {
	if slices.Contains(spec.without, r.ID) {
		return nil
	}
	d := r.dated(spec.date)
	if d == nil && slices.Contains(spec.with, r.ID) {
		copied := *r
		d = &copied
	}
	return d
}

// byPriority are the rows, those of higher priority first: of two that claim the same input they answer.
func (p *Pack) byPriority() []*Row {
	rows := slices.Clone(p.rows)
	slices.SortStableFunc(rows, func(a, b *Row) int { return cmp.Compare(b.Priority, a.Priority) })
	return rows
}

// checkClaims reports rows that claim the same input without different priorities.
func (p *Pack) checkClaims(faults *Faults) {
	claimed := map[string]*Row{}
	for _, r := range p.byPriority() {
		for _, claim := range r.claims() {
			if other := claimed[claim]; other == nil {
				claimed[claim] = r
			} else if other.Priority == r.Priority {
				faults.add(r.At, r.ID, "overlaps with %s (%s) on %s in pack %s; give one a priority", other.ID, other.At, claim, p.ID)
			}
		}
	}
}

// compile fills the look-up tables.
func (p *Pack) compile() {
	byPriority := p.byPriority()
	p.names.compile(byPriority)
	p.addrs.compile(byPriority)
	p.ports.compile(byPriority)
	p.stun.compile(byPriority)
	p.payloads.compile(byPriority)
	p.compileIssuers(byPriority)
	p.ciphers.compile(byPriority)
	p.compileOthers(byPriority)
}

func (p *Pack) compileOthers(rows []*Row) {
	p.policies, p.asns, p.blockPages = map[string]*Row{}, map[uint32]*Row{}, map[netip.Addr]*Row{}
	for _, r := range rows {
		switch {
		case r.Policy != nil:
			if p.policies[r.Policy.Key] == nil {
				p.policies[r.Policy.Key] = r
			}
		case r.ASN != nil:
			for _, n := range r.ASN.Numbers {
				if p.asns[n] == nil {
					p.asns[n] = r
				}
			}
			for _, text := range r.ASN.Prefixes {
				if pfx, err := netip.ParsePrefix(text); err == nil {
					p.owners.Insert(pfx, r)
				}
			}
		case r.UserAgent != nil:
			p.agents = append(p.agents, r)
		case r.BlockPage != nil:
			for _, text := range r.BlockPage.Addresses {
				if a, err := netip.ParseAddr(text); err == nil && p.blockPages[a] == nil {
					p.blockPages[a] = r
				}
			}
		case r.Datagram != nil:
			p.probes = append(p.probes, r)
		}
	}
}

// seal computes the digest. texts keeps the canonical texts from pack to pack.
func (p *Pack) seal(texts map[string]string) string {
	h := sha256.New()
	for _, r := range p.rows {
		key := r.ID + " " + r.Retired
		if texts[key] == "" {
			texts[key] = canonical(r)
		}
		h.Write([]byte(texts[key]))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// canonical is the row as one line of JSON.
func canonical(r *Row) string {
	text, err := json.Marshal(r)
	if err != nil {
		panic("signatures: row " + r.ID + ": " + err.Error()) // no member of Row can fail to marshal
	}
	return string(text) + "\n"
}

// Rows are the rows of the pack by id, retired ones included.
func (p *Pack) Rows() []*Row { return p.rows }

// Row finds a row by id.
func (p *Pack) Row(id string) (*Row, bool) {
	r, ok := p.byID[id]
	return r, ok
}

// Change is one difference between two packs.
type Change struct {
	ID     string
	What   string // added, removed, retired, restored, changed
	Before *Row   // nil where added
	After  *Row   // nil where removed
}

// Diff lists what changed from pack a to pack b, by row id.
func Diff(a, b *Pack) []Change {
	ids := map[string]bool{}
	for id := range a.byID {
		ids[id] = true
	}
	for id := range b.byID {
		ids[id] = true
	}
	var out []Change
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		c := Change{ID: id, Before: a.byID[id], After: b.byID[id]}
		switch {
		case c.Before == nil:
			c.What = "added"
		case c.After == nil:
			c.What = "removed"
		case canonical(c.Before) == canonical(c.After):
			continue
		case c.Before.Retired == "" && c.After.Retired != "":
			c.What = "retired"
		case c.Before.Retired != "" && c.After.Retired == "":
			c.What = "restored"
		default:
			c.What = "changed"
		}
		out = append(out, c)
	}
	return out
}
