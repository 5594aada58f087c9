package h323

import "bytes"

// RAS is the alternative of RasMessage that a datagram holds (H.225.0 annex H).
type RAS uint8

// The messages that open or refuse a relation between endpoint and gatekeeper: they carry the object identifier.
const (
	GatekeeperRequest RAS = iota
	GatekeeperConfirm
	GatekeeperReject
	RegistrationRequest
	RegistrationConfirm
	RegistrationReject
)

// lastRAS is the number of the last alternative in front of the extension marker, unknownMessageResponse: five bits.
const lastRAS = 24

// rasNames are the names as ASN.1 has them.
var rasNames = [...]string{
	"gatekeeperRequest", "gatekeeperConfirm", "gatekeeperReject", "registrationRequest", "registrationConfirm", "registrationReject",
	"unregistrationRequest", "unregistrationConfirm", "unregistrationReject", "admissionRequest", "admissionConfirm", "admissionReject",
	"bandwidthRequest", "bandwidthConfirm", "bandwidthReject", "disengageRequest", "disengageConfirm", "disengageReject",
	"locationRequest", "locationConfirm", "locationReject", "infoRequest", "infoRequestResponse", "nonStandardMessage",
	"unknownMessageResponse",
}

// String is the name of the alternative.
func (r RAS) String() string {
	if int(r) < len(rasNames) {
		return rasNames[r]
	}
	return ""
}

// rasID is where the object identifier stands: behind one octet with the choice (extension bit, five bits of index) and
// the first bits of the sequence, one with its last optional bits, and the sequence number, which is aligned to octets
// (ITU-T X.691).
const rasID = 4

// ParseRAS reads the type of the RAS message in the datagram b. Of a flow that is not known to carry RAS only messages
// with the object identifier in its place are read, registration and discovery; of one that is known, any alternative
// in front of the extension marker.
func ParseRAS(b []byte, known bool) (RAS, error) {
	if len(b) < rasID || b[0]&0x80 != 0 || b[0]>>2 > lastRAS {
		return 0, ErrSyntax
	}
	r := RAS(b[0] >> 2)
	if known && r > RegistrationReject {
		return r, nil
	}
	if r > RegistrationReject || !bytes.HasPrefix(b[rasID:], protocolID) {
		return 0, ErrSyntax
	}
	return r, nil
}
