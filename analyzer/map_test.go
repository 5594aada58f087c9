package analyzer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// piecesOf maps each capture to a piece of its own.
func piecesOf(t *testing.T, c Config, captures ...string) (names []string) {
	t.Helper()
	for _, file := range captures {
		c.Files = []string{file}
		var b bytes.Buffer
		if err := Map(t.Context(), c, &b); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "piece")
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// hours are DNS lookups, one every ten minutes from a port of its own, so many.
func hours(t *testing.T, from, n int) string {
	t.Helper()
	c := pcaptest.Capture{Link: pcaptest.LinkEthernet}
	for i := from; i < from+n; i++ {
		at := time.Date(2026, 11, 2, 8, 10*i, 0, 0, time.UTC)
		asked := pcaptest.DNS{Name: "idbroker.webex.com"}.Message(uint16(i), dnsmessage.TypeA, false)
		ip := pcaptest.IP{Src: pcaptest.ClientA, Dst: pcaptest.Resolver.Addr()}
		c.Add(at, pcaptest.Ethernet(ip.UDP(uint16(40000+i), pcaptest.Resolver.Port(), asked)))
	}
	name := filepath.Join(t.TempDir(), "hours.pcap")
	if err := c.Save(name); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestMapEdges: of flows that touch an end of a piece the frames are there, of the others the records.
func TestMapEdges(t *testing.T) {
	p, err := openPiece(piecesOf(t, Config{}, hours(t, 0, 12))[0])
	if err != nil {
		t.Fatal(err)
	}
	defer p.zip.Close()
	var ports []uint16
	for _, k := range p.Edges {
		ports = append(ports, max(k.PortA, k.PortB))
	}
	if slices.Sort(ports); !slices.Equal(ports, []uint16{40000, 40011}) {
		t.Errorf("frames of the flows from %v", ports)
	}
}

// TestJoinRefuses: what is no piece of this run is refused, by the name of the file and with what to do.
func TestJoinRefuses(t *testing.T) {
	whole := piecesOf(t, Config{}, hours(t, 0, 3))[0]
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		make func() []byte
		c    Config
		want string
	}{
		{"cut", func() []byte { return b[:len(b)-10] }, Config{}, "no whole piece of a run"},
		{"nothing", func() []byte { return nil }, Config{}, "no whole piece of a run"},
		{"other settings", func() []byte { return b }, Config{Flows: flow.Config{IdleUDP: time.Second}}, "it was made with"},
		{"damaged", func() []byte {
			x := bytes.Clone(b)
			x[len(x)/3] ^= 0x55
			return x
		}, Config{}, ""},
	} {
		file := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(file, tt.make(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Join(t.Context(), tt.c, []string{file})
		fault, ok := errors.AsType[*PieceError](err)
		if !ok || fault.File != file || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want one that says %q", tt.name, err, tt.want)
		}
	}
}

// TestMapRefuses: what cannot be read twice makes no piece, and neither does a run that is broken off.
func TestMapRefuses(t *testing.T) {
	for _, c := range []Config{{Files: []string{"-"}}, {Interfaces: []string{"eth0"}}, {Files: []string{os.DevNull}}} {
		var b bytes.Buffer
		if err, ok := errors.AsType[*ConfigError](Map(t.Context(), c, &b)); !ok || b.Len() > 0 {
			t.Errorf("%v: %v, %d bytes", c.Files, err, b.Len())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Map(ctx, Config{Files: []string{hours(t, 0, 3)}}, new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
}

// TestJoinDamage: what is wrong with a capture is an error as of a run, with what could be read.
func TestJoinDamage(t *testing.T) {
	good, bad := hours(t, 0, 3), hours(t, 3, 3)
	b, err := os.ReadFile(bad)
	if err == nil {
		err = os.WriteFile(bad, b[:len(b)-7], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.pcap")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	whole, want := Run(t.Context(), Config{Files: []string{good, bad, empty}})
	set, got := Join(t.Context(), Config{}, piecesOf(t, Config{}, good, bad, empty))
	if got == nil || got.Error() != want.Error() || !errors.Is(got, capture.ErrEmpty) {
		t.Fatalf("%v, want %v", got, want)
	}
	if set.NumFlows() != whole.NumFlows() || whole.NumFlows() != 5 {
		t.Errorf("%d flows of %d, which are 5", set.NumFlows(), whole.NumFlows())
	}
}
