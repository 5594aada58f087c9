// Package ssh reads the identification string with which both sides of an SSH connection begin (RFC 4253 section 4.2).
//
// In goes the start of one direction of a TCP connection, in order; out comes an [ID] whose strings are copies. Nothing
// behind the string is read: it is key exchange, then encrypted. The lines of text that a server may send before its
// string are not looked for.
package ssh

import (
	"bytes"
	"errors"
)

// maxLine is the longest identification string with its line end (RFC 4253 section 4.2).
const maxLine = 255

// The reasons why bytes were not read as an identification string.
var (
	ErrShort  = errors.New("ssh: more bytes are needed")
	ErrSyntax = errors.New("ssh: no identification string")
)

// ID is an identification string: SSH-protoversion-softwareversion SP comments.
type ID struct {
	Version  string // "2.0", or "1.99" of a server that speaks version 1 as well
	Software string // as "OpenSSH_9.6"
	Comment  string
}

// Is reports whether b begins with an identification string of version 2.
func Is(b []byte) bool {
	return bytes.HasPrefix(b, []byte("SSH-2.0-")) || bytes.HasPrefix(b, []byte("SSH-1.99-"))
}

// ParseID reads the identification string at the start of b and its length n with the line end, which may lack its CR.
func ParseID(b []byte) (id ID, n int, err error) {
	if !Is(b) {
		return ID{}, 0, ErrSyntax
	}
	end := bytes.IndexByte(b[:min(len(b), maxLine)], '\n')
	switch {
	case end < 0 && len(b) < maxLine:
		return ID{}, 0, ErrShort
	case end < 0:
		return ID{}, 0, ErrSyntax
	}
	line := bytes.TrimSuffix(b[:end], []byte{'\r'})
	for _, c := range line {
		if c < ' ' || c > '~' {
			return ID{}, 0, ErrSyntax
		}
	}
	version, software, _ := bytes.Cut(line[len("SSH-"):], []byte{'-'})
	software, comment, _ := bytes.Cut(software, []byte{' '})
	if len(software) == 0 {
		return ID{}, 0, ErrSyntax
	}
	return ID{string(version), string(software), string(comment)}, end + 1, nil
}
