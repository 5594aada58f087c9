package ingest

import (
	"errors"
	"fmt"
	"os"

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
	for _, name := range capture.SortByTime(p.c.Files) {
		in := &input{Input: Input{Name: name}}
		in.open = func() (src capture.Source, err error) {
			if p.c.NoHash {
				return capture.Open(name)
			}
			src, in.digest, err = capture.OpenDigest(name)
			return src, err
		}
		if name == stdinName {
			in.open = func() (capture.Source, error) { return capture.OpenReader(stdinName, p.c.Stdin) }
		} else if st, err := os.Stat(name); err == nil {
			p.total += st.Size()
			in.Bytes = st.Size() // until the digest says how many there were
		}
		p.inputs = append(p.inputs, in)
	}
	return nil
}

// unreadable reports whether the link type kept every frame of the input from being decoded.
func (in *input) unreadable() bool {
	return in.Stats.Packets > 0 && in.Stats.Reasons[decode.LinkUnknown] == in.Stats.Packets
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
