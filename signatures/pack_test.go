package signatures

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSelect(t *testing.T) {
	c := load(t)
	for spec, want := range map[string]string{
		"": "webex-2026-09-09", "latest": "webex-2026-09-09", "webex-2022-06": "webex-2022-06",
		"2015-10-11": "webex-2022-06", // older than all packs: the oldest
		"2023-12-05": "webex-2022-06", "2023-12-06": "webex-2023-12", "2026-08-31": "webex-2026-03", "2026-09-08": "webex-2026-09", "2030-01-01": "webex-2026-09-09",
	} {
		if p, err := c.Select(spec); err != nil || p.ID != want {
			t.Errorf("Select(%q): got %v %v, want %s", spec, p, err, want)
		}
	}
	for _, spec := range []string{"webex-2031-01", "2026-13-01", "Latest"} {
		if _, err := c.Select(spec); err == nil || !strings.Contains(err.Error(), "webex-2022-06, webex-2023-12") {
			t.Errorf("Select(%q): got %v, want an error that lists the packs", spec, err)
		}
		if _, err := c.Timeline(spec); err == nil {
			t.Errorf("Timeline(%q): no error", spec)
		}
	}
}

// What the deck of 2022 and the present differ in is what the facts say, no more.
func TestDiffOldestToLatest(t *testing.T) {
	got := map[string]string{}
	for _, c := range Diff(pick(t, "webex-2022-06"), pick(t, "latest")) {
		got[c.ID] = c.What
	}
	want := map[string]string{
		"webex-udp-33434": "retired", "webex-tcp-33434": "retired", "webex-mesh-444": "retired",
		"webex-media-66-114": "retired", "webex-media-aws": "retired", "webex-third-speech": "retired",
		"webex-policy-video-ladder-cvd": "removed", "webex-policy-video-ladder": "added",
		"webex-policy-device-media-direct": "removed", "webex-policy-device-media-via-proxy": "added",
		"webex-media-144-196": "added", "webex-media-163-129": "added", "webex-media-v6": "added",
		"webex-probable-163-129": "added", "webex-calling-v4-2023": "added", "webex-calling-62-109": "added",
		"webex-government-v4-2023": "added", "webex-government-v6": "added",
		"webex-vimt-us-west-2": "added", "webex-vimt-us-east-2-2023": "added", "webex-vimt-uk-south-2023": "added",
		"webex-vimt-west-europe-2023": "added", "webex-vimt-us-east-2-2025": "added", "webex-vimt-southeast-asia-2025": "added",
		"webex-tls-443-turn": "added", "webex-name-webexapis": "added", "webex-name-livestream": "added",
		"webex-name-livestreaming": "added", "webex-name-events": "added",
		"webex-third-google-push": "added", "webex-third-slido-assets": "added", "webex-third-scheduler": "added",
		"webex-third-scheduler-2025": "added", "webex-third-cdn-2025": "added", "webex-third-ecr": "added",
		"webex-third-ocsp-globalsign": "added", "webex-mesh-cascade-9000": "added", "webex-third-ecr-2026": "added", "webex-vimt-2026": "added",
	}
	for id, what := range want {
		if got[id] != what {
			t.Errorf("%s: got %q, want %s", id, got[id], what)
		}
	}
	for id, what := range got {
		if want[id] == "" {
			t.Errorf("%s: %s, not expected", id, what)
		}
	}
}

// What is retired is never current, and was before.
func TestRetiredPorts(t *testing.T) {
	old, now := pick(t, "webex-2022-06"), pick(t, "latest")
	for _, proto := range []string{"udp", "tcp"} {
		m := portRow(t, now, proto, 49152, 33434, "webex-"+proto+"-33434")
		if m.Rank != RankRetired || !strings.HasPrefix(m.Retired, "since 2022-10-10: ") {
			t.Errorf("%s 33434 today: rank %s, retired %q", proto, m.Rank, m.Retired)
		}
		m = portRow(t, old, proto, 49152, 33434, "webex-"+proto+"-33434")
		if m.Rank == RankRetired || m.Retired != "" {
			t.Errorf("%s 33434 in 2022: rank %s, retired %q", proto, m.Rank, m.Retired)
		}
	}
}

func TestRetiredPrefixes(t *testing.T) {
	old, now := pick(t, "webex-2022-06"), pick(t, "latest")
	withdrawn := map[string]string{"66.114.161.1": "since 2025-04-04", "18.230.160.5": "since 2022-08-12", "155.190.254.1": "since 2020-11-13"}
	for addr, since := range withdrawn {
		m := now.Addr(netip.MustParseAddr(addr))
		if len(m) != 1 || m[0].Kind != KindRetired || !strings.HasPrefix(m[0].Retired, since) {
			t.Errorf("%s today: %+v, want retired %s", addr, m, since)
		}
	}
	if m := old.Addr(netip.MustParseAddr("66.114.161.1")); len(m) != 1 || m[0].Kind != KindMedia || m[0].Retired != "" {
		t.Errorf("66.114.161.1 in 2022: %+v, want current media", m)
	}
}

func TestRetiredNames(t *testing.T) {
	now := pick(t, "latest")
	if m, ok := now.Name("speech.googleapis.com"); !ok || m.Retired == "" || m.Class != ClassNever {
		t.Errorf("speech.googleapis.com today: %+v", m)
	}
}

func TestRetiredNamesSources(t *testing.T) {
	for _, p := range load(t).Packs() {
		for _, r := range p.Rows() {
			if r.Retired != "" && !strings.HasSuffix(r.Retired, ")") {
				t.Errorf("%s: retired %q names no source", r.ID, r.Retired)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	a, b := load(t).Packs(), load(t).Packs()
	seen := map[string]string{}
	for i := range a {
		if len(a[i].Digest) != 64 || a[i].Digest != b[i].Digest {
			t.Errorf("%s: digests %q and %q", a[i].ID, a[i].Digest, b[i].Digest)
		}
		if other := seen[a[i].Digest]; other != "" {
			t.Errorf("%s and %s have the same digest", a[i].ID, other)
		}
		seen[a[i].Digest] = a[i].ID
	}
	same := func(rows string) string {
		c, err := LoadFS(files(rows))
		if err != nil {
			t.Fatal(err)
		}
		return c.Packs()[0].Digest
	}
	if same(goodRow) != same("# a remark\n"+change("differ: [example.com]", "differ: [b.test]")) {
		t.Error("lines and examples must not change the digest")
	}
	if same(goodRow) == same(change("class: strong", "class: medium")) {
		t.Error("a changed class must change the digest")
	}
}

func TestPackWithAndWithout(t *testing.T) {
	fsys := files(change("    confidence:", "    valid_from: 2024\n    confidence:"))
	fsys["packs.yaml"] = &fstest.MapFile{Data: []byte("packs:\n  - {id: old, date: 2022-01-01, title: Old, with: [row-a]}\n  - {id: new, date: 2026-01-01, title: New, without: [row-a]}\n")}
	c, err := LoadFS(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Packs()[0].Rows()) != 1 || len(c.Packs()[1].Rows()) != 0 {
		t.Errorf("got %d and %d rows, want 1 and 0", len(c.Packs()[0].Rows()), len(c.Packs()[1].Rows()))
	}
}

// Government ranges lie inside the commercial ones, and are told first.
func TestGovernmentInsideCommercial(t *testing.T) {
	for _, p := range load(t).Periods() {
		for _, r := range p.Rows() {
			if r.Prefix == nil || r.Prefix.Kind != KindGovernment {
				continue
			}
			for _, pfx := range r.Prefix.Prefixes {
				m := p.Addr(pfx.Addr())
				outer := slices.ContainsFunc(m, func(m AddrMatch) bool {
					return m.Kind == KindMedia && m.Prefix.Bits() < pfx.Bits()
				})
				if len(m) < 2 || m[0].Kind != KindGovernment || m[0].Service != "government" || !outer {
					t.Errorf("%s %s: got %v", p.ID, pfx, kindsOf(m))
				}
			}
		}
	}
}

func kindsOf(list []AddrMatch) []string {
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = fmt.Sprint(m.Kind, " ", m.Prefix)
	}
	return out
}

func portRow(t *testing.T, p *Pack, proto string, client, server int, id string) PortMatch {
	t.Helper()
	for _, m := range p.Ports(proto, client, server) {
		if m.Row.ID == id {
			return m
		}
	}
	t.Fatalf("pack %s: %s %d>%d does not find %s", p.ID, proto, client, server, id)
	return PortMatch{}
}
