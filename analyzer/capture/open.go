package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Open opens a capture file, whatever its format and compression; "-" is standard input.
//
// It returns [ErrEmpty] or [ErrFormat], wrapped with the path, for what is no capture, and a [*DamageError] for a
// capture that is cut off inside its file header.
func Open(path string) (Source, error) {
	if path == "-" {
		return OpenReader(path, os.Stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the path
	}
	return open(path, f, f, blockSize)
}

// OpenReader reads a capture from r, which it does not close. The name is for messages only.
func OpenReader(name string, r io.Reader) (Source, error) {
	return open(name, r, nil, blockSize)
}

// open is OpenReader for a file that the source owns (c may be nil), with blocks of size bytes. It closes c when it
// fails.
func open(name string, r io.Reader, c io.Closer, size int) (Source, error) {
	in := newInput(name, r, c)
	head, err := in.unpack()
	if err == nil {
		var s Source
		if s, err = in.source(head, size); err == nil {
			return s, nil
		}
	}
	in.Close()
	return nil, err
}

// source recognises the format by the first bytes. To add one: a magic in sniff.go and a case here.
func (in *input) source(head []byte, size int) (Source, error) {
	f := identify(head)
	if f == formatNone {
		return nil, fmt.Errorf("%s: %w; it begins with %s", in.name, ErrFormat, quote(head, in.name))
	}
	if need := f.headerLen(head); len(head) < need {
		return nil, in.damage(&brokenError{fmt.Sprintf("the file ends inside the file header (%d of %d bytes)", len(head), need)})
	}
	switch f {
	case formatPcap:
		return newPcap(in, head, size)
	case formatPcapng:
		return newStream(in, &ngIndex{}, 0, head, size), nil
	default:
		return newSnoop(in, head)
	}
}

// damage turns a failure before the first packet into the error that the caller sees.
func (in *input) damage(err error) error {
	if broken, ok := errors.AsType[*brokenError](err); ok {
		return &DamageError{File: in.name, Packet: 1, What: broken.what}
	}
	return fmt.Errorf("%s: %w", in.name, err)
}
