// Package ingest reads captures: it holds the goroutines of the packet path. In go files or interfaces and the bounds
// of memory; out come, for each input, what became of it ([Input]), and the flows with what their packets told
// ([Expired]): to who takes them as they expire (Config.Take), else all at the end, in one order that does not depend
// on the number of workers.
//
// The workers own the flow tables and look for copies. One of them at a time, who has nothing else to do, reads a block
// of frames, decodes it and dispatches its packets (turn.go); where that would be too late, a goroutine beside them
// reads, or one for each interface. Decoding is one after the other on purpose: reassembly of fragments and the clock
// need all packets in order, and so does the numbering. Packets are dispatched by a symmetric hash of their 5-tuple to
// a fixed number of partitions; each worker owns some partitions with their flow tables. The number of workers
// therefore changes nothing in the result: tables, copies, bounds and evictions belong to partitions. RTCP between the
// ports next to those of its RTP is in the same partition. An ICMP error goes to its own flow and to the flow it
// quotes.
//
// What goes to a worker is small, a [decode.Head] for each packet in one cache line; the worker reads the rest from the
// block. A batch belongs to the stage that holds it; the last worker hands it back to the reader.
package ingest

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
)

// Config says what to read and how. The zero value of each optional field means its default.
type Config struct {
	Files      []string  // capture files, taken in the order of their first packet; "-" is Stdin
	Stdin      io.Reader // for "-"
	Interfaces []string  // live capture instead of files
	Follow     string    // directory whose captures are taken instead of files, those to come too, until ctx is done
	Rotated    bool      // the files are those of one recorder, and read as Follow reads them, but for their end
	Kept       *Kept     // instead of files: some of their frames, which were kept
	Live       capture.LiveOptions
	Opened     func() error  // live: called when all interfaces are open, if it is not nil; its error ends the run
	Duration   time.Duration // live and Follow: end after this time
	MaxPackets int64         // end after this many packets
	Hash       capture.Hash  // of the files; "": capture.HashFor their size
	Progress   func(Progress)
	Ring       *capture.Ring // keeps the latest frames; may be nil

	Workers int
	Flows   flow.Config // bounds and time-outs of the flow table; MaxFlows counts over all partitions
	// bytes that the run should stay below; 0: the defaults of each table. Shares are in bounds.go
	MaxMemory     int64
	NoDeduplicate bool // do not look for mirror duplicates
	Decap         decode.Decap
	// Window is how long a window of packet time is, whose ends cut the flows that live: see Result.Window. 0: all is
	// one
	Window time.Duration
	After  int64 // in windows: packets of before are passed over
	// Began is told when a window begins, numbered from 0, before any of its packets is decoded; may be nil.
	Began func(window int)
	// Settled takes the result of each window but the last, in order, from one goroutine beside those that read:
	// while it takes longer than a window lasts, reading waits.
	Settled func(*Result)
	// Take gives what takes the flows of a worker that expire in a window, and the parts of those that go on: the
	// windows are numbered from 0. It is called by the worker's goroutine, and so is what it returns, to which a flow
	// is lent. nil: Result.Expired has them.
	Take  func(window int, numbers *Numbers) func(Expired)
	Known func(netip.Addr) bool // whether an address tells something of itself: its flows are not aggregated
}

// Progress of reading files.
type Progress struct {
	Bytes, TotalBytes int64 // of the files as stored; TotalBytes 0: not known
	Packets           int64
	File              string
}

// Input is one file or interface and what became of it.
type Input struct {
	Name            string
	Info            capture.Info
	Stats           decode.Stats
	Base            int64        // packets of the inputs before it; 0 where interfaces are read
	Read            int64        // packets read of it so far; Stats count those of the window
	Hash            capture.Hash // what was taken of a file as stored
	Digest          string       // in hexadecimal; empty where none was taken
	Bytes           int64        // of a file as stored
	Damage, Err     error
	Aggregated      Aggregated // flows that expired while it was read
	PrefixesRefused int64      // beginnings of TCP streams for which there was no room
}

// Problem is what is wrong with the input, in words.
func (in *Input) Problem() string {
	switch {
	case in.Damage != nil:
		return in.Damage.Error()
	case errors.Is(in.Err, context.Canceled):
		return "interrupted before its end was read"
	case in.Err != nil:
		return in.Err.Error()
	}
	return ""
}

// Aggregated counts the flows that were not retained.
type Aggregated struct{ Flows, Packets, Bytes, Evicted, TCPBytes int64 }

// Expired is a flow whose time is over (RFC 5470: expiration), with the facts gathered.
type Expired struct {
	Flow  *flow.Flow
	Facts *dissect.State
	Open  bool // reading ended before its time was over
}

// Span is a stretch of packet time in nanoseconds, its end not included. The zero value is all of it.
type Span struct{ From, To int64 }

// Result is what was read, or what of it belongs to one window: the flows that expired in it, and the parts of those
// that go on ([flow.Flow.Cut]).
type Result struct {
	Live    bool
	Endless bool // it ends with the context: an end that is none of an interruption
	Window  Span
	Number  int // of the window, from 0
	Numbers *Numbers
	Clock   [2]int64 // of the first packet and the last
	Inputs  []Input
	Expired []Expired // by start, then by number of the first packet, which no other flow has; without Config.Take
}

// LastTime is the time of the last packet; zero without packets.
func (r *Result) LastTime() time.Time {
	var last int64
	for i := range r.Inputs {
		last = max(last, r.Inputs[i].Stats.LastTime)
	}
	if last == 0 {
		return time.Time{}
	}
	return time.Unix(0, last)
}

// Run reads the captures. The result is complete for what was read even when the error is not nil: errors of inputs are
// joined, and cancelling the context ends reading early with context.Canceled (files) or normally (live, Follow). Only
// where an interface or a directory to follow cannot be opened there is no result.
func Run(ctx context.Context, c Config) (*Result, error) {
	p := newPipeline(&c)
	if err := p.open(); err != nil {
		return nil, err
	}
	err := p.run(ctx)
	return p.result(), err
}

// result gathers what the goroutines hold, after they have ended; nothing is left with them. Where there are windows it
// is the last one's.
func (p *pipeline) result() *Result {
	r := p.beginResult()
	all := make([]yielded, len(p.workers))
	for i, w := range p.workers {
		all[i] = w.yield()
		for _, part := range w.parts {
			if part != nil {
				part.table = nil
			}
		}
	}
	r.gather(all)
	r.Clock = [2]int64{p.start, p.clock}
	return r
}
