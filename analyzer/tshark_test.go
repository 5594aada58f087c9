package analyzer_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest/oracle"
	"webexaudit/analyzer/record"
)

// TestTshark compares what we see in each capture with what tshark sees: conversations, names, certificates,
// fingerprints, STUN messages, CONNECT requests, DNS questions and answers and the names they give to flows, HTTP
// requests, NTP, DTLS hellos, SIP messages and the media they announce, and RTP streams. Mirror duplicates are left in:
// tshark knows none.
func TestTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("tshark takes half a minute for all captures")
	}
	dir := captureDir(t)
	oracle.Tshark(t)
	names := captureFiles(t, dir)
	found := make([][]difference, len(names))
	agreed := make([]map[string]int, len(names))
	var g errgroup.Group
	g.SetLimit(2)
	for i, name := range names {
		g.Go(func() error {
			file := filepath.Join(dir, name)
			theirs, err := runTshark(file)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			set, _ := run(t, analyzer.Config{Files: []string{file}, Dedup: analyzer.DedupOff, Workers: 1})
			ours := ourFacts(set)
			ours.addLookups(t, file)
			found[i], agreed[i] = compareFacts(name, ours, theirs.facts(set))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	review(t, "testdata/tshark-differences.txt", slices.Concat(found...))
	for _, what := range []string{"conversation", "sni", "certificate", "ja3", "ja3s", "tls-group", "tls-groups", "stun-type", "stun-software", "connect", "dns-name", "sip", "sdp-media", "rtp", "rtp-jitter", "fragmented",
		"dns-query", "dns-answer", "http", "ntp", "dtls-hello", "socks"} {
		n := 0
		for _, a := range agreed {
			n += a[what]
		}
		if t.Logf("%-13s the same %4d times", what, n); n == 0 {
			t.Errorf("%s: nothing to compare", what)
		}
	}
}

// facts is what somebody sees in a capture: by kind and key, a set of values.
type facts map[factKey][]string

type factKey struct{ what, key string }

func (f facts) add(what string, key any, value string) {
	k := factKey{what, fmt.Sprint(key)}
	if value != "" && !slices.Contains(f[k], value) {
		f[k] = append(f[k], value)
	}
}

func (f facts) value(k factKey) string {
	if len(f[k]) == 0 {
		return "-"
	}
	return strings.Join(slices.Sorted(slices.Values(f[k])), " + ")
}

func compareFacts(file string, ours, theirs facts) (list []difference, agreed map[string]int) {
	agreed = make(map[string]int)
	all := maps.Clone(ours)
	maps.Copy(all, theirs)
	for k := range all {
		if o, w := ours.value(k), theirs.value(k); o != w && !(k.what == "rtp-jitter" && near(o, w)) {
			list = append(list, difference{file, k.what, k.key, o, w})
		} else {
			agreed[k.what]++
		}
	}
	return list, agreed
}

// near reports whether two jitters agree within 2 %, or within the 8th of a millisecond that is one tick of an 8 kHz
// clock.
func near(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= max(0.02*max(x, y), 0.125)
}

// minRTP is how many packets a stream must have on either side to be compared: below, both guess.
const minRTP = 8

// ourFacts takes from the records what tshark sees as well.
func ourFacts(set *record.Set) facts {
	all := make(facts)
	for k, c := range conversations(set) {
		all.add("conversation", k, fmt.Sprint(c.packets))
	}
	all.addFlows(set)
	all.addNTP(set)
	flows := make(map[string]*record.Flow)
	for _, f := range set.Flows {
		flows[f.FlowID] = f
	}
	for _, s := range set.TLS {
		k, _ := tupleOf(flows[s.FlowID])
		all.add("ja3s", k, s.JA3S)
		all.add("tls-group", k, s.Group)
		all.add("tls-groups", k, strings.Join(s.GroupsOffered, " "))
		if s.CertSubject+s.CertIssuer != "" {
			all.add("certificate", k, certName(s.CertSubject, s.CertIssuer, s.CertSHA256))
		}
	}
	for _, s := range set.Streams {
		if n := s.Packets + s.Duplicated; n >= minRTP {
			key := fmt.Sprintf("%v:%d %v:%d 0x%08x", s.SrcIP, s.SrcPort, s.DstIP, s.DstPort, s.SSRC)
			all.add("rtp", key, fmt.Sprintf("%d of %d", n, s.Expected))
			if s.JitterMeanMs != nil && slices.Contains([]int{0, 3, 4, 8, 18}, s.PayloadType) {
				all.add("rtp-jitter", key, fmt.Sprintf("%.3f", *s.JitterMeanMs))
			}
		}
	}
	return all
}

func (f facts) addFlows(set *record.Set) {
	stun, sip, pieces := make(map[string]int64), make(map[factKey]int64), make(map[tuple]int64)
	for _, r := range set.Flows {
		k, _ := tupleOf(r)
		pieces[k] += r.Fragments
		f.add("sni", k, r.SNI)
		f.add("ja3", k, r.JA3)
		f.add("dns-name", k, r.DNSName)
		f.addProtocols(r, k)
		if c := r.Connect; c != nil && c.Protocol == "http" {
			f.add("connect", k, fmt.Sprintf("%s:%d", c.Host, c.Port))
		}
		if x := r.SIP; x != nil {
			f.addSIP(k, x, sip)
		}
		if s := r.STUN; s != nil {
			for typ, n := range s.Types {
				stun[typ] += n
			}
			for _, text := range s.Software {
				f.add("stun-software", text, "seen")
			}
		}
	}
	for k, n := range sip {
		f.add(k.what, k.key, fmt.Sprint(n))
	}
	for k, n := range pieces {
		if n > 0 {
			f.add("fragmented", k, fmt.Sprint(n))
		}
	}
	for typ, n := range stun {
		f.add("stun-type", typ, fmt.Sprint(n))
	}
}

func (f facts) addSIP(k tuple, x *record.SIPFacts, count map[factKey]int64) {
	for method, n := range x.Requests {
		count[factKey{"sip", k.String() + " " + method}] += n
	}
	for status, n := range x.Answers {
		count[factKey{"sip", fmt.Sprint(k, " ", status)}] += n
	}
	for _, m := range x.Media {
		f.add("sdp-media", k, fmt.Sprintf("%s %d %s", m.Kind, m.Port, m.Profile))
	}
}

// certName is what the certificates are compared by; the digest is empty where the capture lacks a part of it.
func certName(subject, issuer, sha256 string) string {
	if sha256 == "" {
		sha256 = "partial"
	}
	return subject + " <- " + issuer + " " + sha256[:min(len(sha256), 8)]
}
