package tlswire

import (
	"net/netip"
	"strings"
)

// maxNames bounds the names and key usages kept of one certificate.
const maxNames = 1024

// extensions reads the extension list; false where it ends early or is malformed.
func (c *Cert) extensions(list der) bool {
	for len(list) > 0 {
		ext, ok := list.take(tagSequence)
		if !ok {
			return false
		}
		oid, ok := ext.body.takeWhole(tagOID)
		if !ok {
			return false
		}
		ext.body.take(tagBoolean) // critical
		value, ok := ext.body.take(tagOctetString)
		if !ok || !c.extension(string(oid), value) || !ext.whole {
			return false
		}
	}
	return true
}

// extension reads one extension. Of a cut one only the alternative names are read, as many as are whole.
func (c *Cert) extension(oid string, value element) bool {
	if oid == "\x55\x1d\x11" { // subjectAltName
		return c.altNames(value.body) && value.whole
	}
	if !value.whole {
		return false
	}
	switch oid {
	case "\x55\x1d\x13": // basicConstraints
		constraints, ok := value.body.takeWhole(tagSequence)
		ca, _ := constraints.takeWhole(tagBoolean)
		c.CA = len(ca) == 1 && ca[0] != 0
		return ok
	case "\x55\x1d\x25":
		return c.extKeyUsage(value.body)
	case "\x55\x1d\x1f":
		c.CRL = true
	case "\x2b\x06\x01\x05\x05\x07\x01\x01": // authorityInfoAccess
		return c.infoAccess(value.body)
	case "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02": // RFC 6962 section 3.3
		c.SCT = true
	}
	return true
}

func (c *Cert) altNames(b der) bool {
	list, ok := b.take(tagSequence)
	if !ok {
		return false
	}
	for len(list.body) > 0 {
		name, ok := list.body.next()
		if !ok || !name.whole {
			return false
		}
		if text := generalName(name); text != "" && len(c.SANs) < maxNames {
			c.SANs = append(c.SANs, text)
		}
	}
	return list.whole
}

// generalName is the text of the kinds of GeneralName that name a server or user (RFC 5280 section 4.2.1.6).
func generalName(e element) string {
	switch e.tag {
	case 0x81, 0x82, 0x86: // rfc822Name, dNSName, uniformResourceIdentifier
		return strings.ToValidUTF8(string(e.body), "\uFFFD")
	case 0x87:
		if addr, ok := netip.AddrFromSlice(e.body); ok {
			return addr.String()
		}
	}
	return ""
}

// extKeyUsageNames are the names of RFC 5280 section 4.2.1.12 for the purposes under 1.3.6.1.5.5.7.3.
var extKeyUsageNames = map[byte]string{1: "serverAuth", 2: "clientAuth", 3: "codeSigning", 4: "emailProtection", 8: "timeStamping", 9: "OCSPSigning"}

func (c *Cert) extKeyUsage(b der) bool {
	list, ok := b.takeWhole(tagSequence)
	for ok && len(list) > 0 {
		var oid der
		if oid, ok = list.takeWhole(tagOID); ok && len(c.EKUs) < maxNames {
			c.EKUs = append(c.EKUs, extKeyUsageName(string(oid)))
		}
	}
	return ok
}

func extKeyUsageName(oid string) string {
	const arc = "\x2b\x06\x01\x05\x05\x07\x03"
	if last, ok := strings.CutPrefix(oid, arc); ok && len(last) == 1 && extKeyUsageNames[last[0]] != "" {
		return extKeyUsageNames[last[0]]
	}
	if oid == "\x55\x1d\x25\x00" {
		return "anyExtendedKeyUsage"
	}
	return oidString([]byte(oid))
}

// infoAccess reads the access methods (RFC 5280 section 4.2.2.1).
func (c *Cert) infoAccess(b der) bool {
	list, ok := b.takeWhole(tagSequence)
	for ok && len(list) > 0 {
		var description, method der
		if description, ok = list.takeWhole(tagSequence); !ok {
			break
		}
		if method, ok = description.takeWhole(tagOID); !ok {
			break
		}
		switch string(method) {
		case "\x2b\x06\x01\x05\x05\x07\x30\x01":
			c.OCSP = true
		case "\x2b\x06\x01\x05\x05\x07\x30\x02":
			c.CAIssuers = true
		}
	}
	return ok
}
