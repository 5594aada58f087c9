package signatures

// stunIndex holds the STUN signs by value.
type stunIndex struct {
	software   map[string]*Row
	attributes map[uint16]*Row
	usernames  map[string]*Row
}

// STUNSoftware finds the row of a SOFTWARE value (RFC 8489 section 14.14), compared as it stands.
func (p *Pack) STUNSoftware(value string) (*Row, bool) {
	r, ok := p.stun.software[value]
	return r, ok
}

// STUNAttribute finds the row of an attribute type. A row of class weak is Cisco's, but no sign of Webex by itself.
func (p *Pack) STUNAttribute(attr uint16) (*Row, bool) {
	r, ok := p.stun.attributes[attr]
	return r, ok
}

// STUNUsername finds the row of a USERNAME value.
func (p *Pack) STUNUsername(value string) (*Row, bool) {
	r, ok := p.stun.usernames[value]
	return r, ok
}

func (x *stunIndex) compile(rows []*Row) {
	*x = stunIndex{map[string]*Row{}, map[uint16]*Row{}, map[string]*Row{}}
	for _, r := range rows {
		switch s := r.STUN; {
		case s == nil:
		case s.Software != "":
			setFirst(x.software, s.Software, r)
		case s.Username != "":
			setFirst(x.usernames, s.Username, r)
		default:
			setFirst(x.attributes, s.Attribute, r)
		}
	}
}

// setFirst keeps what is there: rows come by falling priority.
func setFirst[K comparable, V any](m map[K]V, k K, v V) {
	if _, taken := m[k]; !taken {
		m[k] = v
	}
}
