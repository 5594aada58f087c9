package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/net/bpf"
)

// dialFor is how long a connection may take to come about.
const dialFor = 10 * time.Second

// openOverIP fetches a capture over TCP (PCAP-over-IP, as NetworkMiner, PolarProxy and Wireshark's TCP@ have it): the
// other side writes a capture file without end. Where the reader is slower, the other side waits or drops.
func openOverIP(name string, r Remote, o LiveOptions) (Source, error) {
	s := &overIP{name: name, o: o, sieves: map[LinkType]*bpf.VM{}}
	if o.Filter != nil {
		for _, link := range []LinkType{LinkEthernet, LinkRaw} { // one that can be had is enough
			if _, err := s.sieve(link); err != nil && link == LinkRaw {
				return nil, err
			} else if err == nil {
				break
			}
		}
	}
	conn, err := net.DialTimeout("tcp", r.address(), dialFor)
	if err != nil {
		return nil, permission(err)
	}
	s.relay = newRelay(Info{Name: name, Live: true, Format: "live"}, conn, o.Ring())
	go func() { s.end(s.run(conn)) }()
	return s, nil
}

// overIP is a capture that comes over a connection.
type overIP struct {
	*relay
	name   string
	o      LiveOptions
	sieves map[LinkType]*bpf.VM
}

// run reads until the connection ends, or what comes is no capture.
func (s *overIP) run(conn io.Reader) error {
	src, err := OpenReader(s.name, conn)
	if err != nil {
		return s.reason(err)
	}
	defer src.Close()
	for {
		var b *Block
		select {
		case b = <-s.free:
		case <-s.done:
			return s.reason(net.ErrClosed)
		}
		err := src.Next(b)
		if sieved := s.choose(b); sieved != nil {
			err = sieved
		}
		if len(b.Frames) > 0 {
			s.full <- s.deliver(b, src.Info())
		} else {
			s.free <- b
		}
		if err != nil {
			return s.reason(err)
		}
	}
}

// deliver makes a delivery of a block. Drops are those of the relay, and of the file's own counters.
func (s *overIP) deliver(b *Block, i Info) delivery {
	i.Live = true
	if s.o.Snaplen > 0 {
		i.Snaplen = s.o.Snaplen
	}
	return delivery{b, i}
}

// reason sorts the error that ended the stream: its end, damage, or a connection that broke.
func (s *overIP) reason(err error) error {
	var damage *DamageError
	if err == io.EOF || errors.As(err, &damage) || errors.Is(err, ErrFormat) || errors.Is(err, ErrEmpty) {
		return err
	}
	return gone(s.name, err)
}

// choose leaves in a block the frames that the filter takes, cut to the snapshot length.
func (s *overIP) choose(b *Block) error {
	kept := b.Frames[:0]
	for i, f := range b.Frames {
		vm, err := s.sieve(f.Link)
		if err != nil {
			return err
		}
		if vm != nil {
			if n, err := vm.Run(b.Bytes(i)); err != nil || n == 0 {
				continue
			}
		}
		if s.o.Snaplen > 0 {
			f.Length = min(f.Length, uint32(s.o.Snaplen))
		}
		kept = append(kept, f)
	}
	b.Frames = kept
	return nil
}

// sieve is the filter for frames of a link; nil without one.
func (s *overIP) sieve(link LinkType) (*bpf.VM, error) {
	if vm, ok := s.sieves[link]; ok || s.o.Filter == nil {
		return vm, nil
	}
	program, err := s.o.Filter.program(link, false)
	if err != nil {
		return nil, err
	}
	instructions, _ := bpf.Disassemble(program)
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	s.sieves[link] = vm
	return vm, nil
}
