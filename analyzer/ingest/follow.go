package ingest

import "webexaudit/analyzer/capture"

// follow reads the files of a directory one after the other, for as long as there is no reason to stop.
func (r *reading) follow() {
	p := r.p
	for !r.over() {
		name, src, err := p.follower.Next()
		if name == "" {
			continue
		}
		in := &input{Input: Input{Name: name, Hash: capture.NoHash, Err: err}, src: src}
		i := p.add(in)
		for err == nil && !in.done && !r.stop {
			r.block(i)
		}
		if src != nil {
			src.Close()
			p.mu.Lock()
			in.src = nil
			p.mu.Unlock()
		}
	}
}

// add puts a file behind the others, and returns its index.
func (p *pipeline) add(in *input) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inputs = append(p.inputs, in)
	return len(p.inputs) - 1
}

func (p *pipeline) input(i int) *input {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inputs[i]
}
