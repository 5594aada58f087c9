package signatures

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A copy is read alike as text, CSV and JSON; what stands around the entries does not matter.
func TestReadListing(t *testing.T) {
	want := Listing{[]netip.Prefix{netip.MustParsePrefix("3.14.211.49/32"), netip.MustParsePrefix("170.72.0.0/16"),
		netip.MustParsePrefix("2402:2500::/34")}, []string{"*.webex.com", "webexapis.com"}}
	for name, text := range map[string]string{
		"text": "IP subnets for media: 170.72.0.0/16 (CIDR), 2402:2500::/34;\nsee https://help.webex.com/article/1 and config.yaml, e.g. this.\n3.14.211.49 *.webex.com\nwebexapis.com/path",
		"csv":  "prefix,use\n\"170.72.0.0/16\",media\n2402:2500::/34,media\n3.14.211.49,config\n*.webex.com,names\nWebexAPIs.com.,names",
		"json": `{"media": ["170.72.0.0\/16", {"cidr": "2402:2500::/34"}], "names": "*.webex.com webexapis.com", "n": 3, "x": "3.14.211.49"}`,
		"both": "170.72.0.0/16\n170.72.0.0/16\n2402:2500::/34\n3.14.211.49\n*.webex.com *.webex.com webexapis.com 10.1.2.3 localhost co.uk *.com",
	} {
		got, err := ReadListing(name, []byte(text))
		if err != nil || !slices.Equal(got.Prefixes, want.Prefixes) || !slices.Equal(got.Names, want.Names) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Mistakes are told all at once, with their lines.
func TestReadListingFaults(t *testing.T) {
	_, err := ReadListing("copy.txt", []byte("170.72.0.0/16\n170.72.1.0/16\n\n10.0.0.0/8 0.0.0.0/0 fd00::/32\n64.0.0.0/8"))
	want := `copy.txt:2: prefix: 170.72.1.0/16 has bits beyond its length, want 170.72.0.0/16
copy.txt:4: prefix: 0.0.0.0/0 is too wide or mapped
copy.txt:4: prefix: 10.0.0.0/8 is too wide or mapped
copy.txt:4: prefix: fd00::/32 is no public range
copy.txt:5: prefix: 64.0.0.0/8 is too wide or mapped`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// copyOf is a listing with the newest pack's own entries, changed.
func copyOf(t *testing.T, change func(*Listing)) *Listing {
	p := pick(t, "latest")
	l := &Listing{p.published([]string{KindMedia, KindMediaVIMT}), p.publishedNames()}
	change(l)
	return l
}

func without(l *Listing, prefix string) {
	l.Prefixes = slices.DeleteFunc(l.Prefixes, func(p netip.Prefix) bool { return p.String() == prefix })
}

var mediaCopy = ImportOptions{Kind: KindMedia, Date: "2027-01-15", From: "copy.txt"}

// importOf imports a copy of the newest pack's media that lacks ranges and a name and has others, and returns the
// catalog with its overlay.
func importOf(t *testing.T) (c, with *Catalog, im *Import) {
	t.Helper()
	c = load(t)
	l := copyOf(t, func(l *Listing) {
		without(l, "64.68.96.0/19")    // one of many in its row
		without(l, "44.234.52.192/26") // all of its row
		without(l, "20.53.87.0/24")
		l.Prefixes = append(l.Prefixes, netip.MustParsePrefix("66.114.160.0/20"), netip.MustParsePrefix("170.72.16.0/20"), netip.MustParsePrefix("198.133.219.0/24"))
		l.Names = append(l.Names, "*.webexnew.com")
		l.Names = slices.DeleteFunc(l.Names, func(n string) bool { return n == "*.giphy.com" })
	})
	im, err := c.Import(l, mediaCopy)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "import.yaml"), im.YAML, 0o644); err != nil {
		t.Fatal(err)
	}
	if with, err = LoadDir(dir); err != nil {
		t.Fatalf("%v\n%s", err, im.YAML)
	}
	return c, with, im
}

// The overlay of an import has a new pack, and leaves every other pack as it is.
func TestImport(t *testing.T) {
	c, with, im := importOf(t)
	got := fmt.Sprint(im.Added, im.Removed, im.Kept)
	if want := "{[66.114.160.0/20 198.133.219.0/24] [*.webexnew.com]} {[20.53.87.0/24 44.234.52.192/26 64.68.96.0/19] [*.giphy.com]} 34"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	packs := with.Packs()
	for i, p := range c.Packs() {
		if packs[i].ID != p.ID || packs[i].Digest != p.Digest {
			t.Errorf("pack %s is changed", p.ID)
		}
	}
	p := packs[len(packs)-1]
	if p.ID != "webex-imported-2027-01-15" || len(packs) != len(c.Packs())+1 {
		t.Errorf("pack %s of %d", p.ID, len(packs))
	}
}

// In the new pack added and removed prefixes and names count.
func TestImportedPack(t *testing.T) {
	_, with, _ := importOf(t)
	packs := with.Packs()
	p := packs[len(packs)-1]
	for addr, want := range map[string]string{
		"64.68.105.1": "retired 64.68.96.0/19", "44.234.52.193": "retired 44.234.52.192/26", "20.53.87.1": "retired 20.53.87.0/24",
		"62.109.192.1": "media 62.109.192.0/18", "170.72.16.1": "media 170.72.0.0/16", "198.133.219.1": "media 198.133.219.0/24", "66.114.161.1": "media 66.114.160.0/20",
	} {
		m := p.Addr(netip.MustParseAddr(addr))
		if len(m) == 0 || m[0].Kind+" "+m[0].Prefix.String() != want {
			t.Errorf("%s: %v, want %s", addr, m, want)
		}
	}
	if m, ok := p.Name("a.webexnew.com"); !ok || m.Class != ClassWeak {
		t.Errorf("new name: %+v", m)
	}
}

// They count from the day of the import.
func TestImportedTimeline(t *testing.T) {
	_, with, _ := importOf(t)
	days, err := with.Timeline("")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2027-01-14": KindMedia, "2027-01-15": KindRetired} {
		if m := days.At(captureTime(day)).Addr(netip.MustParseAddr("64.68.105.1")); len(m) == 0 || m[0].Kind != want {
			t.Errorf("%s: %v, want %s", day, kindsOf(m), want)
		}
	}
}

// What looks like another list, or a part of one, is refused.
func TestImportRefuses(t *testing.T) {
	c := load(t)
	half := copyOf(t, func(l *Listing) { l.Prefixes, l.Names = l.Prefixes[:len(l.Prefixes)/3], nil })
	other := copyOf(t, func(l *Listing) {
		l.Names = nil
		for i := range l.Prefixes {
			l.Prefixes[i] = netip.MustParsePrefix(fmt.Sprintf("198.51.%d.0/24", i))
		}
	})
	names := copyOf(t, func(l *Listing) { l.Names = l.Names[:len(l.Names)/3] })
	whole := copyOf(t, func(*Listing) {})
	for _, x := range []struct {
		list    *Listing
		options ImportOptions
		want    string
	}{
		{half, mediaCopy, "the list shrinks too much: 12 prefixes, and 12 of the 37"},
		{other, mediaCopy, "the list shrinks too much: 37 prefixes, and 0 of the 37"},
		{names, mediaCopy, "the list shrinks too much: "},
		{&Listing{}, mediaCopy, "only 0 prefixes: a published list has at least 10"},
		{whole, ImportOptions{Kind: KindMedia, Date: "2026-09-01"}, "an older list is not imported"},
		{whole, ImportOptions{Kind: KindMedia, Date: "soon"}, `date "soon" of the copy`},
		{whole, ImportOptions{Kind: "video", Date: "2027-01-15"}, `kind "video"`},
	} {
		if im, err := c.Import(x.list, x.options); err == nil || im != nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v, want %q", err, x.want)
		}
	}
	if im, err := c.Import(whole, mediaCopy); err != nil || im.YAML != nil {
		t.Errorf("an unchanged list: %v, %s", err, im.YAML)
	}
}

// Lists of the other kinds are compared with their own ranges.
func TestImportKinds(t *testing.T) {
	c := load(t)
	for _, kind := range []string{KindCalling, KindGovernment} {
		l := &Listing{Prefixes: pick(t, "latest").published([]string{kind})}
		without(l, l.Prefixes[0].String())
		im, err := c.Import(l, ImportOptions{Kind: kind, Date: "2027-01-15"})
		if err != nil || len(im.Removed.Prefixes) != 1 || len(im.Added.Prefixes) != 0 {
			t.Errorf("%s: %+v, %v", kind, im, err)
		}
	}
}

func FuzzReadListing(f *testing.F) {
	f.Add([]byte("170.72.0.0/16, *.webex.com"))
	f.Add([]byte(`["170.72.0.0/16", {"a": "2402:2500::/34"}]`))
	f.Add([]byte("::ffff:1.2.3.4/120 1.2.3.4%eth0 *.*.com ..com a*b.webex.com"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, _ := ReadListing("x", data)
		if l == nil {
			return
		}
		for _, p := range l.Prefixes {
			if !p.IsValid() || p != p.Masked() || !public(p.Addr()) {
				t.Errorf("prefix %v", p)
			}
		}
		for _, n := range l.Names {
			if badPattern(n) != "" {
				t.Errorf("name %q", n)
			}
		}
	})
}
