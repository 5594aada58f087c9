package rtcp

import "strconv"

// Type is the packet type (IANA registry "RTCP Control Packet Types").
type Type uint8

// The packet types.
const (
	FIR   Type = 192 // RFC 2032, as NACK; both obsolete
	NACK  Type = 193
	IJ    Type = 195 // RFC 5450
	SR    Type = 200
	RR    Type = 201
	SDES  Type = 202
	BYE   Type = 203
	APP   Type = 204
	RTPFB Type = 205 // RFC 4585, as PSFB
	PSFB  Type = 206
	XR    Type = 207 // RFC 3611
)

// String is the registered abbreviation, or the number.
func (t Type) String() string {
	switch t {
	case FIR:
		return "FIR"
	case NACK:
		return "NACK"
	case IJ:
		return "IJ"
	case SR:
		return "SR"
	case RR:
		return "RR"
	case SDES:
		return "SDES"
	case BYE:
		return "BYE"
	case APP:
		return "APP"
	case RTPFB:
		return "RTPFB"
	case PSFB:
		return "PSFB"
	case XR:
		return "XR"
	}
	return strconv.Itoa(int(t))
}

// Feedback message types (FMT): of RTPFB and of PSFB (RFC 4585, RFC 5104, RFC 8888, transport-wide-cc draft).
const (
	GenericNACK = 1  // RTPFB
	TMMBR       = 3  // RTPFB
	TMMBN       = 4  // RTPFB
	CCFB        = 11 // RTPFB
	TWCC        = 15 // RTPFB
	PLI         = 1  // PSFB
	SLI         = 2  // PSFB
	RPSI        = 3  // PSFB
	FullIntra   = 4  // PSFB, "FIR" of RFC 5104
	AFB         = 15 // PSFB, application layer feedback such as REMB
)

var (
	transportFormats = [32]string{GenericNACK: "NACK", TMMBR: "TMMBR", TMMBN: "TMMBN", CCFB: "CCFB", TWCC: "TWCC"}
	payloadFormats   = [32]string{PLI: "PLI", SLI: "SLI", RPSI: "RPSI", FullIntra: "FIR", AFB: "AFB"}
)

// FormatName is the name of a feedback packet's FMT, empty where there is none.
func (p *Packet) FormatName() string {
	switch p.Type {
	case RTPFB:
		return transportFormats[p.Count&0x1F]
	case PSFB:
		return payloadFormats[p.Count&0x1F]
	}
	return ""
}
