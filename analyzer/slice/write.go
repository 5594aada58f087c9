package slice

import (
	"errors"
	"io"
	"math"
	"path/filepath"

	"webexaudit/analyzer/capture"
)

// writing is the second reading: the marked frames go to their slices.
type writing struct {
	jobs    []*Job
	outs    []*output
	headers bool // a slice wants payload cut off
	cutter  cutter
	last    []lastFrame // by file
	err     error
}

// output is one slice while it is written.
type output struct {
	file io.WriteCloser
	ng   *capture.Writer
}

// lastFrame is what is known of a file at its end.
type lastFrame struct {
	info capture.Info
	time int64
	from map[capture.Interface]bool
}

func newWriting(src Source, jobs []*Job) *writing {
	w := &writing{jobs: jobs, last: make([]lastFrame, len(src.names()))}
	for i := range w.last {
		w.last[i].from = map[capture.Interface]bool{}
	}
	for _, j := range jobs {
		w.headers = w.headers || j.Headers
	}
	w.cutter.connections = map[connection]*[2]direction{}
	return w
}

func (w *writing) begin() error {
	for _, j := range w.jobs {
		if j.Frame != nil {
			w.outs = append(w.outs, nil)
			continue
		}
		file, section, err := j.Begin(j.count)
		if err != nil {
			return err
		}
		w.outs = append(w.outs, &output{file, capture.NewWriter(file, section)})
	}
	return nil
}

func (w *writing) frame(r *frame) bool {
	keep := len(r.b)
	if w.headers {
		keep = w.cutter.keep(r)
	}
	from := origin(r)
	l := &w.last[r.file]
	l.info, l.time = r.info, max(l.time, r.f.Time)
	for i, j := range w.jobs {
		if !j.marks[r.file].has(r.number) {
			continue
		}
		b := r.b
		if j.Headers {
			b = b[:keep]
		}
		if j.Frame != nil {
			w.err = j.Frame(r.file, capture.Place{Number: r.number, Clock: r.clock}, r.f, b)
		} else {
			l.from[from] = true
			w.err = w.outs[i].ng.Write(from, r.f, b, j.comments[r.file][r.number])
		}
		if w.err != nil {
			return false
		}
	}
	return true
}

// origin is the interface block of a frame: it names the file. Strangers choose the names of files and interfaces.
func origin(r *frame) capture.Interface {
	from := capture.Interface{Source: r.file, Index: r.f.Interface, About: visible(filepath.Base(r.info.Name)),
		Link: r.f.Link, Snaplen: uint32(r.info.Snaplen)}
	if i := int(r.f.Interface); i < len(r.info.Interfaces) {
		from.Name = visible(r.info.Interfaces[i])
	}
	return from
}

// end closes what was begun, and states what the sensors dropped.
func (w *writing) end() error {
	var problems []error
	for i, o := range w.outs {
		if o == nil {
			continue
		}
		for k := range w.last {
			problems = append(problems, o.dropped(&w.last[k], w.jobs[i].count.Packets))
		}
		problems = append(problems, o.ng.Close(), o.file.Close())
	}
	return errors.Join(problems...)
}

// dropped states how many frames the sensor of a file dropped: the share of them that falls to the slice, rounded up,
// so that rates stay what they were.
func (o *output) dropped(l *lastFrame, packets int64) error {
	if l.info.KernelDrops == nil && l.info.InterfaceDrops == nil || l.info.Packets == 0 {
		return nil
	}
	var n int64
	for _, d := range []*int64{l.info.KernelDrops, l.info.InterfaceDrops} {
		if d != nil {
			n += *d
		}
	}
	packets = min(packets, l.info.Packets)
	n = int64(math.Ceil(float64(n) * float64(packets) / float64(l.info.Packets)))
	for from := range l.from {
		if err := o.ng.Dropped(from, l.time, packets+n, n); err != nil {
			return err
		}
		packets, n = 0, 0
	}
	return nil
}
