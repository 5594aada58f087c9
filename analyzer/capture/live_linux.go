package capture

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gopacket/gopacket/afpacket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	// bytes of a ring block: holds the largest frame that segmentation offload makes, 64 KiB, many times
	ringBlock = 1 << 20

	// Frames reach the caller when a ring block is full or retireAfter has passed; a wait for them lasts pollFor at
	// most, and Next as a whole little more than nextFor.
	retireAfter = 50 * time.Millisecond
	pollFor     = 50 * time.Millisecond
)

// openInterface captures on an interface through a memory-mapped ring (TPACKET_V3). Next copies the frames out of the
// ring once, and returns after some 200 ms at the latest, with an empty block if nothing came.
//
// A VLAN tag that the kernel took off the frame is in Frame.VLAN, not in the bytes; inner tags are in the bytes. Its
// priority bits are lost. With segmentation offload frames are longer than on the wire, up to 64 KiB. On the loopback
// interface each frame is seen twice, sent and received.
//
// The errors wrap [ErrLive]; a missing permission also [os.ErrPermission].
func openInterface(name string, o LiveOptions) (Source, error) {
	link, err := liveLink(name)
	if err != nil {
		return nil, err
	}
	tp, err := openRing(name, o)
	if err != nil {
		return nil, err
	}
	s := &live{name: name, tp: tp, link: link, snaplen: o.Snaplen, number: 1, o: o, index: ifIndex(name)}
	if err := s.filter(o); err != nil {
		tp.Close()
		return nil, fmt.Errorf("%s: %w: %w", name, ErrLive, err)
	}
	return s, nil
}

// openRing opens the socket and its ring.
func openRing(name string, o LiveOptions) (*afpacket.TPacket, error) {
	tp, err := afpacket.NewTPacket(
		afpacket.OptInterface(name), afpacket.TPacketVersion3, afpacket.SocketRaw,
		afpacket.OptFrameSize(ringBlock), afpacket.OptBlockSize(ringBlock), afpacket.OptNumBlocks(o.Ring()),
		afpacket.OptBlockTimeout(retireAfter), afpacket.OptPollTimeout(pollFor),
	)
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%s: %w: %w", name, ErrLive, permission(err))
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %w (the ring takes %d MiB)", name, ErrLive, err, o.Ring())
	}
	if o.Promiscuous {
		if err := tp.SetPromiscuous(true); err != nil {
			tp.Close()
			return nil, fmt.Errorf("%s: %w: promiscuous mode: %w", name, ErrLive, err)
		}
	}
	return tp, nil
}

// linksOf are the link types of hardware types (linux/if_arp.h), with the frames as a raw socket gives them.
var linksOf = map[uint16]LinkType{
	unix.ARPHRD_ETHER:              LinkEthernet,
	unix.ARPHRD_LOOPBACK:           LinkEthernet,
	unix.ARPHRD_IEEE80211:          LinkIEEE80211,
	unix.ARPHRD_IEEE80211_RADIOTAP: LinkRadiotap,
	unix.ARPHRD_NONE:               LinkRaw,
	unix.ARPHRD_RAWIP:              LinkRaw,
	unix.ARPHRD_PPP:                LinkRaw,
	unix.ARPHRD_TUNNEL:             LinkRaw,
	unix.ARPHRD_TUNNEL6:            LinkRaw,
	unix.ARPHRD_SIT:                LinkRaw,
}

// liveLink finds the interface, which must be up, and its link type.
func liveLink(name string) (LinkType, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, noDevice(name)
	}
	if i.Flags&net.FlagUp == 0 {
		return 0, fmt.Errorf("%s: %w: the interface is down (ip link set %s up)", name, ErrLive, name)
	}
	hardware, err := hardwareType(name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w: hardware type: %w", name, ErrLive, err)
	}
	link, ok := linksOf[hardware]
	if !ok {
		return 0, fmt.Errorf("%s: %w: hardware type %d is not known", name, ErrLive, hardware)
	}
	return link, nil
}

// hardwareType asks the kernel for the ARPHRD_ value of an interface.
func hardwareType(name string) (uint16, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	err = unix.IoctlIfreq(fd, unix.SIOCGIFHWADDR, request)
	return request.Uint16(), err
}

// live is an interface that is captured.
type live struct {
	name    string
	link    LinkType
	snaplen int

	mu     sync.Mutex // Close waits for Next: the ring must not go while it is read
	tp     *afpacket.TPacket
	held   []byte // a frame that did not fit into the last block, still in the ring
	frame  Frame  // of held
	stale  uint   // frames in the ring from before the filter
	number int64
	bytes  int64
	drops  int64
	err    error

	o     LiveOptions
	index int    // of the interface, as the socket knows it
	ended bool   // the interface has gone; what is in the ring is still to be read
	away  bool   // and has been read
	since int64  // when it went; 0: it is there, and what it has missed is told
	down  Outage // of the frames to come
}

// filter sets the filter and with it the snapshot length, and notes how many frames came before it.
func (s *live) filter(o LiveOptions) error {
	program, err := o.Filter.program(s.link, true)
	switch {
	case err != nil:
		return fmt.Errorf("filter: %w", err)
	case o.Snaplen > 0 && len(program) == 0:
		program = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K, K: uint32(o.Snaplen)}}
	case len(program) == 0:
		return nil
	}
	if err := s.tp.SetBPF(program); err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	_, stats, err := s.tp.SocketStats()
	if err != nil {
		return fmt.Errorf("statistics: %w", err)
	}
	s.stale = stats.Packets() - stats.Drops()
	return nil
}

// Next implements [Source].
func (s *live) Next(b *Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cap(b.Data) < blockSize {
		b.Data = make([]byte, 0, blockSize)
	}
	b.Data, b.Frames, b.First, b.Down = b.Data[:0], b.Frames[:0], s.number, Outage{}
	if s.err != nil {
		return s.err
	}
	if s.held != nil {
		s.put(b)
	}
	if s.away && !s.returned() {
		time.Sleep(nextFor)
		return nil
	}
	return s.fill(b)
}

// fill reads until the block is full, nothing more has come for a moment, or the interface has gone.
func (s *live) fill(b *Block) error {
	for start, polls := time.Now(), int64(-1); ; {
		err := s.read()
		switch {
		case errors.Is(err, afpacket.ErrTimeout):
			if len(b.Frames) > 0 || time.Since(start) > nextFor {
				return nil
			}
			continue
		case errors.Is(err, afpacket.ErrPoll) && !s.ended:
			s.ended = true
			time.Sleep(2 * retireAfter) // then the kernel has handed over what came before the end
			continue
		case errors.Is(err, afpacket.ErrPoll):
			s.leave()
			return nil
		case err != nil:
			s.err = s.failure(err)
			return s.err
		case len(b.Frames) > 0 && len(b.Data)+len(s.held) > cap(b.Data):
			return nil
		}
		s.put(b)
		if st, _ := s.tp.Stats(); st.Polls != polls { // only a wait takes time
			if polls = st.Polls; time.Since(start) > nextFor {
				return nil
			}
		}
	}
}

// read takes the next frame in the ring and leaves it there, in s.held.
func (s *live) read() error {
	for {
		data, ci, err := s.tp.ZeroCopyReadPacketData()
		if err != nil {
			return err
		}
		if s.stale > 0 {
			s.stale--
			continue
		}
		if s.snaplen > 0 && len(data) > s.snaplen {
			data = data[:s.snaplen]
		}
		s.held = data
		s.frame = Frame{
			Time:   ci.Timestamp.UnixNano(),
			Length: uint32(len(data)), WireLen: uint32(max(ci.Length, len(data))),
			Link: s.link,
		}
		for _, a := range ci.AncillaryData {
			if tag, ok := a.(afpacket.AncillaryVLAN); ok {
				s.frame.VLAN = uint16(tag.VLAN)&0x0fff | 0x1000
			}
		}
		return nil
	}
}

// put copies the frame in s.held into the block.
func (s *live) put(b *Block) {
	if len(b.Frames) == 0 {
		b.Down, s.down = s.down, Outage{}
	}
	s.frame.Offset = uint32(len(b.Data))
	b.Data = append(b.Data, s.held...)
	b.Frames = append(b.Frames, s.frame)
	s.number++
	s.bytes += int64(len(s.held))
	s.held = nil
}

// failure explains why a capture that ran has ended.
func (s *live) failure(err error) error {
	return fmt.Errorf("%s: %w: %w", s.name, ErrGone, err)
}

// Info implements [Source].
func (s *live) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count()
	drops := s.drops
	return Info{
		Name: s.name, Live: true, Format: "live", LinkTypes: []LinkType{s.link}, Snaplen: s.snaplen,
		Bytes: s.bytes, Packets: s.number - 1, KernelDrops: &drops,
	}
}

// count reads the kernel's count of frames that found the ring full.
func (s *live) count() {
	if s.err != nil && errors.Is(s.err, os.ErrClosed) {
		return
	}
	if _, stats, err := s.tp.SocketStats(); err == nil {
		s.drops = int64(stats.Drops())
	}
}

// Close implements [Source]. It may be called from another goroutine and waits for Next.
func (s *live) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, os.ErrClosed) {
		return nil
	}
	s.count()
	s.tp.Close()
	s.held = nil
	s.err = fmt.Errorf("%s: %w", s.name, os.ErrClosed)
	return nil
}
