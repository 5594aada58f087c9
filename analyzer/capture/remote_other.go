//go:build !linux

package capture

import "net"

func prepareSocket(conn net.PacketConn, mib int) (lost func() int64) {
	if c, ok := conn.(interface{ SetReadBuffer(int) error }); ok && mib > 0 {
		_ = c.SetReadBuffer(mib << 20)
	}
	return nil
}

func stamp([]byte) int64 { return 0 }
