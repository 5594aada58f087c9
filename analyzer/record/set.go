package record

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Set holds all records of one run, each list in its final order. It is the one list of record types: its members stand
// in the order of the contract, and the tag `table` names a type's Parquet table, the type of its rows in code, and
// where that is not the record itself, the type that a row is made of. The tag `each` names what yields them.
//
// Flows and TLS sessions, which there may be by the million, can be held elsewhere ([Set.Hold]). So whoever only reads
// them does so by [Set.Source], [Set.EachFlow] and [Set.EachTLS].
type Set struct {
	Run          *Run
	Health       []*CaptureHealth `table:"captures,captureRow,Capture"`
	Flows        []*Flow          `table:"flows,flowRow" each:"EachFlow"`
	Streams      []*MediaStream   `table:"media_streams,streamRow"`
	Intervals    []*MediaInterval `table:"media_intervals,intervalRow"`
	TLS          []*TLSSession    `table:"tls_sessions,tlsRow,Handshake" each:"EachTLS"`
	Reachability []*Reachability  `table:"reachability,reachabilityRow"`
	Sessions     []*Session       `table:"sessions,sessionRow"`
	Comparison   *Comparison
	Compared     []*ComparedStream `table:"compared_streams,comparedRow"`
	Findings     []*Finding        `table:"findings,findingRow"`
	Summary      *Summary

	stored FlowSource // instead of Flows and TLS
}

// Observations is one empty record of each type that rules read: all but their own results.
func Observations() []Record {
	return slices.DeleteFunc(Types(), func(r Record) bool {
		switch r.(type) {
		case *Finding, *Summary:
			return true
		}
		return false
	})
}

// WriteTo sends the records to the sink and closes it. The first error wins; Close is called in any case.
func (s *Set) WriteTo(sink Sink) error {
	err := sink.Write(s)
	return cmp.Or(err, sink.Close(), s.Err())
}

// All yields the records in the order of the contract.
func (s *Set) All(yield func(Record) bool) {
	for _, one := range Types() {
		for r := range s.Of(one.RecordType()) {
			if !yield(r) {
				return
			}
		}
	}
}

// Count is how many records of a type there are.
func (s *Set) Count(kind string) (n int) {
	if kind == new(Flow).RecordType() {
		return s.NumFlows()
	}
	for range s.Of(kind) {
		n++
	}
	return n
}

// follows reports whether a record may stand where it does: a run has one run record and ends with its summary, so that
// files of several runs, joined by hand, are not taken for one.
func (s *Set) follows(r Record) error {
	_, begins := r.(*Run)
	switch {
	case s.Summary != nil:
		return errors.New("something follows the summary, which ends a run; several runs are several files")
	case begins && s.Run != nil:
		return errors.New("a second run begins; several runs are several files")
	}
	return nil
}

// Incomplete is the error of a stored run that lacks records: its summary, which is its last line, or what the summary
// has counted; or of one that a signal has cut short. Set may come from the summary document, which holds findings but
// no flows. It is nil for a whole run.
func (s *Set) Incomplete() error { return s.incomplete(s.countFlows()) }

// incomplete is Incomplete of a run of which so many flows were read.
func (s *Set) incomplete(flows int) error {
	if s.Summary == nil {
		return errors.New("the run is incomplete: its summary, which is the last line, is missing")
	}
	count := map[State]int{}
	for _, f := range s.Findings {
		count[f.State]++
	}
	for _, state := range slices.Sorted(maps.Keys(count)) {
		if s.Summary.States[state] == 0 {
			return fmt.Errorf("the run is not whole: its summary counts no finding of state %s, but %d are there",
				state, count[state])
		}
	}
	for _, state := range slices.Sorted(maps.Keys(s.Summary.States)) {
		if want, is := s.Summary.States[state], count[state]; is != want {
			return fmt.Errorf("the run is not whole: its summary counts %d findings of state %s, but %d are there",
				want, state, is)
		}
	}
	if flows > 0 && flows != s.Summary.Flows {
		return fmt.Errorf("the run is not whole: its summary counts %d flows, but %d are there", s.Summary.Flows, flows)
	}
	if s.Summary.Interrupted() {
		return fmt.Errorf("the run is not whole: %s", s.Summary.ExitReason)
	}
	return nil
}

func (s *Set) countFlows() (n int) {
	for f := range s.EachFlow {
		n += int(f.Count())
	}
	return n
}

// maxLine is how many bytes a line may have.
const maxLine = 64 << 20

// Bulk are the types of records that a run may have by the million: observations of single flows.
func Bulk() []string {
	return []string{"flow", "media_stream", "media_interval", "tls_session", "reachability"}
}

// ReadRun reads the JSON Lines stream of one run. It is [Read], and an error where the records are those of several
// runs or not all of one ([Set.Incomplete]). Records of the types in without are left out of the set, but for their
// syntax and their number. Flows and TLS sessions are held packed ([Set.Hold]).
func ReadRun(r io.Reader, without ...string) (s *Set, unknown int, err error) {
	d := &reader{without: without, packed: newPackedFlows()}
	s, unknown, err = d.read(r, (*Set).follows)
	if d.packed.seal(); d.packed.Len() > 0 {
		s.Hold(d.packed)
	}
	if err == nil && s.Run != nil {
		err = s.incomplete(d.flows)
	}
	return s, unknown, err
}

// Read reads a JSON Lines stream back. Lines of a type this version does not know are skipped and counted in unknown.
// A broken line is an error that names its number; the records before it are in the set.
func Read(r io.Reader) (s *Set, unknown int, err error) {
	return new(reader).read(r, func(*Set, Record) error { return nil })
}

// read asks check before it adds a record.
func (d *reader) read(r io.Reader, check func(*Set, Record) error) (s *Set, unknown int, err error) {
	s = new(Set)
	in := bufio.NewReaderSize(r, 1<<20)
	var long []byte
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		for long = long[:0]; err == bufio.ErrBufferFull; {
			if long = append(long, line...); len(long) > maxLine {
				return s, unknown, fmt.Errorf("line %d: longer than %d MiB", n, maxLine>>20)
			}
			line, err = in.ReadSlice('\n')
		}
		if len(long) > 0 {
			long = append(long, line...)
			line = long
		}
		if err != nil && err != io.EOF {
			return s, unknown, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			known, err := d.line(s, line, check)
			if err != nil {
				return s, unknown, fmt.Errorf("line %d: %w", n, err)
			}
			if !known {
				unknown++
			}
		}
		if err == io.EOF {
			return s, unknown, nil
		}
	}
}

// line reads a record and adds it. Known is false where this version does not know it.
func (d *reader) line(s *Set, line []byte, check func(*Set, Record) error) (known bool, err error) {
	r, err := d.parse(line)
	if err != nil || r == nil {
		return d.left, err
	}
	if err := check(s, r); err != nil {
		return false, err
	}
	return d.add(s, r)
}

// add puts a record where it belongs.
func (d *reader) add(s *Set, r Record) (known bool, err error) {
	if d.packed != nil {
		switch r := r.(type) {
		case *Flow:
			d.flows += int(r.Count())
			return true, d.packed.addFlow(r)
		case *TLSSession:
			if found, err := d.packed.addTLS(r); found || err != nil {
				return true, err
			}
		}
	}
	return s.Add(r), nil
}
