package analyzer_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/anonymize"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/signatures"
)

// anonymized writes the captures of a run again, without addresses and names.
func anonymized(t *testing.T, files []string) (list []string, m *anonymize.Mapper) {
	t.Helper()
	m, err := anonymize.NewMapper([32]byte{1, 2, 3}, signatures.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, f := range files {
		var out bytes.Buffer
		if err := m.File(t.Context(), f, &out, capture.Section{}); err != nil {
			t.Fatal(err)
		}
		list = append(list, filepath.Join(dir, fmt.Sprintf("%d.pcapng", i)))
		if err := os.WriteFile(list[i], out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return list, m
}

// outcome is what a run says, without addresses and names: findings, loss and jitter.
func outcome(set *record.Set) (list []string) {
	for _, f := range set.Findings {
		list = append(list, fmt.Sprintf("%s %s %s %s %s %d", f.Rule, f.State, f.Severity, f.Confidence, f.Subject.Kind, f.Count))
	}
	for _, s := range set.Streams {
		jitter := "-"
		if s.JitterMeanMs != nil {
			jitter = fmt.Sprintf("%.3f", *s.JitterMeanMs)
		}
		list = append(list, fmt.Sprintf("stream %08x %s %d of %d lost, %d by the capture, jitter %s", s.SSRC, s.Kind,
			s.Lost, s.Expected, s.CaptureLost, jitter))
	}
	slices.Sort(list)
	return list
}

// judgedOtherwise are captures that are not judged alike, and why.
var judgedOtherwise = map[string]string{
	"WXA-POL-001 list of everything": "prefixes of the site file that hold kept ranges and others cannot be mapped",
}

// TestAnonymizedIsJudgedAlike: without addresses and names a capture has the same findings, loss and jitter, and none
// of its private addresses is in the file.
func TestAnonymizedIsJudgedAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("audits the capture of every rule twice, in one goroutine each")
	}
	list := allFixtures()
	for _, s := range pcaptest.Scenarios() {
		list = append(list, fixture{name: s.Name, capture: s.Build})
	}
	for _, x := range list {
		t.Run(x.rule+" "+x.name, func(t *testing.T) {
			t.Parallel()
			c := x.config(t)
			before, err := run(t, c)
			if err != nil {
				t.Fatal(err)
			}
			files, m := anonymized(t, c.Files)
			c.Files = files
			if x.site != "" {
				if c.Site, err = site.Load(strings.NewReader(mappedSite(m, x.site)), "site.yaml"); err != nil {
					t.Fatal(err)
				}
				c.Audit.Site = c.Site
			}
			after, err := run(t, c)
			if err != nil {
				t.Fatal(err)
			}
			d := gocmp.Diff(outcome(before), outcome(after))
			if _, apart := judgedOtherwise[x.rule+" "+x.name]; (d != "") != apart {
				t.Errorf("exempt: %v; (-original +anonymized):\n%s", apart, d)
			}
			leaks(t, m, before, files)
		})
	}
}

var siteAddress = regexp.MustCompile(`[0-9a-f]*[.:][0-9a-f.:]*[0-9a-f](/[0-9]+)?`)

// mappedSite is a site file for the anonymized capture.
func mappedSite(m *anonymize.Mapper, text string) string {
	return siteAddress.ReplaceAllStringFunc(text, func(s string) string {
		if p, err := netip.ParsePrefix(s); err == nil {
			return m.Prefix(p).String()
		}
		if a, err := netip.ParseAddr(s); err == nil {
			return m.Addr(a).String()
		}
		if a, err := netip.ParseAddrPort(s); err == nil {
			return netip.AddrPortFrom(m.Addr(a.Addr()), a.Port()).String()
		}
		return s
	})
}

// leaks searches the bytes of captures for what their originals named.
func leaks(t *testing.T, m *anonymize.Mapper, set *record.Set, files []string) {
	t.Helper()
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	seen := map[netip.Addr]bool{}
	for _, f := range set.Flows { // an address may be the image of another one
		seen[m.Addr(f.SrcIP)], seen[m.Addr(f.DstIP)] = true, true
	}
	for _, f := range set.Flows {
		for _, a := range []netip.Addr{f.SrcIP, f.DstIP} {
			if a.IsPrivate() && !seen[a] {
				seen[a] = true
				for how, b := range encodings(a) {
					if bytes.Contains(all, b) {
						t.Errorf("%s is there, %s", a, how)
					}
				}
			}
		}
	}
}

func encodings(a netip.Addr) map[string][]byte {
	b := a.AsSlice()
	m := map[string][]byte{"as bytes": b, "as text": []byte(a.String()), "in hexadecimal": []byte(fmt.Sprintf("%x", b))}
	if a.Is4() {
		m["masked"] = []byte{b[0] ^ 0x21, b[1] ^ 0x12, b[2] ^ 0xa4, b[3] ^ 0x42}
		m["with hyphens"] = []byte(strings.ReplaceAll(a.String(), ".", "-"))
		m["reverse"] = []byte(fmt.Sprintf("%d.%d.%d.%d", b[3], b[2], b[1], b[0]))
	}
	return m
}
