package dissect

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/pcaptest"
)

// offer sums up what the hellos of TLS 1.3 and the sizes behind them show.
func (e *ended) offer() string {
	x := e.State.TCP.TLS
	names := func(list []uint16) string {
		var out []string
		for _, g := range list {
			out = append(out, tlswire.GroupName(g))
		}
		return strings.Join(out, " ")
	}
	out := []string{"groups " + names(x.Groups), "shares " + names(x.KeyShares)}
	add := func(yes bool, format string, args ...any) {
		if yes {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(x.Group != 0, "chosen %s", tlswire.GroupName(x.Group))
	add(len(x.Versions) > 0, "versions %x", x.Versions)
	add(len(x.ALPNOffered) > 0, "alpn %v", x.ALPNOffered)
	add(x.OffersPSK, "psk")
	add(x.EarlyData, "early %d", x.EarlyBytes)
	add(x.Retry, "retry")
	add(x.Resumed, "resumed")
	out = append(out, fmt.Sprintf("server %d of %d %v", x.ServerFlight.Count, x.ServerFlight.Bytes, x.ServerFlight.List()),
		fmt.Sprintf("client %d of %d %v", x.ClientFlight.Count, x.ClientFlight.Bytes, x.ClientFlight.List()))
	add(x.FlightCut, "cut")
	return strings.Join(out, ", ")
}

// rfc8448 is the named trace as a capture.
func rfc8448(t *testing.T, name string, path pcaptest.Path) *pcaptest.Capture {
	t.Helper()
	text, err := os.ReadFile("testdata/rfc8448.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, ok := strings.Cut(string(text), "-- "+name+" --")
	if !ok {
		t.Fatalf("no trace %s", name)
	}
	lines, _, _ = strings.Cut(lines, "\n--")
	return story(func(s *pcaptest.Scenario) {
		c := s.TCP(office, web, path).Open()
		for line := range strings.Lines(lines) {
			who, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
			b, err := hex.DecodeString(digits)
			if err != nil || len(b) < 5 {
				continue
			}
			b = append(b, make([]byte, 5+int(b[3])<<8+int(b[4])-len(b))...)
			from := pcaptest.Client
			if who == "s" {
				from = pcaptest.Server
			}
			c.Put(from, b)
		}
		c.Close()
	})
}

func TestRFC8448(t *testing.T) {
	const all = "x25519 secp256r1 secp384r1 secp521r1 ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192"
	for _, tt := range []struct{ name, tls, want string }{
		{"simple", "client server, server 1.3 0x1301, resumed false",
			"groups " + all + ", shares x25519, chosen x25519, versions [304], server 1 of 674 [674], client 1 of 53 [53]"},
		{"resumed", "client server, server 1.3 0x1301, resumed true",
			"groups " + all + ", shares x25519, chosen x25519, versions [304], psk, early 23, resumed, server 1 of 97 [97], client 3 of 141 [21 53 67]"},
		{"retry", "client server, server 1.3 0x1301, resumed false",
			"groups x25519 secp256r1 secp384r1, shares x25519, chosen secp256r1, versions [304], retry, server 1 of 662 [662], client 2 of 72 [53 19]"},
	} {
		for _, mss := range []int{0, 64, 7} {
			e := only(t, rfc8448(t, tt.name, pcaptest.Path{MSS: mss}))
			equal(t, tt.name+", handshake", e.tls(), tt.tls)
			equal(t, tt.name+", offer", e.offer(), tt.want)
		}
	}
}

func TestFlights(t *testing.T) {
	const hybrid = tlswire.GroupX25519MLKEM768
	offered := "groups x25519 secp256r1 secp384r1, shares x25519"
	v13 := pcaptest.TLS{Version: pcaptest.TLS13, SNI: "idbroker.webex.com", ALPN: []string{"h2", "http/1.1"}, Flight: []int{40, 3527, 281, 69}}
	with := func(change func(*pcaptest.TLS)) pcaptest.TLS { o := v13; change(&o); return o }
	many := make([]int, 20)
	for i := range many {
		many[i] = 100 + i
	}
	for _, tt := range []struct {
		name string
		path pcaptest.Path
		o    pcaptest.TLS
		want string
	}{
		{"1.3", pcaptest.Path{}, v13,
			offered + ", chosen x25519, versions [304 303], alpn [h2 http/1.1], server 4 of 3917 [40 3527 281 69], client 2 of 786 [69 717]"},
		{"many records", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.Flight = many }),
			offered + ", chosen x25519, versions [304 303], alpn [h2 http/1.1], server 20 of 2190 [100 101 102 103 104 105 106 107], client 2 of 786 [69 717]"},
		{"post-quantum hello in three segments", pcaptest.Path{MSS: 600},
			with(func(o *pcaptest.TLS) { o.Groups, o.Group = []uint16{hybrid, 0x1d, 0x17}, hybrid }),
			"groups X25519MLKEM768 x25519 secp256r1, shares X25519MLKEM768, chosen X25519MLKEM768, versions [304 303], alpn [h2 http/1.1], " +
				"server 4 of 3917 [40 3527 281 69], client 2 of 786 [69 717]"},
		{"retry", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.Groups, o.Group = []uint16{hybrid, 0x17}, 0x17 }),
			"groups X25519MLKEM768 secp256r1, shares X25519MLKEM768, chosen secp256r1, versions [304 303], alpn [h2 http/1.1], retry, " +
				"server 4 of 3917 [40 3527 281 69], client 2 of 786 [69 717]"},
		{"resumed with early data", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.Resumed, o.Early, o.Flight = true, 500, nil }),
			offered + ", chosen x25519, versions [304 303], alpn [h2 http/1.1], psk, early 517, resumed, server 2 of 96 [27 69], client 3 of 807 [21 69 717]"},
		{"refused", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.ClientAlert = 48 }),
			offered + ", chosen x25519, versions [304 303], alpn [h2 http/1.1], server 4 of 3917 [40 3527 281 69], client 1 of 19 [19]"},
		{"1.2", pcaptest.Path{}, with(func(o *pcaptest.TLS) {
			o.Version, o.Chain = pcaptest.TLS12, [][]byte{make([]byte, 1000), make([]byte, 2000)}
		}),
			offered + ", versions [304 303], alpn [h2 http/1.1], server 3 of 3317 [3013 300 4], client 1 of 37 [37]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, session(tt.path, tt.o, nil))
			equal(t, "offer", e.offer(), tt.want)
			if x := e.State.TCP.TLS; x.AnswerTime <= x.HelloTime ||
				time.Duration(x.AnswerTime-x.HelloTime) > 100*time.Millisecond {
				t.Errorf("hello at %d, answer at %d", x.HelloTime, x.AnswerTime)
			}
		})
	}
}

// TestFlightCut: where a segment of the flight was not captured its size is no evidence.
func TestFlightCut(t *testing.T) {
	o := pcaptest.TLS{Version: pcaptest.TLS13, SNI: "idbroker.webex.com", Flight: []int{40, 3527, 281, 69}}
	whole := session(pcaptest.Path{MSS: 700}, o, nil)
	cut := 0
	for i, f := range whole.Frames {
		if i < 4 || len(f.Data) < 700 || f.Data[34] != 443>>8 || f.Data[35] != 443&0xff { // the server's full segments
			continue
		}
		c := *whole
		c.Frames = append(append([]pcaptest.Frame{}, whole.Frames[:i]...), whole.Frames[i+1:]...)
		x := only(t, &c).State.TCP.TLS
		if x.HasServer && x.ServerFlight.Bytes != 3917 && !x.FlightCut {
			t.Errorf("without frame %d: %d bytes, not marked as cut", i, x.ServerFlight.Bytes)
		}
		cut++
	}
	if cut < 4 {
		t.Errorf("only %d segments to leave out", cut)
	}
}

// TestFlightCutAtEnd: the last segment of the flight is missing, and the client went without a word.
func TestFlightCutAtEnd(t *testing.T) {
	o := pcaptest.TLS{Version: pcaptest.TLS13, SNI: "idbroker.webex.com", Flight: []int{40, 3527, 281, 69}, ClientAlert: 48}
	c := session(pcaptest.Path{MSS: 700}, o, nil)
	kept := c.Frames[:4]
	last := 0
	for i, f := range c.Frames {
		if fromServer := f.Data[34] == 443>>8 && f.Data[35] == 443&0xff; fromServer && len(f.Data) > 60 {
			last = i
		}
	}
	for i, f := range c.Frames[4:] {
		if fromClient := f.Data[36] == 443>>8 && f.Data[37] == 443&0xff; i+
			4 != last && !(fromClient && len(f.Data) > 60) {
			kept = append(kept, f)
		}
	}
	c.Frames = kept
	x := only(t, c).State.TCP.TLS
	if !x.HasServer || x.ServerFlight.Count < 2 || x.ClientFlight.Count != 0 || !x.FlightCut {
		t.Errorf("server %+v, client %+v, cut %v", x.ServerFlight, x.ClientFlight, x.FlightCut)
	}
}
