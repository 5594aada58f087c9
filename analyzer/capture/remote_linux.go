package capture

import (
	"encoding/binary"
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// prepareSocket has the kernel stamp what it receives, and keep some MiB of it as far as it lets us; it
// returns what tells how much it dropped.
func prepareSocket(conn net.PacketConn, mib int) (lost func() int64) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, mib<<20)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, mib<<20) // root may have more
	})
	var drops int64
	return func() int64 {
		_ = raw.Control(func(fd uintptr) {
			if n, ok := socketDrops(int(fd)); ok {
				drops = n
			}
		})
		return drops
	}
}

// socketDrops is SK_MEMINFO_DROPS of linux/sock_diag.h: what found the socket's buffer full.
func socketDrops(fd int) (int64, bool) {
	const drops = 8
	var info [drops + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	return int64(info[drops]), errno == 0 && size == uint32(unsafe.Sizeof(info))
}

// stamp is when the kernel received a packet, by what it says beside it (socket(7), SO_TIMESTAMPNS); 0: it does not.
func stamp(oob []byte) int64 {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			sec, nsec := binary.NativeEndian.Uint64(m.Data), binary.NativeEndian.Uint64(m.Data[8:])
			return int64(sec)*int64(time.Second) + int64(nsec)
		}
	}
	return 0
}
