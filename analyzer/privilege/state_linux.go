package privilege

import (
	"fmt"
	"math/bits"
	"os"
	"strings"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// State tells what the program has now, and what of it the kernel can take.
func State() []Fact {
	landlock, has := landlockText()
	return []Fact{
		{"user", fmt.Sprintf("%d, with %s", os.Geteuid(), heldText()), false},
		{"no_new_privs", noNewText(), false},
		{"Landlock", landlock, !has},
		{"seccomp", seccompText(), false},
	}
}

func heldText() string {
	held, err := capabilities()
	switch n := bits.OnesCount32(held[0].Effective) + bits.OnesCount32(held[1].Effective); {
	case err != nil:
		return "capabilities that cannot be read: " + err.Error()
	case n == 0:
		return "no capability: live capture is not possible"
	case n == 1 && held.has(unix.CAP_NET_RAW):
		return "cap_net_raw alone, for live capture"
	case held.has(unix.CAP_NET_RAW):
		return fmt.Sprintf("%d capabilities, cap_net_raw for live capture among them", n)
	default:
		return fmt.Sprintf("%d capabilities, but not cap_net_raw, which live capture needs", n)
	}
}

func noNewText() string {
	if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err == nil && set == 1 {
		return "set already"
	}
	return "not set; set when reading begins"
}

func landlockText() (text string, has bool) {
	version, err := ll.LandlockGetABIVersion()
	if err != nil {
		return "this kernel has none: files are not confined", false
	}
	return fmt.Sprintf("ABI %d: when reading begins, only what the command line names can be opened", version), true
}

// seccompText tells of filters that somebody else has set, such as a container.
func seccompText() string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not known"
	}
	_, mode, _ := strings.Cut(string(text), "\nSeccomp:")
	mode, _, _ = strings.Cut(mode, "\n")
	switch strings.TrimSpace(mode) {
	case "0":
		return "no filter"
	case "":
		return "not known"
	}
	return "a filter that was set before the program began"
}
