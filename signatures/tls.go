package signatures

// cipherIndex holds the expected suites by name and number.
type cipherIndex struct {
	names map[string]*Row
	ids   map[uint16]*Row
}

// CipherExpected reports whether a suite, by its IANA name, is one that Webex negotiates.
func (p *Pack) CipherExpected(name string) bool { return p.ciphers.names[name] != nil }

// CipherExpectedID is CipherExpected by number, 0xC030.
func (p *Pack) CipherExpectedID(id uint16) bool { return p.ciphers.ids[id] != nil }

// Cipher finds the row that lists a suite, by its IANA name.
func (p *Pack) Cipher(name string) (*Row, bool) {
	r, ok := p.ciphers.names[name]
	return r, ok
}

// MinTLS is the lowest TLS version that Webex accepts: "1.2". It is "" where the pack does not say.
func (p *Pack) MinTLS() string {
	if m, ok := p.Policy("tls-min-version"); ok {
		return m.Values[0]
	}
	return ""
}

func (x *cipherIndex) compile(rows []*Row) {
	*x = cipherIndex{map[string]*Row{}, map[uint16]*Row{}}
	for _, r := range rows {
		if r.Cipher == nil {
			continue
		}
		for _, s := range r.Cipher.Suites {
			setFirst(x.names, s.Name, r)
			setFirst(x.ids, s.ID, r)
		}
	}
}
