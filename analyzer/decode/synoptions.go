package decode

import "encoding/binary"

// SYNOptions are the TCP options of a SYN or SYN-ACK that a middlebox would change.
type SYNOptions struct {
	MSS        uint16 // maximum segment size (RFC 9293 section 3.7.1); 0: none
	Scale      uint8  // window scale (RFC 7323 section 2); counts only with HasScale
	HasScale   bool
	SACK       bool  // SACK permitted (RFC 2018)
	Timestamps bool  // RFC 7323 section 3
	Other      uint8 // kind of the first other option; 0: none
}

// TCP option kinds (registry "TCP Option Kind Numbers").
const (
	optEnd        = 0
	optNop        = 1
	optMSS        = 2
	optScale      = 3
	optSACK       = 4
	optTimestamps = 8
)

// synOptions reads options as far as they are there and well-formed.
func synOptions(o []byte) (x SYNOptions) {
	for len(o) > 1 && o[0] != optEnd {
		if o[0] == optNop {
			o = o[1:]
			continue
		}
		n := int(o[1])
		if n < 2 || n > len(o) {
			return x
		}
		x.option(o[0], o[2:n])
		o = o[n:]
	}
	return x
}

func (x *SYNOptions) option(kind byte, value []byte) {
	switch {
	case kind == optMSS && len(value) == 2:
		x.MSS = binary.BigEndian.Uint16(value)
	case kind == optScale && len(value) == 1:
		x.Scale, x.HasScale = value[0], true
	case kind == optSACK:
		x.SACK = true
	case kind == optTimestamps:
		x.Timestamps = true
	case x.Other == 0:
		x.Other = kind
	}
}
