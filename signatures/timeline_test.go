package signatures

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// Rows are in force from their own first day to their own last one, whatever pack listed them first.
func TestTimeline(t *testing.T) {
	days, err := load(t).Timeline("")
	if err != nil {
		t.Fatal(err)
	}
	if days.Pack.ID != "webex-2026-09-09" || days.Newest != "2026-09-09" {
		t.Errorf("named after %s, newest of %s", days.Pack.ID, days.Newest)
	}
	for _, tt := range []struct{ day, addr, want string }{ // what the longest range says
		{"2023-02-22", "144.196.1.1", ""},
		{"2023-02-23", "144.196.1.1", "media 144.196.0.0/16"},
		{"2023-06-21", "163.129.200.1", "media 163.129.0.0/16"}, // as printed until it was corrected
		{"2026-03-15", "163.129.200.1", "media 163.129.0.0/16"},
		{"2026-03-16", "163.129.200.1", "as-space 163.129.128.0/17"},
		{"2025-04-03", "66.114.161.1", "media 66.114.160.0/20"},
		{"2025-04-04", "66.114.161.1", "retired 66.114.160.0/20"},
		{"2031-01-01", "66.114.161.1", "retired 66.114.160.0/20"},
		{"2015-10-11", "64.68.105.103", "media 64.68.96.0/19"}, // its first day is not known
		{"2025-04-07", "4.152.180.9", ""},
	} {
		got := ""
		if m := days.At(captureTime(tt.day)).Addr(netip.MustParseAddr(tt.addr)); len(m) > 0 {
			got = m[0].Kind + " " + m[0].Prefix.String()
		}
		if got != tt.want {
			t.Errorf("%s on %s: %q, want %q", tt.addr, tt.day, got, tt.want)
		}
	}
	if p := days.At(captureTime("2023-12-05")); !says(p, "device-media-via-proxy", "never") {
		t.Error("room devices behind proxies on 2023-12-05")
	}
	if p := days.At(captureTime("2023-12-06")); says(p, "device-media-via-proxy", "never") {
		t.Error("room devices behind proxies on 2023-12-06")
	}
}

func says(p *Pack, key, value string) bool {
	m, ok := p.Policy(key)
	return ok && m.Values[0] == value
}

// A chosen pack judges all days.
func TestTimelineChosen(t *testing.T) {
	days, err := load(t).Timeline("webex-2022-06")
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2015-10-11", "2022-06-17", "2026-10-01"} {
		if p := days.At(captureTime(day)); p != days.Pack || p.ID != "webex-2022-06" {
			t.Errorf("%s: %s", day, p.ID)
		}
	}
	if days.Newest != "2026-09-09" {
		t.Errorf("newest of the release: %s", days.Newest)
	}
}

// The examples hold on all days, not only on those of packs, and so do those of the generated tables.
func TestPeriods(t *testing.T) {
	loaded, built := load(t).Periods(), Builtin().Periods()
	if len(loaded) != len(built) || len(loaded) < 20 {
		t.Fatalf("%d periods, %d of the generated tables", len(loaded), len(built))
	}
	for i, p := range loaded {
		if err := p.CheckExamples(); err != nil {
			t.Error(err)
		}
		if b := built[i]; b.Date != p.Date || b.seal(map[string]string{}) != p.seal(map[string]string{}) {
			t.Errorf("%s: the generated tables have other rows", p.ID)
		}
	}
}

// Rows that claim the same between the dates of two packs are told.
func TestOverlapBetweenPacks(t *testing.T) {
	for want, dates := range map[string]string{
		"overlaps with": "    valid_from: 2024-02-01\n    valid_to: 2024-03-01\n",
		"":              "    valid_from: 2024-02-01\n    valid_to: 2024-03-01\n    priority: 1\n",
	} {
		_, err := LoadFS(files(second("row-b", dates+"    name: {patterns: [\"*.example.com\"], class: weak}\n")))
		if got := fmt.Sprint(err); (err != nil) != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
