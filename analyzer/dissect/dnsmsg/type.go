package dnsmsg

import "strconv"

// Type is the type of a record or question (IANA registry "Resource Record (RR) TYPEs").
type Type uint16

// The types that matter here.
const (
	A     Type = 1
	NS    Type = 2
	CNAME Type = 5
	SOA   Type = 6
	PTR   Type = 12
	MX    Type = 15
	TXT   Type = 16
	AAAA  Type = 28
	SRV   Type = 33
	NAPTR Type = 35
	DNAME Type = 39
	SVCB  Type = 64
	HTTPS Type = 65
	ANY   Type = 255
)

// String is the mnemonic, or TYPE and the number (RFC 3597 section 5).
func (t Type) String() string {
	switch t {
	case A:
		return "A"
	case NS:
		return "NS"
	case CNAME:
		return "CNAME"
	case SOA:
		return "SOA"
	case PTR:
		return "PTR"
	case MX:
		return "MX"
	case TXT:
		return "TXT"
	case AAAA:
		return "AAAA"
	case SRV:
		return "SRV"
	case NAPTR:
		return "NAPTR"
	case DNAME:
		return "DNAME"
	case SVCB:
		return "SVCB"
	case HTTPS:
		return "HTTPS"
	case ANY:
		return "ANY"
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// RCode is the response code of the header; the upper bits that EDNS adds are not read.
type RCode uint8

// The response codes (RFC 1035 section 4.1.1, RFC 2136 section 2.2).
const (
	NoError  RCode = 0
	FormErr  RCode = 1
	ServFail RCode = 2
	NXDomain RCode = 3
	NotImp   RCode = 4
	Refused  RCode = 5
)

var rcodes = [...]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"}

// String is the mnemonic, or RCODE and the number.
func (r RCode) String() string {
	if int(r) < len(rcodes) {
		return rcodes[r]
	}
	return "RCODE" + strconv.Itoa(int(r))
}
