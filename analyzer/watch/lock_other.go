//go:build !unix

package watch

import "os"

// take cannot keep others away on this system.
func take(*os.File) error { return nil }
