// Package capture brings frames in: capture files (pcap, pcapng, snoop; plain, gzip or zstd), standard input,
// directories of captures, and live interfaces. It yields blocks: a reused buffer of frames and an index over it, the
// same form for every source. It knows nothing of what is in a frame.
//
// The caller owns the blocks and may have several in flight: a source writes only to the block that it is handed, and
// keeps what it read beyond the last complete frame itself. A source belongs to one goroutine.
//
// This is the only package that imports github.com/gopacket/gopacket (pcapgo and afpacket).
package capture

import (
	"errors"
	"fmt"
)

// Frame is one captured frame inside a [Block].
type Frame struct {
	Time    int64  // nanoseconds since the Unix epoch; 0 where the file records none (pcapng Simple Packet Block)
	Offset  uint32 // of the first byte in Block.Data
	Length  uint32 // bytes captured, without the frame check sequence where the file says that there is one
	WireLen uint32 // bytes on the wire, likewise; never less than Length
	// index of the interface within its source (counting on over pcapng sections); 0 where there is only one
	Interface uint32
	Link      LinkType
	VLAN      uint16 // tag that the kernel stripped from a live frame: its VLAN identifier with 0x1000 set; 0: none
}

// Block is a batch of frames. Data is valid until the next call of Next with the same block.
type Block struct {
	Data   []byte
	Frames []Frame
	// First is the number of Frames[0]: Wireshark's packet number, from 1 within its source.
	First int64
	// Places are those of the frames where others are left out between them; empty: they follow First without gaps.
	Places []Place
	// Down is when the interface was down or away before Frames[0], if that follows such a time.
	Down Outage
}

// Outage is a stretch of time in nanoseconds since the Unix epoch; the zero value is none.
type Outage struct{ From, To int64 }

// Bytes returns the captured bytes of frame i.
func (b *Block) Bytes(i int) []byte {
	f := &b.Frames[i]
	return b.Data[f.Offset : f.Offset+f.Length : f.Offset+f.Length]
}

// Place is where a frame stood in its source: its number, and what the clock of the run stood at.
type Place struct{ Number, Clock int64 }

// Number is that of frame i through all inputs: before is how many packets precede the block, or, where it has Places,
// its source.
func (b *Block) Number(i int, before int64) int64 {
	if len(b.Places) > 0 {
		return before + b.Places[i].Number
	}
	return before + int64(i) + 1
}

// Source is one capture file, stream or interface. Its methods are called by one goroutine at a time.
type Source interface {
	// Next fills b with the frames that follow and overwrites what b held. It returns io.EOF, with an empty block,
	// after the last frame. A *DamageError means that the source cannot be read any further (b may still hold good
	// frames that precede the damage, which must be used); any other error is an I/O error, with the same rule for b.
	// After an error every call returns that error. A live source also returns an empty block and no error, so that its
	// caller can look at the time.
	Next(b *Block) error
	// Info describes the source; it is complete once Next has returned an error.
	Info() Info
	Close() error
}

// Info describes a source.
type Info struct {
	Name           string // path as given, "-" or the interface's name
	Live           bool
	Format         string     // pcap, pcapng, snoop, live
	Compression    string     // gzip, zstd or empty
	Bytes          int64      // read so far from the file as stored, compressed or not; live: bytes captured
	Packets        int64      // frames delivered
	LinkTypes      []LinkType // distinct, in order of appearance: of the file header, or of the frames in pcapng
	Snaplen        int        // the smallest of the interfaces'; 0: none stated
	KernelDrops    *int64     // where the source counts them: live; pcapng isb_osdrop and epb_dropcount
	InterfaceDrops *int64     // isb_ifdrop
	Interfaces     []string   // names by [Frame].Interface, as far as known; "" has none (pcapng if_name)
}

// DamageError says where a capture stopped being readable. All frames before it have been delivered.
type DamageError struct {
	File   string
	Offset int64 // of the header or record that could not be read, in bytes of the (decompressed) stream
	Packet int64 // number of the packet that could not be read, from 1
	What   string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: damaged at byte %d, packet %d: %s", e.File, e.Offset, e.Packet, e.What)
}

// Errors of Open and OpenLive. Each is wrapped with the file's or interface's name.
var (
	ErrEmpty     = errors.New("the file is empty (0 bytes)")
	ErrFormat    = errors.New("not a capture file (expected pcap, pcapng or snoop, plain, gzip or zstd)")
	ErrNoCapture = errors.New("the directory holds no capture files")
	ErrLive      = errors.New("live capture is not possible")
	ErrGone      = errors.New("the live capture ended early") // of an interface that was captured until then
)

// blockSize is how many bytes a block reads at a time: the page cache copies fastest into a buffer that stays in L2.
const blockSize = 256 << 10

// maxFrame is the largest frame that is believed (Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD), and the most that is
// taken of one.
const maxFrame = 256 << 10

// maxMessage is the largest frame of the links that carry messages of any length: USB, D-Bus and the like.
const maxMessage = 16 << 20

// largest is the largest frame that is believed on a link. What is beyond maxFrame of it is left out.
func (l LinkType) largest() uint32 {
	switch l {
	case 186, 189, 220, 249, 266, 231, 279: // USB of five kinds, D-Bus, EBHSCR
		return maxMessage
	}
	return maxFrame
}
