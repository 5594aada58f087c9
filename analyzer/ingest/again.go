package ingest

import (
	"context"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
)

// Packets reads files once more and shows every packet that can be decoded, in the order and with the numbers of [Run];
// copies are left out. It is for what is only asked after a run, of a few of its packets. What the packet borrows is
// gone when show returns. What is wrong with a file ends the reading of it without an error: [Run] has said it.
func Packets(ctx context.Context, c Config, show func(*decode.Packet)) error {
	c.Hash = capture.NoHash
	p := &pipeline{c: &c, decoder: decode.New(decode.Config{MaxFragBytes: c.bounds().fragments,
		NoDeduplicate: c.NoDeduplicate, Decap: c.Decap})}
	if err := p.open(); err != nil {
		return err
	}
	defer p.closeInputs()
	for i, in := range p.inputs {
		if in.src, in.Err = in.open(ctx); in.Err != nil {
			continue
		}
		p.decoder.Switch(i, decode.Stats{})
		if err := p.showAll(ctx, in.src, show); err != nil {
			return err
		}
	}
	return nil
}

// showAll shows the packets of one input.
func (p *pipeline) showAll(ctx context.Context, src capture.Source, show func(*decode.Packet)) error {
	var b capture.Block
	var k decode.Packet
	for {
		err := src.Next(&b)
		for i := range b.Frames {
			if p.decoder.Decode(&b.Frames[i], b.Bytes(i), &k) == decode.OK && !k.Duplicate {
				show(&k)
			}
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return nil
		}
	}
}
