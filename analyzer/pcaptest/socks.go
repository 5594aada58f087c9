package pcaptest

import (
	"encoding/binary"
	"net/netip"
)

// SOCKS is a CONNECT to a SOCKS5 proxy (RFC 1928) and its answer.
type SOCKS struct {
	Host     string // name or address
	Port     uint16
	Password bool  // user name and password are asked for and given (RFC 1929)
	Refuse   bool  // no method is acceptable
	Reply    uint8 // reply code, 0: succeeded
}

// SOCKS asks a proxy for a tunnel over an open TCP flow; after reply 0 the flow carries the inner bytes.
func (c *TCPFlow) SOCKS(q SOCKS) *TCPFlow {
	c.Send([]byte{5, 2, 0, 2})
	switch {
	case q.Refuse:
		return c.Recv([]byte{5, 0xff})
	case q.Password:
		c.Recv([]byte{5, 2}).Send([]byte("\x01\x04user\x06secret")).Recv([]byte{1, 0})
	default:
		c.Recv([]byte{5, 0})
	}
	c.Send(socks(1, q.Host, q.Port))
	return c.Recv(socks(q.Reply, "0.0.0.0", 0))
}

func socks(code uint8, host string, port uint16) []byte {
	b := []byte{5, code, 0}
	switch a, err := netip.ParseAddr(host); {
	case err != nil:
		b = append(append(b, 3, byte(len(host))), host...)
	case a.Is4():
		b = append(append(b, 1), a.AsSlice()...)
	default:
		b = append(append(b, 4), a.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(b, port)
}

// SOCKS4 is a CONNECT to a SOCKS4 proxy, or, where Host is a name, a SOCKS4a proxy, and its answer.
type SOCKS4 struct {
	Host  string // name or IPv4 address
	Port  uint16
	User  string
	Reply uint8 // reply code, 0: 90, granted
}

// SOCKS4 asks a proxy for a tunnel over an open TCP flow; after reply 90 the flow carries the inner bytes.
func (c *TCPFlow) SOCKS4(q SOCKS4) *TCPFlow {
	b := binary.BigEndian.AppendUint16([]byte{4, 1}, q.Port)
	addr, err := netip.ParseAddr(q.Host)
	if err != nil {
		addr = netip.AddrFrom4([4]byte{0, 0, 0, 1})
	}
	b = append(append(append(b, addr.AsSlice()...), q.User...), 0)
	if err != nil {
		b = append(append(b, q.Host...), 0)
	}
	if q.Reply == 0 {
		q.Reply = 90
	}
	return c.Send(b).Recv([]byte{0, q.Reply, 0, 0, 0, 0, 0, 0})
}
