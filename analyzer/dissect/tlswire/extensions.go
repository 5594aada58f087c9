package tlswire

import "golang.org/x/crypto/cryptobyte"

// Extension types that are read (registry "TLS ExtensionType Values").
const (
	extServerName          = 0
	extStatusRequest       = 5
	extSupportedGroups     = 10
	extPointFormats        = 11
	extSignatureAlgorithms = 13
	extALPN                = 16
	extSCT                 = 18
	extExtendedMaster      = 23
	extRecordSizeLimit     = 28
	extSessionTicket       = 35
	extKeyShareDraft       = 40 // TLS 1.3 before draft 23
	extPreSharedKey        = 41
	extEarlyData           = 42
	extSupportedVersions   = 43
	extKeyShare            = 51
	extECH                 = 0xfe0d
	extESNI                = 0xffce
)

// extensions walks the extension block and reports whether it ended where an extension ended.
func (h *ClientHello) extensions(block cryptobyte.String) bool {
	for !block.Empty() {
		var typ uint16
		var data cryptobyte.String
		if !block.ReadUint16(&typ) || !block.ReadUint16LengthPrefixed(&data) {
			return false
		}
		h.Extensions = append(h.Extensions, typ)
		h.GREASE = h.GREASE || IsGREASE(typ)
		if !h.extension(typ, data) {
			h.Malformed = true
		}
	}
	return true
}

// extension reads one extension; false if it has not the form of its type.
func (h *ClientHello) extension(typ uint16, data cryptobyte.String) bool {
	switch typ {
	case extServerName:
		return h.serverName(data)
	case extALPN:
		return h.alpn(data)
	case extKeyShare, extKeyShareDraft:
		return h.keyShares(data)
	case extPreSharedKey:
		return h.pskIdentities(data)
	case extSupportedGroups:
		return h.list16(&h.Groups, data)
	case extSignatureAlgorithms:
		return h.list16(&h.SignatureAlgorithms, data)
	case extSupportedVersions:
		return h.versions(data)
	case extPointFormats:
		return data.ReadUint8LengthPrefixed((*cryptobyte.String)(&h.PointFormats))
	case extRecordSizeLimit:
		var limit uint16
		ok := data.ReadUint16(&limit)
		h.RecordSizeLimit = int(limit)
		return ok
	case extSessionTicket:
		h.Ticket, h.TicketLen = true, len(data)
	default:
		h.flag(typ)
	}
	return true
}

// flag notes the extensions whose presence is all that counts.
func (h *ClientHello) flag(typ uint16) {
	switch typ {
	case extStatusRequest:
		h.StatusRequest = true
	case extSCT:
		h.SCT = true
	case extEarlyData:
		h.EarlyData = true
	case extECH:
		h.ECH = true
	case extESNI:
		h.ESNI = true
	}
}

// serverName takes the first host_name (RFC 6066 section 3).
func (h *ClientHello) serverName(data cryptobyte.String) bool {
	var list, name cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return false
	}
	for !list.Empty() {
		var typ uint8
		if !list.ReadUint8(&typ) || !list.ReadUint16LengthPrefixed(&name) {
			return false
		}
		if typ == 0 && len(name) > 0 && h.ServerName == nil {
			h.ServerName = name
		}
	}
	return true
}

func (h *ClientHello) alpn(data cryptobyte.String) bool {
	var list, name cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return false
	}
	h.ALPN = h.ALPN[:0]
	for !list.Empty() {
		if !list.ReadUint8LengthPrefixed(&name) {
			return false
		}
		h.ALPN = append(h.ALPN, name)
	}
	return true
}

func (h *ClientHello) keyShares(data cryptobyte.String) bool {
	var list, key cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return false
	}
	h.KeyShares = h.KeyShares[:0]
	for !list.Empty() {
		var group uint16
		if !list.ReadUint16(&group) || !list.ReadUint16LengthPrefixed(&key) {
			return false
		}
		h.KeyShares = append(h.KeyShares, group)
	}
	return true
}

func (h *ClientHello) pskIdentities(data cryptobyte.String) bool {
	var list, identity cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return false
	}
	h.PSKIdentities = 0
	for !list.Empty() {
		if !list.ReadUint16LengthPrefixed(&identity) || !list.Skip(4) {
			return false
		}
		h.PSKIdentities++
	}
	return true
}

func (h *ClientHello) list16(list *[]uint16, data cryptobyte.String) bool {
	var values cryptobyte.String
	ok := data.ReadUint16LengthPrefixed(&values) && len(values)%2 == 0
	*list = h.appendList((*list)[:0], values)
	return ok
}

func (h *ClientHello) versions(data cryptobyte.String) bool {
	var values cryptobyte.String
	ok := data.ReadUint8LengthPrefixed(&values) && len(values)%2 == 0
	h.Versions = h.appendList(h.Versions[:0], values)
	return ok
}
