package capture

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Interface describes where frames of a pcapng file come from. Frames of equal ones share an interface block.
type Interface struct {
	Source  int    // which of several inputs
	Index   uint32 // [Frame].Interface of it
	Name    string // of the interface (if_name); may be empty
	About   string // of the interface (if_description)
	Link    LinkType
	Snaplen uint32
}

// Section describes a pcapng file.
type Section struct {
	Application string // program and version
	Comment     string
}

// Writer writes frames to a pcapng file of one section, with times in nanoseconds and an interface block for each
// [Interface] (draft-ietf-opsawg-pcapng). It belongs to one goroutine.
type Writer struct {
	out     io.Writer
	section Section
	ng      *pcapgo.NgWriter // nil: no frame yet
	ids     map[Interface]int
}

// maxComment is how many bytes a comment may have: the length of an option is a word of 16 bits.
const maxComment = 0xffff - 3

// NewWriter returns a writer to out. Nothing is written before the first frame.
func NewWriter(out io.Writer, s Section) *Writer {
	return &Writer{out: out, section: s, ids: map[Interface]int{}}
}

// Write appends a frame of the interface with the captured bytes b. Frames of which the time is not known have time 0.
func (w *Writer) Write(from Interface, f *Frame, b []byte, comments []string) error {
	id, err := w.id(from)
	if err != nil {
		return err
	}
	info := gopacket.CaptureInfo{Timestamp: time.Unix(0, f.Time), CaptureLength: len(b),
		Length: max(int(f.WireLen), len(b)), InterfaceIndex: id}
	var options pcapgo.NgPacketOptions
	for _, c := range comments {
		options.Comments = append(options.Comments, comment(c))
	}
	return w.ng.WritePacketWithOptions(info, b, options)
}

// id is the number of an interface block, which it writes if need be.
func (w *Writer) id(from Interface) (id int, err error) {
	id, ok := w.ids[from]
	if ok {
		return id, nil
	}
	block := pcapgo.NgInterface{Name: comment(from.Name), Description: comment(from.About),
		LinkType: layers.LinkType(from.Link), SnapLength: from.Snaplen}
	if w.ng == nil {
		info := pcapgo.NgSectionInfo{Application: w.section.Application, Comment: comment(w.section.Comment)}
		w.ng, err = pcapgo.NewNgWriterInterface(w.out, block, pcapgo.NgWriterOptions{SectionInfo: info})
	} else {
		id, err = w.ng.AddInterface(block)
	}
	if err != nil {
		return 0, fmt.Errorf("interface %s: %w", from.Link, err)
	}
	w.ids[from] = id
	return id, nil
}

// Dropped states how many frames of an interface its sensor received and dropped over the whole capture (isb_ifrecv,
// isb_ifdrop), as of a time. An interface without frames is not in the file, and nothing is said of it.
func (w *Writer) Dropped(from Interface, at int64, received, dropped int64) error {
	id, ok := w.ids[from]
	if !ok {
		return nil
	}
	return w.ng.WriteInterfaceStats(id, pcapgo.NgInterfaceStatistics{LastUpdate: time.Unix(0, at),
		PacketsReceived: uint64(received), PacketsDropped: uint64(dropped)})
}

// Close ends the file, which is valid also where no frame was written. It does not close what it writes to.
func (w *Writer) Close() error {
	if w.ng == nil {
		if _, err := w.id(Interface{Link: LinkEthernet}); err != nil {
			return err
		}
	}
	return w.ng.Flush()
}

// comment makes a text what an option may hold: valid UTF-8 of a bounded length.
func comment(s string) string {
	if len(s) > maxComment {
		s = s[:maxComment-len("…")] + "…"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
