// Package slice cuts packets out of captures. In go capture files, as they were analysed, and for each slice what it is
// to hold: whole flows, packets by number, all of some clients, a stretch of time; out come pcapng files that hold the
// frames as they were captured, tunnels, tags and fragments included, with comments on some of them.
//
// The files are read twice: first every frame is decoded and marked, then the marked ones are written. So the first
// lines of a slice say what is in it, and fragments that precede the one that completes their datagram are not lost. A
// packet belongs to a flow by the key of the flow table; two flows with one 5-tuple, in two networks, are cut together.
package slice

import (
	"context"
	"errors"
	"io"
	"net/netip"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// Selection says what a slice holds: flows, packets and clients together, of the time between From and To where these
// are given. Of a flow all packets are taken, ICMP errors that quote one of them, and fragments between its addresses.
type Selection struct {
	Flows   []*Flow
	Keys    []flow.Key           // of flows, whenever they were
	Packets []record.PacketRange // whatever their time
	Clients netip.Prefix         // the zero value: none
	All     bool                 // everything
	From    record.Time          // 0: no bound
	To      record.Time
}

// Comment is said of a packet.
type Comment struct {
	Packets []record.PacketRange // the first of them that the slice holds has the comment
	Text    string
}

// Job is one slice: what it holds and where it goes.
type Job struct {
	Selection
	Comments []Comment
	MaxBytes int64 // of frames; commented ones do not count. 0: no bound
	Headers  bool  // payload is cut off (see keep)

	// Begin opens the output when it is known what the slice holds. The text of the section may depend on that.
	Begin func(Count) (io.WriteCloser, capture.Section, error)
	// Frame takes the frames instead, if it is not nil, each with its file and its place in that.
	Frame func(file int, at capture.Place, f *capture.Frame, b []byte) error

	marks    []marks // by file: packets to write
	next     int     // of Packets: the first that may lie ahead of the reading
	comments []map[int64][]string
	count    Count
}

// Count is how much a slice holds.
type Count struct {
	Packets, Bytes int64 // as captured
	Left           int64 // packets that had no room
	Found          []int // indexes of the comments that found a packet
}

// Source is the files that are cut, in the order in which they were analysed, and how they were decoded.
type Source struct {
	Files []string
	Decap decode.Decap
	Max   int64         // packets of all files that were looked at; 0: all
	Ring  *capture.Ring // what is held of a capture that cannot be read again, instead of files
}

// names are those of the files; a ring is one of its own.
func (s *Source) names() []string {
	if s.Ring != nil {
		return []string{""}
	}
	return s.Files
}

// Cut writes the slices. Files that cannot be read to their end are errors, and what was read is written. Outputs are
// closed; the first error of an output ends all.
func Cut(ctx context.Context, src Source, jobs []*Job) error {
	x := newIndex(jobs, len(src.names()))
	problem := src.each(ctx, true, x.mark)
	if ctx.Err() != nil {
		return errors.Join(problem, ctx.Err())
	}
	for _, j := range jobs {
		j.settle()
	}
	w := newWriting(src, jobs)
	if err := w.begin(); err != nil {
		return errors.Join(err, w.end())
	}
	again := src.each(ctx, w.headers, w.frame)
	err := errors.Join(w.err, w.end())
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	if problem == nil {
		problem = again
	}
	return errors.Join(problem, err)
}

// frame is one frame of the files on its way through a reading.
type frame struct {
	file   int
	number int64 // within its file, from 1
	clock  int64
	info   capture.Info
	f      *capture.Frame
	b      []byte
	reason decode.Reason
	p      *decode.Packet // where it was decoded
	parts  []part         // other frames that the packet was put together from
}

// part is a frame by file and number.
type part struct {
	file   int
	number int64
}

// each reads all files and calls do for each frame, decoded where that is asked for, until it returns false.
func (s Source) each(ctx context.Context, decoded bool, do func(*frame) bool) error {
	r := reading{do: do, max: s.Max, bases: make([]int64, len(s.names())), ring: s.Ring}
	if decoded {
		r.decoder = decode.New(decode.Config{NoDeduplicate: true, Decap: s.Decap, NoteParts: true})
	}
	var problems []error
	for i, name := range s.names() {
		r.bases[i] = r.total
		if err := r.file(ctx, i, name); err != nil {
			problems = append(problems, err)
		}
		if r.done || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(problems...)
}

// reading is the state of one reading of the files.
type reading struct {
	do      func(*frame) bool
	decoder *decode.Decoder // nil: frames are not decoded
	total   int64
	max     int64
	bases   []int64 // frames before each file
	done    bool
	ring    *capture.Ring
	clock   decode.Clock
	at      frame // the frame at hand
	packet  decode.Packet
}

func (r *reading) file(ctx context.Context, i int, name string) error {
	src, err := r.open(ctx, i, name)
	if err != nil {
		return err
	}
	defer src.Close()
	if r.decoder != nil {
		r.decoder.Switch(i, decode.Stats{})
	}
	var block capture.Block
	for err == nil && !r.done && ctx.Err() == nil {
		err = src.Next(&block)
		info := src.Info()
		for k := range block.Frames {
			if r.done = !r.frame(i, &block, k, info); r.done {
				break
			}
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// open opens a file, or reads the ring, whose first frame may have any number.
func (r *reading) open(ctx context.Context, i int, name string) (capture.Source, error) {
	if r.ring == nil {
		return capture.OpenContext(ctx, name)
	}
	r.bases[i] = 1 - r.ring.First()
	return r.ring.Source(), nil
}

func (r *reading) frame(i int, block *capture.Block, k int, info capture.Info) bool {
	if r.max > 0 && r.total >= r.max {
		return false
	}
	r.total++
	x := &r.at
	*x = frame{file: i, number: block.First + int64(k), info: info, f: &block.Frames[k], b: block.Bytes(k),
		parts: x.parts[:0]}
	if r.decoder == nil {
		x.clock = r.clock.Tick(i, x.f)
	} else {
		x.p = &r.packet
		x.reason = r.decoder.Decode(x.f, x.b, x.p)
		x.clock = x.p.Clock
		for _, n := range r.decoder.Parts() {
			x.parts = append(x.parts, r.part(n, i))
		}
	}
	return r.do(x)
}

// part finds the file of a number that counts over all files.
func (r *reading) part(n int64, last int) part {
	for last > 0 && r.bases[last] >= n {
		last--
	}
	return part{last, n - r.bases[last]}
}
