package ingest

import (
	"context"

	"webexaudit/analyzer/capture"
)

// Kept are captures that were read before, of which some frames were kept ([capture.KeptWriter]). They are read as if
// the others had passed in between, so that what becomes of the flows whose frames all are there is what became of them
// then. What is known of the captures is taken as it is: nothing of it can be counted again.
type Kept struct {
	Inputs []Input
	Open   func(input int) (capture.Source, error)
	Ahead  []int64 // by input: how far the clock of the run is ahead of that of the frames
	End    int64   // what the clock stands at when all have passed
}

// openKept prepares the captures, whose packets have their numbers from before.
func (p *pipeline) openKept() {
	p.numbers.of(p.c.Kept.Inputs)
	for i := range p.c.Kept.Inputs {
		known := &p.c.Kept.Inputs[i]
		p.inputs = append(p.inputs, &input{
			Input: Input{Name: known.Name, Hash: capture.NoHash, Base: known.Base},
			open:  func(context.Context) (capture.Source, error) { return p.c.Kept.Open(i) },
		})
	}
}
