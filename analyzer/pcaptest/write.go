package pcaptest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Pcap says how a classic pcap file is written. The zero value: microseconds, little endian, snapshot length 262144.
type Pcap struct {
	Nano    bool
	Endian  binary.ByteOrder // nil: little
	Snaplen uint32           // of the header; frames are not cut (see Snap)
}

// WritePcap writes a classic pcap file. pcapgo's writer knows one byte order only, so this is our own.
func (c *Capture) WritePcap(w io.Writer, p Pcap) error {
	var order binary.ByteOrder = binary.LittleEndian
	if p.Endian != nil {
		order = p.Endian
	}
	magic, unit := uint32(0xa1b2c3d4), 1000
	if p.Nano {
		magic, unit = 0xa1b23c4d, 1
	}
	if p.Snaplen == 0 {
		p.Snaplen = 262144
	}
	out := bufio.NewWriter(w)
	head := make([]byte, 24)
	order.PutUint32(head, magic)
	order.PutUint16(head[4:], 2)
	order.PutUint16(head[6:], 4)
	order.PutUint32(head[16:], p.Snaplen)
	order.PutUint32(head[20:], uint32(c.Link))
	out.Write(head)
	for _, f := range c.Frames {
		order.PutUint32(head, uint32(f.Time.Unix()))
		order.PutUint32(head[4:], uint32(f.Time.Nanosecond()/unit))
		order.PutUint32(head[8:], uint32(len(f.Data)))
		order.PutUint32(head[12:], uint32(f.WireLen))
		out.Write(head[:16])
		out.Write(f.Data)
	}
	return out.Flush()
}

// WritePcapng writes one section with one interface and nanosecond time stamps, with the names that the writer's
// machine would put into the file left out. Drops make a statistics block behind the last packet.
func (c *Capture) WritePcapng(w io.Writer) error {
	iface := pcapgo.NgInterface{Name: "eth0", LinkType: layers.LinkType(c.Link), SnapLength: 262144}
	section := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "pcaptest"}}
	ng, err := pcapgo.NewNgWriterInterface(w, iface, section)
	if err != nil {
		return err
	}
	for _, f := range c.Frames {
		info := gopacket.CaptureInfo{Timestamp: f.Time, CaptureLength: len(f.Data), Length: f.WireLen}
		if err := ng.WritePacket(info, f.Data); err != nil {
			return err
		}
	}
	if c.Dropped > 0 {
		n := uint64(len(c.Frames)) + c.Dropped
		stats := pcapgo.NgInterfaceStatistics{LastUpdate: c.Frames[len(c.Frames)-1].Time, PacketsReceived: n,
			PacketsDropped: c.Dropped}
		if err := ng.WriteInterfaceStats(0, stats); err != nil {
			return err
		}
	}
	return ng.Flush()
}

// Pcap returns the capture as a classic pcap file in memory (microseconds, little endian).
func (c *Capture) Pcap() []byte {
	var b bytes.Buffer
	c.WritePcap(&b, Pcap{}) // a bytes.Buffer does not fail
	return b.Bytes()
}

// Save writes a file: pcapng for names that end so, classic pcap otherwise.
func (c *Capture) Save(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if filepath.Ext(path) == ".pcapng" {
		return c.WritePcapng(f)
	}
	return c.WritePcap(f, Pcap{})
}
