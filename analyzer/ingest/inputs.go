package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
)

const stdinName = "-"

// open prepares the inputs: interfaces are opened at once, files one after the other when their turn comes.
func (p *pipeline) open() error {
	for _, name := range p.c.Interfaces {
		src, err := capture.OpenLive(name, p.c.Live)
		if err != nil {
			p.closeInputs()
			return err
		}
		p.inputs = append(p.inputs, &input{Input: Input{Name: name}, src: src})
	}
	if p.live && p.c.Opened != nil {
		if err := p.c.Opened(); err != nil {
			p.closeInputs()
			return fmt.Errorf("%w: %w", capture.ErrLive, err)
		}
	}
	if p.c.Follow != "" {
		var err error
		p.follower, err = capture.Follow(p.c.Follow, time.Unix(0, p.c.After))
		return err
	}
	if p.c.Kept != nil {
		p.openKept()
		return nil
	}
	p.openFiles()
	return nil
}

// openFiles puts the files into the order of their time.
func (p *pipeline) openFiles() {
	files := capture.SortByTime(p.c.Files)
	sizes, pipes := make([]int64, len(files)), make([]bool, len(files))
	for i, name := range files {
		if st, err := os.Stat(name); err == nil && name != stdinName {
			sizes[i], pipes[i] = st.Size(), !st.Mode().IsRegular()
			p.total += st.Size()
		}
	}
	hash := cmp.Or(p.c.Hash, capture.HashFor(p.total))
	if p.c.Rotated {
		hash = capture.NoHash
		clear(sizes) // a window tells that of a file whose end it has
	}
	for i, name := range files {
		in := &input{Input: Input{Name: name, Hash: hash, Bytes: sizes[i]}} // until the digest says how many there were
		switch {
		case name == stdinName:
			in.open = func(ctx context.Context) (capture.Source, error) {
				return capture.OpenReader(stdinName, capture.UntilDone(ctx, p.c.Stdin))
			}
		case hash == capture.NoHash || pipes[i]:
			in.open = func(ctx context.Context) (capture.Source, error) { return capture.OpenContext(ctx, name) }
		default:
			in.open = func(context.Context) (src capture.Source, err error) {
				src, in.digest, err = capture.OpenDigest(name, hash)
				return src, err
			}
		}
		p.inputs = append(p.inputs, in)
	}
}

// unreadable reports whether the link type kept every frame of the input from being decoded.
func (in *Input) unreadable() bool {
	return in.Stats.Packets > 0 && in.Stats.Reasons[decode.LinkUnknown] == in.Stats.Packets
}

// Fault is what is wrong with the input, as an error of [Run]; nil: nothing.
func (in *Input) Fault() error {
	err := errors.Join(in.Err, in.Damage)
	if in.Err == nil && in.unreadable() {
		err = errors.Join(err, &linkError{in.Name, in.Info.LinkTypes})
	}
	return err
}

// ErrLinkType says that no frame of a file could be decoded because of its link type.
var ErrLinkType = errors.New("unknown link type")

// linkError names the link type that nothing can be made of.
type linkError struct {
	name  string
	links []capture.LinkType
}

func (e *linkError) Error() string {
	return fmt.Sprintf("%s: %v %v: no frame could be decoded; capture on an Ethernet, Linux cooked, raw IP, loopback or PPP interface",
		e.name, ErrLinkType, e.links)
}

func (e *linkError) Unwrap() error { return ErrLinkType }

// hashFiles computes digests beside the analysis.
func (p *pipeline) hashFiles(ctx context.Context) {
	for in := range p.hash {
		p.setSum(in)(capture.HashFile(ctx, in.Name, in.Hash))
	}
}

// setSum takes the digest of an input.
func (p *pipeline) setSum(in *input) func(sum string, n int64, err error) {
	return func(sum string, n int64, err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			in.Digest, in.Bytes = sum, n
		}
	}
}
