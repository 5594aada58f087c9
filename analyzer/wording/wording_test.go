package wording

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
)

func check(t *testing.T, got fmt.Stringer, want string) {
	t.Helper()
	if got.String() != want {
		t.Errorf("%#v: %q, want %q", got, got, want)
	}
}

func TestCount(t *testing.T) {
	signals := Noun{"client that signals", "clients that signal"}
	for n, want := range map[int]string{
		0: "0 clients that signal", 1: "1 client that signals", 2: "2 clients that signal", -1: "-1 clients that signal",
		999: "999 clients that signal", 1000: "1,000 clients that signal", 1234567: "1,234,567 clients that signal",
	} {
		check(t, CountOf(n, signals), want)
	}
	check(t, Count(uint16(2), "gateway", "gateways"), "2 gateways")
	check(t, Count(int64(2), "proxy", "proxies"), "2 proxies")
	check(t, Count(int64(math.MinInt64), "flow", "flows"), "-9,223,372,036,854,775,808 flows")
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", -1: "-1", 999: "999", -999: "-999", 1000: "1,000", -1000: "-1,000", 48211: "48,211", 100000: "100,000",
		math.MaxInt64: "9,223,372,036,854,775,807",
	} {
		check(t, Number(n), want)
	}
	for v, want := range map[float64]string{
		0: "0", math.Copysign(0, -1): "0", 1: "1", 0.5: "0.5", -1234.5678: "-1,234.5678", 5004: "5,004", 1e15: "1,000,000,000,000,000",
		1e21: "1,000,000,000,000,000,000,000", 1e-7: "0.0000001", math.Inf(1): "unknown", math.Inf(-1): "unknown",
	} {
		check(t, Decimal(v), want)
	}
	check(t, Decimal(math.NaN()), "unknown")
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", -1: "-1 B", 999: "999 B", 1000: "1 kB", 1001: "1 kB", 1234: "1.23 kB", 24_100: "24.1 kB", 99_950: "100 kB",
		100_000: "100 kB", 999_499: "999 kB", 999_500: "1 MB", 999_600: "1 MB", 1_000_000: "1 MB", -999_600: "-1 MB",
		999_499_999: "999 MB", 999_500_000: "1 GB", 999_600_000_000: "1 TB", 999_600_000_000_000: "1 PB", 999_600_000_000_000_000: "1 EB",
		math.MaxInt64: "9.22 EB", math.MinInt64: "-9.22 EB",
	} {
		check(t, Bytes(n), want)
	}
}

func TestDuration(t *testing.T) {
	for s, want := range map[float64]string{
		0: "0 s", 0.00001: "<0.1 ms", 0.0001: "0.1 ms", 0.0025: "2.5 ms", 0.00996: "10 ms", 0.0123: "12 ms", 0.4: "400 ms", 0.9994: "999 ms",
		0.9996: "1 s", 1: "1 s", 1.04: "1 s", 1.06: "1.1 s", 9.94: "9.9 s", 9.96: "10 s", 34: "34 s", 34.4: "34 s", 59.4: "59 s",
		59.6: "1 min", 60: "1 min", 61: "1 min 1 s", 119.6: "2 min", 552: "9 min 12 s", 3599.4: "59 min 59 s", 3599.6: "1 h",
		3600: "1 h", 2*3600 + 60: "2 h 1 min", 2*3600 + 89: "2 h 1 min", 2*3600 + 91: "2 h 2 min", 86399: "1 day", 86400: "1 day",
		25 * 3600: "1 day 1 h", 47.6 * 3600: "2 days", 49 * 3600: "2 days 1 h", 1000 * 86400: "1,000 days", -34: "-34 s", -552: "-9 min 12 s",
		-0.00001: "-<0.1 ms", math.Inf(1): "unknown",
	} {
		check(t, Seconds(s), want)
	}
	check(t, Seconds(math.NaN()), "unknown")
	check(t, Duration(2*time.Hour+time.Minute), "2 h 1 min")
	check(t, Duration(0), "0 s")
	check(t, Duration(-90*time.Second), "-1 min 30 s")
}

// TestDurationParts: at no length is a part as large as the next larger unit, or a part 0.
func TestDurationParts(t *testing.T) {
	for v := 0.00006; v < 1e7; v *= 1.0007 {
		text := Seconds(v).String()
		words := strings.Fields(text)
		for i := 0; i < len(words); i += 2 {
			var n float64
			if _, err := fmt.Sscan(words[i], &n); err != nil {
				t.Fatal(text, err)
			}
			if most := map[string]float64{"ms": 1000, "s": 60, "min": 60, "h": 24, "day": 2, "days": 1e9}[words[i+1]]; n >= most || n == 0 {
				t.Fatalf("%v seconds: %q", v, text)
			}
		}
	}
}

func TestPercent(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0 %", 0.0001: "<0.001 %", 0.0136: "0.014 %", 0.05: "0.05 %", 0.0996: "0.1 %", 0.123: "0.12 %", 0.996: "1 %", 1: "1 %",
		5.23: "5.2 %", 6.0 / 0.9: "6.7 %", 50: "50 %", 99.94: "99.9 %", 99.96: "99.96 %", 99.996: ">99.99 %", 100: "100 %", 100.04: "100 %",
		1234.56: "1,234.6 %", -5.23: "-5.2 %", -0.0001: "-<0.001 %", math.Inf(-1): "unknown",
	} {
		check(t, Percent(v), want)
	}
	check(t, Percent(math.NaN()), "unknown")
}

func TestList(t *testing.T) {
	for n, want := range []string{"none", "a", "a and b", "a, b and c", "a, b and 2 more", "a, b and 3 more"} {
		check(t, List(strings.Split("abcdefgh", "")[:n]), want)
	}
	check(t, List(make([]int, 2002)), "0, 0 and 2,000 more")
}

func TestDN(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"CN=webex.com":            "CN=webex.com",
		`CN=a,O=Zscaler\, Inc.`:   "CN=a,O=Zscaler, Inc.",
		`O=\"Quoted\" \+ \<x\>\;`: `O="Quoted" + <x>;`,
		`O=\#1 back\\slash`:       `O=#1 back\slash`,
		`O=blank\ `:               "O=blank ",
		`O=caf\C3\A9`:             "O=café",
		`O=line\0Abreak`:          `O=line\0Abreak`, // a control character stays an escape
		`O=broken\C3`:             `O=broken\C3`,
		`O=end\`:                  `O=end\`,
		`O=\é`:                    "O=é",
	} {
		check(t, DN(in), want)
	}
}

// FuzzDN: whatever stands in a certificate, no escape becomes a character that a terminal would obey.
func FuzzDN(f *testing.F) {
	f.Add(`CN=\C3\A9\0A\,x\`)
	f.Fuzz(func(t *testing.T, s string) {
		before := map[rune]bool{}
		for _, r := range valid(s) {
			before[r] = true
		}
		for _, r := range DN(s).String() {
			if !before[r] && !unicode.IsPrint(r) {
				t.Fatalf("%q in %q", r, s)
			}
		}
	})
}
