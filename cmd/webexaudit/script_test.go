package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"webexaudit/analyzer/pcaptest"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	nobody := func() {
		root = func() bool { return false } // who runs the tests, is told nothing
		main()
	}
	testscript.Main(m, map[string]func(){"webexaudit": nobody, "webexaudit-root": main, "slow": slowly})
}

// TestScripts runs whole command lines. Every script finds these captures in its directory: healthy.pcap (a meeting
// without fault), proxy.pcap (media over TLS through a proxy), nowebex.pcap, cut.pcap (the first half of healthy.pcap,
// cut inside a packet), empty.pcap (0 bytes), nopackets.pcap (a valid file without packets), inside.pcap and
// outside.pcap (one call at two points, pcaptest.TwoPoints).
func TestScripts(t *testing.T) {
	healthy := pcaptest.HealthyMeeting().Pcap()
	inside, outside := pcaptest.TwoPoints()
	captures := map[string][]byte{
		"inside.pcap":    inside.Pcap(),
		"outside.pcap":   outside.Pcap(),
		"healthy.pcap":   healthy,
		"proxy.pcap":     pcaptest.TLSViaProxy().Pcap(),
		"nowebex.pcap":   pcaptest.NoWebex().Pcap(),
		"cut.pcap":       healthy[:len(healthy)/2],
		"empty.pcap":     nil,
		"nopackets.pcap": healthy[:24],
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("unknown condition %s", name)
			}
			return root(), nil
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("TERM", "xterm")
			for name, b := range captures {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), b, 0o644); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
