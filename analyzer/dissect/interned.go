package dissect

import (
	"encoding/binary"
	"slices"

	"webexaudit/analyzer/dissect/tlswire"
)

// interned keeps one copy of what the hellos of many flows have alike. What it returns is shared and read-only.
type interned struct {
	texts map[string]string
	lists map[string][]uint16
	names map[string][]string
	key   []byte // of the lookup at hand
}

// maxInterned is how many are known of each kind; then all are forgotten, and what comes again is kept once more. What
// is longer than maxKey bytes is each flow's own.
const (
	maxInterned = 4096
	maxKey      = 256
)

// keep notes what the map does not have yet.
func keep[T any](known *map[string]T, key string, v T) T {
	if len(key) > maxKey {
		return v
	}
	if *known == nil || len(*known) >= maxInterned {
		*known = make(map[string]T)
	}
	(*known)[key] = v
	return v
}

// one is the bytes as a string.
func one[B string | []byte](x *interned, b B) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := x.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	return keep(&x.texts, s, s)
}

// offered is the first values of a list, without GREASE (RFC 8701).
func (x *interned) offered(list []uint16) []uint16 {
	x.key = x.key[:0]
	for _, v := range list {
		if !tlswire.IsGREASE(v) && len(x.key) < 2*maxOffered {
			x.key = binary.BigEndian.AppendUint16(x.key, v)
		}
	}
	if out, ok := x.lists[string(x.key)]; ok || len(x.key) == 0 {
		return out
	}
	out := make([]uint16, len(x.key)/2)
	for i := range out {
		out[i] = binary.BigEndian.Uint16(x.key[2*i:])
	}
	return keep(&x.lists, string(x.key), out)
}

// protocols is the first names of a list of ALPN.
func (x *interned) protocols(list [][]byte) []string {
	list = list[:min(len(list), maxOffered)]
	x.key = x.key[:0]
	for _, name := range list {
		x.key = append(append(x.key, byte(len(name))), name...)
	}
	if out, ok := x.names[string(x.key)]; ok || len(list) == 0 {
		return out
	}
	var out []string
	for _, name := range list {
		out = append(out, one(x, name))
	}
	return keep(&x.names, string(x.key), slices.Clip(out))
}
