package capture

import (
	"fmt"
	"net"
	"reflect"
	"time"

	"github.com/gopacket/gopacket/endian"
	"golang.org/x/sys/unix"
)

// ifIndex is the index of an interface; 0: there is none.
func ifIndex(name string) int {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0
	}
	return i.Index
}

// leave notes that the interface went down or away.
func (s *live) leave() {
	s.away, s.since = true, time.Now().UnixNano()
	s.tell("the interface went down or away; waiting for it to come back")
}

// returned reports whether the interface is up again, under its name or, renamed, with its index. The kernel then goes
// on with the socket of an interface that was down. That of one that was deleted is bound to the one that has its name,
// which takes no privilege.
func (s *live) returned() bool {
	i, err := net.InterfaceByName(s.name)
	if err != nil {
		if i, err = net.InterfaceByIndex(s.index); err != nil {
			return false
		}
	}
	if i.Flags&net.FlagUp == 0 {
		return false
	}
	fd := s.fd()
	if i.Index != s.index {
		hardware, err := hardwareType(i.Name)
		if link, known := linksOf[hardware]; err != nil || !known || link != s.link {
			return false // another kind of interface
		}
		if unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: endian.Htons(unix.ETH_P_ALL), Ifindex: i.Index}) != nil {
			return false
		}
		if s.o.Promiscuous {
			_ = unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
				&unix.PacketMreq{Ifindex: int32(i.Index), Type: unix.PACKET_MR_PROMISC})
		}
		s.index = i.Index
	}
	_, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR) // or it would be told for ever
	now := time.Now().UnixNano()
	s.ended, s.away, s.down = false, false, Outage{From: s.since, To: now}
	s.tell(fmt.Sprintf("the interface is back after %.1f s; what passed meanwhile is missing", float64(now-s.since)/1e9))
	return true
}

func (s *live) tell(text string) {
	if s.o.Notice != nil {
		s.o.Notice(s.name + ": " + text)
	}
}

// fd is the ring's socket, which afpacket keeps to itself.
func (s *live) fd() int { return int(reflect.ValueOf(s.tp).Elem().FieldByName("fd").Int()) }
