package pcaptest

import (
	"net/netip"
	"time"
)

// UDPFlow is a UDP conversation.
type UDPFlow struct {
	conn
	sent [2][]byte // each side's last packet, for ICMP errors
}

// UDP opens a conversation at the scenario's clock; nothing is sent yet.
func (s *Scenario) UDP(client, server netip.AddrPort, path Path) *UDPFlow {
	return &UDPFlow{conn: s.conn(client, server, path)}
}

// Send sends a datagram to the server, Recv one back.
func (u *UDPFlow) Send(b []byte, faults ...Fault) *UDPFlow { u.Put(Client, b, faults...); return u }

// Recv is Send for the server.
func (u *UDPFlow) Recv(b []byte, faults ...Fault) *UDPFlow { u.Put(Server, b, faults...); return u }

// Put sends one datagram.
func (u *UDPFlow) Put(from Side, b []byte, faults ...Fault) {
	u.turn(from)
	ip := u.ip(from)
	datagram := ip.Datagram(u.ends[from].Port(), u.ends[from.other()].Port(), b)
	packets := [][]byte{ip.Packet(ProtoUDP, datagram)}
	u.sent[from] = packets[0]
	if u.path.MTU > 0 && len(packets[0]) > u.path.MTU {
		packets = ip.Fragments(ProtoUDP, datagram, u.path.MTU)
	}
	for i, p := range packets {
		t := u.now.Add(time.Duration(i) * packetGap)
		if _, lost := find(faults, drop, i); lost {
			continue
		}
		u.s.Packet(t, p, u.wrap...)
		if _, twice := find(faults, duplicate, i); twice {
			u.s.Packet(t.Add(duplicateGap), p, u.wrap...)
		}
	}
}

const (
	packetGap    = 50 * time.Microsecond // between packets of one flight
	duplicateGap = 3 * time.Microsecond
)

// ICMP answers one side's last datagram with an ICMP error from a host on the path, a round trip later for the
// client's.
func (u *UDPFlow) ICMP(about Side, by netip.Addr, typ, code uint8) *UDPFlow {
	u.turn(about.other())
	ip := IP{Src: by, Dst: u.ends[about].Addr(), ID: u.s.id(by)}
	u.s.Packet(u.now, ip.ICMPError(typ, code, 0, u.sent[about]), u.wrap...)
	return u
}
