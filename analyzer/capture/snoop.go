package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket/pcapgo"
)

// snoop reads Solaris snoop files (RFC 1761) with pcapgo, which copies frame by frame. They are rare and small.
type snoop struct {
	in     *input
	file   *counter // what pcapgo reads
	r      *pcapgo.SnoopReader
	link   LinkType
	number int64 // of the next packet
	err    error
}

// snoopLinks are the data link types of RFC 1761 that have an equal among the registered ones.
var snoopLinks = map[uint32]LinkType{0: LinkEthernet, 2: 6, 4: LinkEthernet, 5: LinkCiscoHDLC, 8: 10}

func newSnoop(in *input, head []byte) (Source, error) {
	link, ok := snoopLinks[binary.BigEndian.Uint32(head[12:])]
	if !ok {
		return nil, fmt.Errorf("%s: %w: snoop data link type %d is not known", in.name, ErrFormat, binary.BigEndian.Uint32(head[12:]))
	}
	file := &counter{r: bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head), in.r), blockSize)}
	r, err := pcapgo.NewSnoopReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: snoop: %v", in.name, ErrFormat, err)
	}
	return &snoop{in: in, file: file, r: r, link: link, number: 1}, nil
}

// snoopFrame is the largest frame that pcapgo takes.
const snoopFrame = 4096

// snoopFull is how much a block may hold before another frame is read.
const snoopFull = blockSize - snoopFrame

// Next implements [Source].
func (s *snoop) Next(b *Block) error {
	if cap(b.Data) < blockSize {
		b.Data = make([]byte, 0, blockSize)
	}
	b.Data, b.Frames, b.First = b.Data[:0], b.Frames[:0], s.number
	for s.err == nil && len(b.Data) <= snoopFull && len(b.Frames) < snoopFull/24 {
		at := s.file.n.Load()
		data, ci, err := s.r.ZeroCopyReadPacketData()
		if n := ci.CaptureLength; err != nil && n > snoopFrame && n <= min(ci.Length, maxFrame) {
			data, err = s.large(n)
		}
		if err != nil {
			s.err = s.verdict(at, err)
			break
		}
		b.Frames = append(b.Frames, Frame{
			Time:   ci.Timestamp.UnixNano(),
			Offset: uint32(len(b.Data)),
			Length: uint32(len(data)), WireLen: uint32(ci.Length),
			Link: s.link,
		})
		b.Data = append(b.Data, data...)
		s.number++
	}
	if len(b.Frames) > 0 && s.err == io.EOF {
		return nil
	}
	return s.err
}

// large reads a frame of n bytes that pcapgo gave up on after its header, and its padding to 32 bits.
func (s *snoop) large(n int) ([]byte, error) {
	data := make([]byte, padded(uint32(n)))
	_, err := io.ReadFull(s.file, data)
	return data[:n], err
}

// verdict says of which kind the end is; the record in question begins at byte at.
func (s *snoop) verdict(at int64, err error) error {
	broken, isBroken := errors.AsType[*brokenError](err)
	got := s.file.n.Load() - at
	what := fmt.Sprintf("snoop: %v", err)
	switch {
	case isBroken:
		what = broken.what
	case s.file.err != nil:
		return fmt.Errorf("%s: %w", s.in.name, err)
	case err == io.EOF && got == 0:
		return io.EOF
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		what = fmt.Sprintf("the file ends inside a record (%d bytes of it)", got)
	}
	return &DamageError{File: s.in.name, Offset: at, Packet: s.number, What: what}
}

// Info implements [Source].
func (s *snoop) Info() Info {
	i := s.in.info()
	i.Format, i.LinkTypes, i.Packets = "snoop", []LinkType{s.link}, s.number-1
	return i
}

// Close implements [Source].
func (s *snoop) Close() error { return s.in.Close() }
