package doctor

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"webexaudit/analyzer/privilege"
)

// Permission tries to open a packet socket.
func Permission() Check {
	c := Check{Name: "permission", State: OK, Text: "a packet socket can be opened"}
	for _, f := range privilege.State() {
		if f.Name == "user" {
			c.Text += " (user " + f.Text + ")"
		}
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		c.State, c.Do = Fault, rights
		c.Text = strings.Replace(c.Text, "can be opened", "cannot be opened: "+err.Error(), 1)
		return c
	}
	unix.Close(fd)
	return c
}

// Clock asks the kernel whether something keeps the clock right (adjtimex(2)), and by how much it may be wrong.
func Clock() Check {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return judgeClock(state, t.Status, int64(t.Maxerror), err)
}

// judgeClock takes what adjtimex says; the largest error is in microseconds.
func judgeClock(state int, status int32, largest int64, err error) Check {
	c := Check{Name: "clock", State: OK}
	switch {
	case err != nil:
		c.Text = "whether the clock is synchronised cannot be asked here: " + err.Error()
	case state == unix.TIME_ERROR || status&unix.STA_UNSYNC != 0:
		c.State, c.Text = Advice, "nothing keeps the clock right, or not yet"
		c.Do = "run chrony, systemd-timesyncd or PTP: times of findings, and days, are those of this clock"
	default:
		c.Text = fmt.Sprintf("synchronised, at most %.3g ms wrong", float64(largest)/1000)
	}
	return c
}

// room is what is free for the program on the disk of a path, and its size, in bytes.
func room(path string) (free, total int64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0, false
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize, true
}

// Commands of SIOCETHTOOL (linux/ethtool.h) that anybody may give.
const (
	getStrings  = 0x1b // ETHTOOL_GSTRINGS
	getSetInfo  = 0x37 // ETHTOOL_GSSET_INFO
	getFeatures = 0x3a // ETHTOOL_GFEATURES
	featureSet  = 4    // ETH_SS_FEATURES
	stringSize  = 32   // ETH_GSTRING_LEN
)

// activeFeatures are the features of an interface that are on, by the kernel's names.
func activeFeatures(name string) (on map[string]bool, ok bool) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	defer unix.Close(fd)
	info := words(getSetInfo, 0, 1<<featureSet, 0, 0) // struct ethtool_sset_info
	if ethtool(fd, name, info) != nil {
		return nil, false
	}
	n := binary.NativeEndian.Uint32(info[16:])
	if n == 0 || n > 1024 {
		return nil, false
	}
	names := append(words(getStrings, featureSet, n), make([]byte, n*stringSize)...) // struct ethtool_gstrings
	blocks := (n + 31) / 32
	values := append(words(getFeatures, blocks), make([]byte, blocks*16)...) // struct ethtool_gfeatures
	if ethtool(fd, name, names) != nil || ethtool(fd, name, values) != nil {
		return nil, false
	}
	on = map[string]bool{}
	for i := range n {
		active := binary.NativeEndian.Uint32(values[8+i/32*16+8:]) // available, requested, active, never_changed
		text, _, _ := strings.Cut(string(names[12+i*stringSize:][:stringSize]), "\x00")
		on[text] = active>>(i%32)&1 == 1
	}
	return on, true
}

// words is the beginning of a request of ethtool.
func words(list ...uint32) (b []byte) {
	for _, w := range list {
		b = binary.NativeEndian.AppendUint32(b, w)
	}
	return b
}

// ethtool asks a driver; the answer comes in the place of the request.
func ethtool(fd int, name string, request []byte) error {
	var r struct { // struct ifreq
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}
	copy(r.name[:unix.IFNAMSIZ-1], name)
	r.data = unsafe.Pointer(&request[0])
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&r)))
	if errno != 0 {
		return errno
	}
	return nil
}
