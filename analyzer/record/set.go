package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Set holds all records of one run, each list in its final order.
type Set struct {
	Run          *Run
	Health       []*CaptureHealth
	Flows        []*Flow
	Streams      []*MediaStream
	Intervals    []*MediaInterval
	TLS          []*TLSSession
	Reachability []*Reachability
	Sessions     []*Session
	Findings     []*Finding
	Summary      *Summary
}

// All yields the records in the order of the contract.
func (s *Set) All(yield func(Record) bool) {
	if s.Run != nil && !yield(s.Run) {
		return
	}
	if each(s.Health, yield) && each(s.Flows, yield) && each(s.Streams, yield) && each(s.Intervals, yield) &&
		each(s.TLS, yield) && each(s.Reachability, yield) && each(s.Sessions, yield) && each(s.Findings, yield) &&
		s.Summary != nil {
		yield(s.Summary)
	}
}

func each[R Record](list []R, yield func(Record) bool) bool {
	for _, r := range list {
		if !yield(r) {
			return false
		}
	}
	return true
}

// WriteTo sends all records to the sink and closes it. The first error wins; Close is called in any case.
func (s *Set) WriteTo(sink Sink) (err error) {
	defer func() {
		if cerr := sink.Close(); err == nil {
			err = cerr
		}
	}()
	for r := range s.All {
		if err := sink.Write(r); err != nil {
			return err
		}
	}
	return nil
}

// Read reads a JSON Lines stream back. Lines of a type this version does not know are skipped and counted in unknown.
// A broken line is an error that names its number.
func Read(r io.Reader) (s *Set, unknown int, err error) {
	s = new(Set)
	br := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return s, unknown, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			known, lerr := s.add(line)
			if lerr != nil {
				return s, unknown, fmt.Errorf("line %d: %w", n, lerr)
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

func (s *Set) add(line []byte) (known bool, err error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return false, err
	}
	switch head.Type {
	case "run":
		s.Run = new(Run)
		return true, json.Unmarshal(line, s.Run)
	case "capture_health":
		return true, add(&s.Health, line)
	case "flow":
		return true, add(&s.Flows, line)
	case "media_stream":
		return true, add(&s.Streams, line)
	case "media_interval":
		return true, add(&s.Intervals, line)
	case "tls_session":
		return true, add(&s.TLS, line)
	case "reachability":
		return true, add(&s.Reachability, line)
	case "session":
		return true, add(&s.Sessions, line)
	case "finding":
		return true, add(&s.Findings, line)
	case "summary":
		s.Summary = new(Summary)
		return true, json.Unmarshal(line, s.Summary)
	}
	return false, nil
}

func add[R any](list *[]*R, line []byte) error {
	v := new(R)
	if err := json.Unmarshal(line, v); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}
