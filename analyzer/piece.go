package analyzer

import (
	"archive/zip"
	"cmp"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/klauspost/compress/zstd"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
)

// A piece is a zip file (its directory at the end says that it is whole) of zstd entries: the head in gob, the flows
// that are judged as they are, and for each input the frames of the flows that touch an end of the piece.
const (
	headEntry  = "head"
	flowsEntry = "flows"
	zipZstd    = zstd.ZipMethodWinZip
)

func framesEntry(input int) string { return fmt.Sprintf("frames/%d", input) }

// pieceHead is what a piece tells of itself.
type pieceHead struct {
	Layout   string   // of the flows: only a program with the same one reads them
	Settings string   // that change what the packets tell
	Clock    [2]int64 // of the first packet and the last
	Inputs   []ingest.Input
	Faults   []fault    // by input: what Input.Err was, which is no value that gob knows
	Edges    []flow.Key // of the flows of which the frames are there
}

func init() { gob.Register(new(capture.DamageError)) } // Input.Damage

// fault is an error that was saved: its text, and which of the known ones it is.
type fault struct {
	Text string
	Kind int // from 1 on; 0: none of them
}

var faultKinds = []error{capture.ErrEmpty, capture.ErrFormat, fs.ErrNotExist, fs.ErrPermission}

func faultOf(err error) (f fault) {
	if err == nil {
		return f
	}
	f.Text = err.Error()
	f.Kind = 1 + slices.IndexFunc(faultKinds, func(kind error) bool { return errors.Is(err, kind) })
	return f
}

func (f *fault) err() error {
	if f.Text == "" {
		return nil
	}
	return f
}

// Error implements error.
func (f *fault) Error() string { return f.Text }

// Unwrap is the known error.
func (f *fault) Unwrap() error {
	if f.Kind < 1 || f.Kind > len(faultKinds) {
		return nil
	}
	return faultKinds[f.Kind-1]
}

// PieceError says why a piece cannot be used.
type PieceError struct {
	File string
	Err  error
}

func (e *PieceError) Error() string { return e.File + ": " + e.Err.Error() }
func (e *PieceError) Unwrap() error { return e.Err }

// layout names how this program packs flows.
func layout() string {
	h := fnv.New64a()
	var walk func(t reflect.Type, depth int)
	walk = func(t reflect.Type, depth int) {
		fmt.Fprint(h, t.String(), depth, ";")
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(t.Elem(), depth+1)
		case reflect.Struct:
			for i := range t.NumField() {
				f := t.Field(i)
				fmt.Fprint(h, f.Name, f.Tag)
				walk(f.Type, depth+1)
			}
		}
	}
	for _, t := range []reflect.Type{
		reflect.TypeFor[record.Flow](), reflect.TypeFor[record.TLSSession](), reflect.TypeFor[record.MediaStream](),
		reflect.TypeFor[record.MediaInterval](), reflect.TypeFor[classify.Hints](),
	} {
		walk(t, 0)
	}
	return fmt.Sprintf("1-%016x", h.Sum64())
}

// settings name what of the configuration changes what packets tell, beside the signatures.
func (c *Config) settings() string {
	return fmt.Sprintf("idle TCP %v, idle UDP %v, active %v, flows %d, copies %v, tunnels %v, site %s", c.Flows.IdleTCP,
		c.Flows.IdleUDP, c.Flows.Active, c.Flows.MaxFlows, c.Dedup != DedupOff, c.Decap, c.Site.Digest())
}

// pieceWriter writes a piece.
type pieceWriter struct {
	zip    *zip.Writer
	input  int // of the frames at hand; -1: none yet
	frames *capture.KeptWriter
}

func newPieceWriter(out io.Writer) *pieceWriter {
	w := &pieceWriter{zip: zip.NewWriter(out), input: -1}
	w.zip.RegisterCompressor(zipZstd, zstd.ZipCompressor(zstd.WithEncoderLevel(zstd.SpeedFastest)))
	return w
}

func (w *pieceWriter) entry(name string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zipZstd})
}

// frame appends a frame of an input, those of the one before it being complete.
func (w *pieceWriter) frame(input int, at capture.Place, f *capture.Frame, b []byte) error {
	if input != w.input {
		if err := w.endFrames(); err != nil {
			return err
		}
		e, err := w.entry(framesEntry(input))
		if err != nil {
			return err
		}
		w.input, w.frames = input, capture.NewKeptWriter(e)
	}
	return w.frames.Write(at, f, b)
}

func (w *pieceWriter) endFrames() error {
	if w.frames == nil {
		return nil
	}
	return w.frames.Close()
}

// close ends the piece, with its head.
func (w *pieceWriter) close(h *pieceHead) error {
	if err := w.endFrames(); err != nil {
		return err
	}
	e, err := w.entry(headEntry)
	if err == nil {
		err = gob.NewEncoder(e).Encode(h)
	}
	return cmp.Or(err, w.zip.Close())
}

// pieceReader is an open piece.
type pieceReader struct {
	pieceHead
	name  string
	zip   *zip.ReadCloser
	edges map[flow.Key]bool
	base  int64 // packets of the pieces before it
	files int   // inputs of the pieces before it
}

// openPiece opens a piece and reads its head.
func openPiece(name string) (p *pieceReader, err error) {
	p = &pieceReader{name: name, edges: map[flow.Key]bool{}}
	if p.zip, err = zip.OpenReader(name); err != nil {
		return nil, &PieceError{name, fmt.Errorf("no whole piece of a run: %w", err)}
	}
	p.zip.RegisterDecompressor(zipZstd, zstd.ZipDecompressor())
	e, err := p.zip.Open(headEntry)
	if err == nil {
		err = gob.NewDecoder(e).Decode(&p.pieceHead)
	}
	if err == nil && p.Layout != layout() {
		err = errors.New("another version of the program made it: make it anew")
	}
	if err == nil && len(p.Faults) != len(p.Inputs) {
		err = errors.New("its head is damaged")
	}
	if err != nil {
		p.zip.Close()
		return nil, &PieceError{name, err}
	}
	for _, k := range p.Edges {
		p.edges[k] = true
	}
	for i := range p.Faults {
		p.Inputs[i].Err = p.Faults[i].err()
	}
	return p, nil
}

// first is when the first packet of the piece came; the end of time where there is none.
func (p *pieceReader) first() int64 {
	if p.Clock[0] != 0 {
		return p.Clock[0]
	}
	first := int64(math.MaxInt64)
	for i := range p.Inputs {
		if t := p.Inputs[i].Stats.FirstTime; t != 0 {
			first = min(first, t)
		}
	}
	return first
}

// called is the name of the first input.
func (p *pieceReader) called() string {
	if len(p.Inputs) == 0 {
		return ""
	}
	return p.Inputs[0].Name
}

// frames are those that were kept of an input.
func (p *pieceReader) frames(input int) (capture.Source, error) {
	e, err := p.zip.Open(framesEntry(input))
	switch {
	case errors.Is(err, fs.ErrNotExist): // none were
		return capture.OpenKept(p.name, io.NopCloser(strings.NewReader(""))), nil
	case err != nil:
		return nil, &PieceError{p.name, err}
	}
	return capture.OpenKept(p.name, e), nil
}

// pieces are those of one run, in the order of their time.
type pieces []*pieceReader

func openPieces(names []string) (list pieces, err error) {
	for _, name := range names {
		p, err := openPiece(name)
		if err != nil {
			list.close()
			return nil, err
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b *pieceReader) int {
		return cmp.Or(cmp.Compare(a.first(), b.first()), cmp.Compare(a.called(), b.called()))
	})
	return list, nil
}

func (l pieces) close() {
	for _, p := range l {
		p.zip.Close()
	}
}

// kept are the captures of all pieces, as if they had been read one behind the other.
func (l pieces) kept() *ingest.Kept {
	k := &ingest.Kept{Open: func(i int) (capture.Source, error) {
		p := l.at(i)
		return p.frames(i - p.files)
	}}
	packets := int64(0)
	for _, p := range l {
		p.base, p.files = packets, len(k.Inputs)
		ahead := k.End - p.Clock[0]
		if ahead <= decode.RebaseAfter {
			ahead = 0
		}
		for _, in := range p.Inputs {
			in.Base += p.base
			shift(&in.Stats, p.base)
			packets = max(packets, in.Base+in.Read)
			k.Inputs, k.Ahead = append(k.Inputs, in), append(k.Ahead, ahead)
		}
		k.End = max(k.End, p.Clock[1]+ahead)
	}
	return k
}

// shift moves the numbers of packets in the statistics.
func shift(s *decode.Stats, by int64) {
	for i := range s.MirrorGaps {
		s.MirrorGaps[i].Number += by
	}
	for _, list := range [][]decode.Pause{s.Pauses, s.Outages} {
		for i := range list {
			list[i].Number += by
		}
	}
}

// of is the piece that holds a packet.
func (l pieces) of(number int64) *pieceReader {
	return l[max(sort.Search(len(l), func(i int) bool { return l[i].base >= number })-1, 0)]
}

// at is the piece of an input.
func (l pieces) at(input int) *pieceReader {
	return l[sort.Search(len(l), func(i int) bool { return l[i].files > input })-1]
}

// takes reports whether a flow that was put together of kept frames is one of whose packets all are there. ICMP errors
// are there too that quote such a flow, and fragments that are not of it.
func (l pieces) takes(f *flow.Flow) bool {
	return l.of(f.FirstNumber).edges[f.Key.Tuple()]
}
