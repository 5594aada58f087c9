package pcaptest

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest/oracle"
)

var update = flag.Bool("update", false, "rewrite testdata/scenarios.golden")

// natives are ready captures that are too large for the list.
var natives = []Named{
	{"native-2020", "a native call with FEC for each audio packet", func() *Capture { return NativeMeeting(Native2020) }},
	{"native-2023", "a native call with DTX, RTCP in clear", func() *Capture { return NativeMeeting(Native2023) }},
}

// TestScenarios builds every scenario twice and compares with the digests of the golden file: other machines and other
// Go versions must give the same bytes.
func TestScenarios(t *testing.T) {
	var got bytes.Buffer
	for _, n := range slices.Concat(Scenarios(), natives) {
		c := n.Build()
		sum := sha256.Sum256(c.Pcap())
		if sum != sha256.Sum256(n.Build().Pcap()) {
			t.Errorf("%s: other bytes the second time", n.Name)
		}
		fmt.Fprintf(&got, "%-16s %5d frames %7d bytes %x\n", n.Name, len(c.Frames), c.Size(), sum[:8])
		if c.Size() > 600_000 && !strings.HasPrefix(n.Name, "native") {
			t.Errorf("%s: %d bytes are too many for a test's capture", n.Name, c.Size())
		}
		if !slices.IsSortedFunc(c.Frames, func(a, b Frame) int { return a.Time.Compare(b.Time) }) {
			t.Errorf("%s: not in order of time", n.Name)
		}
		for i, f := range c.Frames {
			if bad := badChecksums(t, f.Data, c.Link); bad != nil {
				t.Fatalf("%s: frame %d: bad checksums: %v", n.Name, i+1, bad)
			}
		}
	}
	const golden = "testdata/scenarios.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("scenarios changed (run with -update if that was meant):\n%s\nwant\n%s", got.String(), want)
	}
}

func tshark(t *testing.T, c *Capture, args ...string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("tshark is slow")
	}
	path := oracle.Tshark(t)
	file := filepath.Join(t.TempDir(), "scenario.pcapng")
	if err := c.Save(file); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, append([]string{"-n", "-r", file}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// TestNothingMalformed asks Wireshark, about all scenarios at once, an hour apart. The game's datagrams are no
// protocol, so it may misread them; and it takes the tag behind RTCP in clear for another packet, in real calls also.
func TestNothingMalformed(t *testing.T) {
	var all []*Capture
	for i, n := range slices.Concat(Scenarios(), natives) {
		if n.Name != "game-on-9000" && n.Name != "native-2023" {
			all = append(all, n.Build().Shift(time.Duration(i)*time.Hour))
		}
	}
	filter := "_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0"
	check := []string{"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}
	for _, line := range tshark(t, Merge(all...), append(check, "-Y", filter)...) {
		t.Error(line)
	}
}

func TestWiresharkSeesWhatWasMeant(t *testing.T) {
	for _, c := range []struct {
		name, filter, field string
		build               func() *Capture
		want                []string // distinct values, sorted
	}{
		{"names", "tls.handshake.type==1", "tls.handshake.extensions_server_name", HealthyMeeting, []string{"idbroker.webex.com", "mercury-connection-a.wbx2.com"}},
		{"stun", "udp.port==52000 && stun.type==1", "stun.att.software", HealthyMeeting, []string{"Cisco-Spark"}},
		{"no sni", "ip.dst==170.72.1.2 && tls.handshake.type==1", "tls.handshake.extensions_server_name", TLSFallback, nil},
		{"issuer", "tls.handshake.type==11 && ip.src==52.29.8.14", "x509ce.dNSName", InspectedTLS, []string{"idbroker.webex.com"}},
		{"connect", "http.request", "http.request.uri", TLSViaProxy, []string{"170.72.1.2:443"}},
		{"proxy answers", "http.response", "http.response.code", TLSViaProxy, []string{"200", "407"}},
		{"quic", "quic && tls.handshake.type==1", "tls.handshake.extensions_server_name", NoWebex, []string{"meet.google.com"}},
		{"dns", "dns.flags.rcode==3", "dns.qry.name", NoWebex, []string{"no-such-host.example.org"}},
		{"calling", "tcp.dstport==8934 && tls", "ip.dsfield.dscp", CallingBlocked, []string{"24"}},
		{"silence", "udp.srcport==5004 || udp.srcport==9000 || udp.srcport==19560", "frame.number", CallingBlocked, nil},
		{"audio", "udp.srcport==52000", "ip.dsfield.dscp", UnmarkedAudio, []string{"0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := tshark(t, c.build(), "-Y", c.filter, "-T", "fields", "-e", c.field)
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, c.want) {
				t.Errorf("%s of %s: %q, want %q", c.field, c.filter, got, c.want)
			}
		})
	}
}
