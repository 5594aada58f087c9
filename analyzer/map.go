package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"slices"
	"sync"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/export"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/part"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/slice"
)

// Map reads captures as [Run] does, and instead of judging what they show it writes to out a piece of a longer run,
// which [Join] judges with the others. A flow that cannot have packets in other pieces is in it as packed records; of
// one that may, because it touches an end of the piece, the frames are.
//
// The captures are read twice, and must be files. What is wrong with one of them is in the piece, and is an error of
// Join as of Run; an error of Map says that there is no piece.
func Map(ctx context.Context, c Config, out io.Writer) error {
	if err := c.mappable(); err != nil {
		return err
	}
	catalog, err := c.prepare()
	if err != nil {
		return err
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c.aside.Full = stop
	e := &edges{keys: map[flow.Key]bool{}}
	in := c.ingest(knownAddr(catalog, c.Site))
	in.Take = e.watch(c.Flows, in.Take)
	result, _ := ingest.Run(reading, in)
	if err := context.Cause(reading); err != nil {
		return err
	}
	p, err := c.aside.Piece(0)
	if err != nil {
		return err
	}
	defer p.Close()
	return c.writePiece(ctx, newPieceWriter(out), result, p, e)
}

// mappable says what cannot be read in pieces.
func (c *Config) mappable() error {
	if len(c.Interfaces) > 0 || c.Follow != "" || c.Window != 0 {
		return &ConfigError{errors.New("pieces are made of capture files, without windows")}
	}
	for _, name := range c.Files {
		if st, err := os.Stat(name); name == "-" || err == nil && !st.Mode().IsRegular() {
			return &ConfigError{fmt.Errorf("%s: no file that can be read twice", name)}
		}
	}
	return nil
}

// edges are the 5-tuples of flows that touch an end of what was read: the flow table might join them with packets of
// before or of behind.
type edges struct {
	mu    sync.Mutex
	early []early
	keys  map[flow.Key]bool
	list  []flow.Key
}

// early is a flow that may have begun soon enough behind the first packet.
type early struct {
	key   flow.Key
	since int64 // the clock from which on an earlier packet would be of it
}

// watch looks at the flows that go to take.
func (e *edges) watch(c flow.Config, take taker) taker {
	c = c.WithDefaults()
	idle := map[bool]int64{true: int64(c.IdleTCP), false: int64(c.IdleUDP)} // by whether it is TCP
	return func(window int, numbers *ingest.Numbers) func(ingest.Expired) {
		next, first := take(window, numbers), int64(math.MaxInt64)
		return func(x ingest.Expired) {
			first = min(first, x.Flow.Began())
			since := x.Flow.Began() - idle[x.Flow.TCP != nil]
			if x.Open || since <= first {
				e.mu.Lock()
				if x.Open {
					e.add(x.Flow.Key.Tuple())
				} else {
					e.early = append(e.early, early{x.Flow.Key.Tuple(), since})
				}
				e.mu.Unlock()
			}
			next(x)
		}
	}
}

// taker is [ingest.Config.Take].
type taker = func(window int, numbers *ingest.Numbers) func(ingest.Expired)

func (e *edges) add(k flow.Key) {
	if !e.keys[k] {
		e.keys[k] = true
		e.list = append(e.list, k)
	}
}

// close adds the flows that began early, and flows that the table shows to each other: RTCP and RTP where these have
// ports of their own. udp are the flows of UDP that there are.
func (e *edges) close(began int64, udp map[flow.Key]bool) {
	for _, x := range e.early {
		if x.since <= began {
			e.add(x.key)
		}
	}
	for i := 0; i < len(e.list); i++ {
		for _, beside := range []func() (flow.Key, bool){e.list[i].Below, e.list[i].Above} {
			if k, ok := beside(); ok && udp[k] {
				e.add(k)
			}
		}
	}
}

// keysOf are the keys that packets of a record's flow may have.
func keysOf(f *record.Flow) []flow.Key {
	proto, ok := flow.ProtoNumber(f.Proto)
	if !ok {
		return nil
	}
	src, dst := netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)), netip.AddrPortFrom(f.DstIP, uint16(f.DstPort))
	return flow.KeysOf(src, dst, proto)
}

// writePiece writes the flows that are whole, and the frames of the others.
func (c *Config) writePiece(ctx context.Context, w *pieceWriter, r *ingest.Result, p *export.Piece, e *edges) error {
	leave, err := e.leave(r.Clock[0], p)
	if err != nil {
		return err
	}
	flows, err := w.entry(flowsEntry)
	if err == nil {
		err = p.Save(flows, func(i int) bool { return !leave[i] })
	}
	if err != nil {
		return err
	}
	h := &pieceHead{Layout: layout(), Settings: c.settings(), Clock: r.Clock, Inputs: r.Inputs, Edges: e.list}
	src := slice.Source{Decap: c.Decap, Max: c.MaxPackets}
	for i := range h.Inputs {
		in := &h.Inputs[i]
		src.Files = append(src.Files, in.Name)
		h.Faults = append(h.Faults, faultOf(in.Err))
		in.Err = nil
	}
	var failed error
	job := &slice.Job{Selection: slice.Selection{Keys: e.list}}
	job.Frame = func(input int, at capture.Place, f *capture.Frame, b []byte) error {
		failed = w.frame(input, at, f, b)
		return failed
	}
	_ = slice.Cut(ctx, src, []*slice.Job{job}) // what is wrong with a capture the piece says
	if err := cmp.Or(ctx.Err(), failed); err != nil {
		return err
	}
	return w.close(h)
}

// leave closes the edges, and gives the numbers of the flows that have one of their keys.
func (e *edges) leave(began int64, p *export.Piece) (map[int]bool, error) {
	udp := map[flow.Key]bool{}
	err := p.Each(func(_ int, f *record.Flow) {
		if f.Proto == "udp" {
			udp[keysOf(f)[0]] = true
		}
	})
	e.close(began, udp)
	leave := map[int]bool{}
	return leave, cmp.Or(err, p.Each(func(i int, f *record.Flow) {
		if slices.ContainsFunc(keysOf(f), func(k flow.Key) bool { return e.keys[k] }) {
			leave[i] = true
		}
	}))
}

// Join judges pieces as [Run] would have judged all their captures read in one go, one behind the other in the order of
// their time. Flows, streams, sessions and findings are the same, but for datagrams whose fragments are in two pieces,
// copies that a mirror made on the other side of an end (the captures count them, flows are equal), runs at the bound
// of a table, and captures out of the order of time. So that a reader knows, the run says how many pieces it is of.
//
// Errors are those of Run, and [PieceError].
func Join(ctx context.Context, c Config, names []string) (*record.Set, error) {
	catalog, err := c.prepare()
	if err != nil {
		return nil, err
	}
	list, err := openPieces(names)
	if err != nil {
		return nil, err
	}
	defer list.close()
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c.aside.Full = stop
	result, err := c.joined(reading, list, knownAddr(catalog, c.Site))
	if err != nil {
		return nil, err
	}
	packs, err := catalog.Timeline(c.Policy)
	if err != nil {
		return nil, &ConfigError{err}
	}
	var faults []error
	for i := range result.Inputs {
		faults = append(faults, result.Inputs[i].Fault())
	}
	judged, done := judging(ctx, false)
	defer done()
	set, err := c.judge(judged, packs, result, nil, audit.RunUntil)
	if set != nil && len(list) > 1 {
		set.Run.Pieces = len(list)
	}
	return set, errors.Join(append(faults, err)...)
}

// joined puts together what the pieces hold.
func (c *Config) joined(ctx context.Context, list pieces, known func(netip.Addr) bool) (*ingest.Result, error) {
	in := c.ingest(known)
	in.Files, in.Kept = nil, list.kept()
	for _, p := range list {
		if want := c.settings(); p.Settings != want {
			return nil, &PieceError{p.name, fmt.Errorf("it was made with %s; this run has %s", p.Settings, want)}
		}
		e, err := p.zip.Open(flowsEntry)
		if err == nil {
			err = c.aside.Load(0, e, part.Shift{Packets: p.base, Files: p.files})
		}
		if full := (*part.SpillError)(nil); err != nil && !errors.As(err, &full) {
			return nil, &PieceError{p.name, err}
		}
	}
	in.Take = func(window int, numbers *ingest.Numbers) func(ingest.Expired) {
		take := c.aside.Take(window, numbers)
		return func(e ingest.Expired) {
			if list.takes(e.Flow) {
				take(e)
			}
		}
	}
	result, err := ingest.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	result.Inputs = in.Kept.Inputs
	return result, nil
}
