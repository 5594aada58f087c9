package analyzer_test

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/pcaptest/oracle"
	"webexaudit/analyzer/record"
)

// times counts the questions and answers of NTP.
func (n *tally) times(f frame, k tuple) {
	for i, mode := range []string{"3", "4"} {
		if !slices.Contains(f["ntp.flags.mode"], mode) {
			continue
		}
		if n.ntp[k] == nil {
			n.ntp[k] = new([2]int64)
		}
		n.ntp[k][i]++
	}
}

// protocols takes what tshark says of single protocols in a frame of the conversation.
func (n *tally) protocols(all facts, f frame, k tuple, s *streamFacts) {
	if k.a.Port() == 53 || k.b.Port() == 53 {
		n.lookups(all, f, k)
	}
	if method := f.nth("http.request.method", 0); s.http == "" && k.proto == "tcp" && method != "CONNECT" {
		s.http = strings.TrimSpace(method + " " + hostOnly(f.nth("http.host", 0)))
	}
	n.times(f, k)
	for _, typ := range f["dtls.handshake.type"] {
		if typ == "1" || typ == "2" {
			all.add("dtls-hello", k, typ)
		}
	}
	if v := f.nth("socks.version", 0); (v == "4" || v == "5") && f.nth("socks.command", 0) == "1" && f.nth("socks.port", 0) != "" {
		host := slices.Concat(f["socks.remote_name"], f["socks.dst"], f["socks.dstV6"], []string{""})[0]
		all.add("socks", k, fmt.Sprintf("%s:%s", strings.ToLower(host), f.nth("socks.port", 0)))
	}
	if f["h225.RasMessage"] != nil || f["q931.message_type"] != nil {
		all.add("h323", k, "seen")
	}
}

// lookups takes names asked for, and the addresses of the answer section: its records come first.
func (n *tally) lookups(all facts, f frame, k tuple) {
	for _, name := range f["dns.qry.name"] {
		all.add("dns-query", k, lookupName(name))
	}
	var v4, v6, count int
	fmt.Sscan(f.nth("dns.count.answers", 0), &count)
	types := f["dns.resp.type"]
	for _, typ := range types[:min(count, len(types))] {
		switch typ {
		case "1":
			all.add("dns-answer", k, f.nth("dns.a", v4))
			v4++
		case "28":
			all.add("dns-answer", k, f.nth("dns.aaaa", v6))
			v6++
		}
	}
}

func lookupName(name string) string {
	if name == "<Root>" {
		return "."
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// hostOnly leaves out the port that the scheme implies.
func hostOnly(host string) string { return strings.TrimSuffix(strings.ToLower(host), ":80") }

// addProtocols takes the same from a record.
func (f facts) addProtocols(r *record.Flow, k tuple) {
	if h := r.HTTP; h != nil && h.Requests > 0 {
		f.add("http", k, strings.TrimSpace(h.Exchanges[0].Method+" "+hostOnly(h.Exchanges[0].Host)))
	}
	if d := r.DTLS; d != nil {
		for typ, seen := range map[string]bool{"1": d.ClientHello, "2": d.ServerHello} {
			if seen {
				f.add("dtls-hello", k, typ)
			}
		}
	}
	if c := r.Connect; c != nil && strings.HasPrefix(c.Protocol, "socks") && c.Host != "" {
		f.add("socks", k, fmt.Sprintf("%s:%d", c.Host, c.Port))
	}
	if r.H323 != nil {
		f.add("h323", k, "seen")
	}
}

// TestTsharkProtocols: Wireshark recognises in the generated captures what they are meant to be. For H.225.0, of which
// there are no real captures, this is all there is to compare with.
func TestTsharkProtocols(t *testing.T) {
	oracle.Tshark(t)
	for name, want := range map[string]struct{ field, values string }{
		"RAS":             {"h225.RasMessage", "0 1 3 4 9"},
		"call signalling": {"q931.message_type", "0x05 0x02 0x01 0x07 0x5a"},
		"SSH":             {"ssh.protocol", "SSH-2.0-OpenSSH_9.6 SSH-2.0-Cisco-1.25"},
		"NTP":             {"ntp.stratum", "0 3 0 3"},
		"SOCKS4a":         {"socks.v4a_dns_name", "Mercury-connection-a.wbx2.com"},
		"SOCKS5":          {"socks.remote_name", "Mercury-connection-a.wbx2.com"},
		"HTTP block page": {"http.response.code", "403"},
		"TURN over UDP":   {"stun.att.lifetime", "600"},
		"DTLS-SRTP":       {"dtls.handshake.type", "1 2"},
	} {
		i := slices.IndexFunc(protocolCases, func(p protocolCase) bool { return p.name == name })
		path := filepath.Join(t.TempDir(), "c.pcapng")
		if err := protocolCases[i].capture().Save(path); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("tshark", "-n", "-d", "tcp.port==2222,ssh", "-r", path, "-T", "fields", "-e", want.field).Output()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want.values {
			t.Errorf("%s: %s is %q, want %q (%v)", name, want.field, got, want.values, err)
		}
	}
}

// addNTP sums up by conversation, which may be several flows.
func (f facts) addNTP(set *record.Set) {
	sum := make(map[tuple]*[2]int64)
	for _, r := range set.Flows {
		if r.NTP == nil {
			continue
		}
		k, _ := tupleOf(r)
		if sum[k] == nil {
			sum[k] = new([2]int64)
		}
		sum[k][0] += r.NTP.Requests
		sum[k][1] += r.NTP.Answered + r.NTP.Stray
	}
	for k, n := range sum {
		f.add("ntp", k, fmt.Sprint(*n))
	}
}

// addLookups reads the capture once more for what is not in the records: questions for names that no pack knows. What
// was read before an error counts.
func (f facts) addLookups(t *testing.T, file string) {
	t.Helper()
	result, _ := ingest.Run(context.Background(), ingest.Config{
		Files: []string{file}, NoDeduplicate: true, Workers: 1, Known: func(netip.Addr) bool { return true },
	})
	for _, e := range result.Expired {
		if e.Facts.DNS == nil {
			continue
		}
		key := &e.Flow.Key
		proto := map[uint8]string{decode.ProtoTCP: "tcp", decode.ProtoUDP: "udp"}[key.Proto]
		k, _ := makeTuple(proto, netip.AddrPortFrom(key.Addr(flow.A).Netip(), key.PortA),
			netip.AddrPortFrom(key.Addr(flow.B).Netip(), key.PortB))
		for _, l := range e.Facts.DNS.List {
			f.add("dns-query", k, l.Name)
			for _, addr := range l.Addrs {
				f.add("dns-answer", k, addr.String())
			}
		}
	}
}
