// Package oracle finds the other programs that tests compare with. Starting one for each capture takes minutes in all,
// so such tests run only where they are asked for.
package oracle

import (
	"os"
	"os/exec"
	"testing"
)

// Wanted is the environment variable that asks for the comparisons with tshark.
const Wanted = "TSHARK"

// Tshark is where tshark is; the test is skipped where it was not asked for or is not installed.
func Tshark(t testing.TB) string {
	t.Helper()
	if os.Getenv(Wanted) == "" {
		t.Skip("compares with tshark: make tshark, or set " + Wanted + "=1")
	}
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skipf("tshark is not installed: %v", err)
	}
	return path
}
