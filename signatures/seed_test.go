package signatures

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const seedPath = "../../shared/reference/BRKCOL-2057.txt"

// notSignatures are numbers and names of the deck that are none, reviewed one by one.
var notSignatures = map[string]string{
	"10": "count of calls", "11": "day", "17": "day", "100": "game points and a test figure", "180": "days of a programme",
	"188": "votes", "1137": "votes", "2022": "year", "3550": "RFC number", "7800": "phone model", "8800": "phone model",
	"80572": "views", "548071": "views",
	"ciscolive.ciscoevents.com": "conference", "www.ciscolive.com": "conference",
}

var (
	seedRange  = regexp.MustCompile(`(\d{2,5})\s*(?:-|–|to)\s*(\d{2,5})`)
	seedNumber = regexp.MustCompile(`\d+(?:\.\d+)?`)
	seedName   = regexp.MustCompile(`\*?(?:\.?[A-Za-z0-9-]+)*\.(?:com\.au|com|net|io|eu|do|org)\b`)
	seedDigits = regexp.MustCompile(`[A-Za-z][A-Za-z0-9-]*\d[A-Za-z0-9-]*`) // words such as AF41, no5dwuq, WBS40
)

// reviewed are known errata of the deck, and the entries of notSignatures that stand for something.
type reviewed struct {
	errata []string
	seen   map[string]bool
}

// has reports whether what is printed is an erratum or on the reviewed list.
func (x *reviewed) has(printed, entry string) bool {
	if slices.Contains(x.errata, printed) {
		return true
	}
	x.seen[entry] = true
	return notSignatures[entry] != ""
}

// checkAll: every entry of the reviewed list was asked for.
func (x *reviewed) checkAll(t *testing.T) {
	t.Helper()
	for s := range notSignatures {
		if !x.seen[s] {
			t.Errorf("%s is on the reviewed list for nothing", s)
		}
	}
}

func printedErrata(c *Catalog) (list []string) {
	for _, m := range c.Errata() {
		list = append(list, strings.Fields(m.Printed)[0])
	}
	return list
}

// TestSeedIsCovered: each port, range and domain that the deck prints is in the pack of 2022, or a known erratum, or on
// the reviewed list above. A range must be in a row as it is printed; a single port must be one end of a range or lie
// in one of at most 100 ports, so that the wide media ranges prove nothing.
func TestSeedIsCovered(t *testing.T) {
	data, err := os.ReadFile(seedPath)
	if err != nil {
		t.Skipf("the deck's text is not here: %v", err)
	}
	c := load(t)
	p, err := c.Select("webex-2022-06")
	if err != nil {
		t.Fatal(err)
	}
	known := reviewed{errata: printedErrata(c), seen: map[string]bool{}}
	domains, ranges, ports := seedValues(string(data))
	if len(domains) < 35 || len(ranges) < 12 || len(ports) < 15 {
		t.Fatalf("the deck yields only %d domains, %d ranges, %d ports", len(domains), len(ranges), len(ports))
	}
	for _, d := range domains {
		host := strings.ToLower(strings.Replace(d, "*", "x", 1))
		if _, ok := p.Name(host); !ok && !known.has(d, host) {
			t.Errorf("domain %s is in no row", d)
		}
	}
	for _, r := range ranges {
		if !hasRange(p, r) && !slices.Contains(known.errata, r.String()) {
			t.Errorf("range %s is in no row", r)
		}
	}
	for _, n := range ports {
		if !hasPort(p, n) && !known.has(n, n) {
			t.Errorf("port %s is in no row", n)
		}
	}
	known.checkAll(t)
	t.Logf("%d domains, %d ranges, %d numbers", len(domains), len(ranges), len(ports))
}

// seedValues extracts what looks like a domain, a range of ports, a port.
func seedValues(text string) (domains []string, ranges []PortRange, ports []string) {
	text = regexp.MustCompile(`</?[a-z]+/?>`).ReplaceAllString(text, " ")
	for _, d := range seedName.FindAllString(text, -1) {
		domains = append(domains, strings.TrimPrefix(d, "."))
	}
	text = seedName.ReplaceAllString(text, " ")
	text = seedDigits.ReplaceAllString(text, " ")
	for _, m := range seedRange.FindAllStringSubmatch(text, -1) {
		if r, ok := parsePorts(m[1] + "-" + m[2]); ok {
			ranges = append(ranges, r)
		}
	}
	text = seedRange.ReplaceAllString(text, " ")
	for _, n := range seedNumber.FindAllString(text, -1) {
		if len(n) > 1 && !strings.Contains(n, ".") {
			ports = append(ports, n)
		}
	}
	slices.Sort(domains)
	slices.Sort(ports)
	return slices.Compact(domains), ranges, slices.Compact(ports)
}

func hasRange(p *Pack, want PortRange) bool {
	for _, r := range p.Rows() {
		if r.Port != nil && (slices.Contains(r.Port.Server, want) || slices.Contains(r.Port.Client, want)) {
			return true
		}
		if r.Policy != nil && slices.Contains(r.Policy.Values, want.String()) {
			return true
		}
	}
	return false
}

func hasPort(p *Pack, number string) bool {
	n, err := strconv.Atoi(number)
	if err != nil {
		return false
	}
	for _, r := range p.Rows() {
		if r.Port == nil {
			continue
		}
		for _, x := range append(slices.Clone(r.Port.Server), r.Port.Client...) {
			if n == int(x.Lo) || n == int(x.Hi) || (x.Width() <= 100 && x.Contains(n)) {
				return true
			}
		}
	}
	return false
}
