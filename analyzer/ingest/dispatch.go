package ingest

import (
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
)

// passes moves the clock by a packet.
func (p *pipeline) passes(clock int64) {
	if p.start == 0 {
		p.start = clock
	}
	p.clock = clock
}

// finish is what the clock stands at when all is read.
func (p *pipeline) finish() int64 {
	if k := p.c.Kept; k != nil {
		return max(p.clock, k.End)
	}
	return p.clock
}

// decoding is where the decoder stands: the input at hand, -1 before the first, and the packets so far.
type decoding struct {
	p       *pipeline
	input   int
	packets int64
}

// begin numbers a batch's packets, and goes over to its input.
func (d *decoding) begin(b *batch) {
	b.before = d.packets
	in := d.p.input(b.input)
	in.info = b.info
	if b.input != d.input {
		d.end()
		d.input = b.input
		if !d.p.live && d.p.c.Kept == nil {
			in.Base = d.packets
			d.p.numbers.begin(d.input, d.packets)
		}
		d.p.decoder.Switch(d.input, in.Stats)
	}
	if d.p.c.Kept != nil {
		b.before = in.Base
	}
	if down := b.block.Down; down.From != 0 {
		d.p.decoder.Down(down.From, down.To)
	}
	d.packets += int64(len(b.block.Frames))
}

// skip goes on with the place of frame i, where others were left out before it.
func (p *pipeline) skip(b *batch, i int) {
	if len(b.block.Places) > 0 {
		clock := b.block.Places[i].Clock + p.c.Kept.Ahead[b.input]
		p.decoder.Skip(capture.Place{Number: b.block.Number(i, b.before), Clock: clock})
	}
}

// end leaves the statistics with the input at hand.
func (d *decoding) end() {
	if d.input >= 0 {
		d.p.input(d.input).Stats = d.p.decoder.Stats
	}
}

// dispatch decodes a batch and deals its packets to the workers.
func (p *pipeline) dispatch(b *batch) {
	b.beside = b.beside[:0]
	for w := range b.heads {
		b.heads[w] = b.heads[w][:0]
	}
	b.ends = b.ends[:0]
	if len(b.block.Frames) == 0 { // by when it was read: packets that came since then may wait behind it
		if r := p.idle(b.input, b.at); r != nil {
			b.cut(r)
		}
	}
	var h decode.Head
	for i := range b.block.Frames {
		if p.windows.length > 0 {
			if b.block.Frames[i].Time < p.c.After {
				continue
			}
			if r := p.begins(b.input, &b.block.Frames[i]); r != nil {
				b.cut(r)
			}
		}
		p.skip(b, i)
		r, k := p.decoder.Head(&b.block, i, &h)
		if r != decode.OK {
			continue
		}
		p.passes(h.Clock)
		if k == nil {
			b.deal(&h, h.Share)
			continue
		}
		b.beside = append(b.beside, *k)
		h.Beside = uint32(len(b.beside))
		b.deal(&h, h.Share)
		if k.Quote != nil {
			h.Quote = true
			b.deal(&h, k.Quote.Share)
		}
	}
}

// deal gives a packet to the worker that owns the share.
func (b *batch) deal(h *decode.Head, share uint8) {
	w := workerOf(share, len(b.heads))
	b.heads[w] = append(b.heads[w], *h)
}

func partitionOf(share uint8) int           { return int(share) % partitions }
func workerOf(share uint8, workers int) int { return partitionOf(share) % workers }
