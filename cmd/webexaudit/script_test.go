package main

import (
	"flag"
	"fmt"
	"net/netip"
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
// outside.pcap (one call at two points, pcaptest.TwoPoints), hidden.pcap (a meeting in more tunnels than are
// opened).
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
		"hidden.pcap":    hidden().Pcap(),
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

// hidden is the healthy meeting in nine tunnels of GRE, one more than are opened.
func hidden() *pcaptest.Capture {
	outer := pcaptest.Outer{Src: netip.MustParseAddr("10.99.0.1"), Dst: netip.MustParseAddr("10.99.0.2")}
	var tunnels []pcaptest.Wrap
	for range 9 {
		tunnels = append(tunnels, pcaptest.GREv0(outer, pcaptest.GRE{}))
	}
	return pcaptest.HealthyMeeting().Wrap(tunnels...)
}
