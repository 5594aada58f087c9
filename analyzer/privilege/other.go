//go:build !linux

package privilege

import "runtime"

// Confine does nothing here.
func Confine(Paths) error { return nil }

// KeepFiles does nothing here.
func KeepFiles() error { return nil }

// Candidates is one here that stands for whoever the program is.
func Candidates([]string) []Identity { return []Identity{{}} }

// Try runs f.
func Try(_ Identity, f func() error) error { return f() }

// Become does nothing here.
func Become(Identity) error { return nil }

// Writable is not asked here.
func Writable(string) error { return nil }

// Replaceable is not asked here.
func Replaceable(string) error { return nil }

// Root is not asked here.
func Root() bool { return false }

// State says that nothing is taken.
func State() []Fact {
	return []Fact{{"privileges", "nothing is given up on " + runtime.GOOS, false}}
}
