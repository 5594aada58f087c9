package analyzer_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"webexaudit/analyzer"
	"webexaudit/analyzer/anonymize"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
	reporting "webexaudit/reports"
	"webexaudit/signatures"
)

// everyFormat are the bytes of all reports of a run, those of the Parquet tables unpacked.
func everyFormat(t *testing.T, set *record.Set) map[string]string {
	t.Helper()
	out := map[string]string{}
	var formats []reporting.Format
	for _, f := range reporting.Formats() {
		if f.Name != "parquet" && f.Parts == nil {
			formats = append(formats, f)
		}
		formats = append(formats, f.Parts...)
	}
	for _, f := range formats {
		for _, verbose := range []bool{false, true} {
			var b bytes.Buffer
			console := reporting.ConsoleOptions{Width: 300, Verbose: verbose, Quiet: !verbose}
			if err := set.WriteTo(f.New(&b, reporting.Options{Console: console})); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			out[f.Name+" "+f.File] += b.String()
		}
	}
	format, _ := reporting.ByName("parquet")
	dir := t.TempDir()
	tables := reporting.ParquetOptions{Dir: dir, Sensor: "s"}
	if err := set.WriteTo(format.New(nil, reporting.Options{Parquet: tables})); err != nil {
		t.Fatal(err)
	}
	out["parquet"] = parquetTexts(t, dir)
	return out
}

// everyRecord is the stream of records, of which all other reports are made.
func everyRecord(t *testing.T, set *record.Set) map[string]string {
	t.Helper()
	var b bytes.Buffer
	format, _ := reporting.ByName("jsonl")
	if err := set.WriteTo(format.New(&b, reporting.Options{})); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"jsonl": b.String()}
}

// parquetTexts are all values of all tables, their names and footers.
func parquetTexts(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".parquet" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return err
		}
		b.WriteString(filepath.Base(path) + fmt.Sprint(f.Metadata().KeyValueMetadata))
		for _, g := range f.RowGroups() {
			rows := g.Rows()
			buf := make([]parquet.Row, 64)
			for n := 1; n > 0; {
				n, _ = rows.ReadRows(buf)
				for _, row := range buf[:n] {
					for _, v := range row {
						b.WriteString(v.String() + "\n")
					}
				}
			}
			rows.Close()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// values are texts that a mapper does not keep, and what they become.
type values struct {
	m            *anonymize.Mapper
	list, images map[string]bool
}

func (v *values) addr(a netip.Addr) {
	if a.IsValid() && v.m.Addr(a) != a {
		v.list[a.String()], v.images[v.m.Addr(a).String()] = true, true
	}
}

func (v *values) name(s string) {
	if a, err := netip.ParseAddr(s); err == nil {
		v.addr(a)
	} else if len(s) > 4 && v.m.Name(s) != s {
		v.list[s], v.images[v.m.Name(s)] = true, true
	}
}

// all notes texts of which none may stay.
func (v *values) all(texts ...string) {
	for _, s := range texts {
		if len(s) > 4 {
			v.list[s] = true
		}
	}
}

func (v *values) flow(f *record.Flow) {
	v.addr(f.SrcIP)
	v.addr(f.DstIP)
	v.name(f.SNI)
	v.name(f.DNSName)
	v.all(f.Site, f.FlowID, f.CommunityID, f.NextHop)
	if f.Connect != nil {
		v.name(f.Connect.Host)
	}
	if f.SIP != nil {
		v.all(f.SIP.CallID)
	}
}

// originals are the addresses, names and identifiers of a run that none of its anonymized reports may have; an address
// may be the image of another one.
func originals(m *anonymize.Mapper, set *record.Set) map[string]bool {
	v := values{m, map[string]bool{}, map[string]bool{}}
	for _, f := range set.Flows {
		v.flow(f)
	}
	for _, s := range set.TLS {
		for _, san := range s.CertSANs {
			v.name(san)
		}
		v.all(s.CertSHA256)
	}
	for _, s := range set.Sessions {
		v.all(s.SessionID)
	}
	for _, f := range set.Findings {
		v.all(f.FindingID)
	}
	for _, f := range set.Run.Files {
		v.all(f.Path, filepath.Base(f.Path), f.SHA256)
	}
	for s := range v.images {
		delete(v.list, s)
	}
	return v.list
}

// judgedIn is what findings say without addresses and names.
func judgedIn(set *record.Set) (list []string) {
	for _, f := range set.Findings {
		list = append(list, fmt.Sprint(f.Rule, f.State, f.Severity, f.Confidence, f.Subject.Kind, f.Count,
			len(f.Clients), len(f.FlowIDs), len(f.SessionIDs), f.CausedBy != "", len(f.Evidence)))
	}
	return append(list, fmt.Sprint(set.Summary.States, set.Summary.Verdict, set.Summary.Groups, set.Summary.ExitCode))
}

// standsIn reports whether a text holds a value that is no part of a longer address or word.
func standsIn(text, value string) bool {
	if !strings.Contains(text, value) {
		return false
	}
	const before, behind = `(^|[^0-9A-Za-z.:])`, `([^0-9A-Za-z.]|\.[^0-9A-Za-z]|\.?$)`
	return regexp.MustCompile(before + regexp.QuoteMeta(value) + behind).MatchString(text)
}

func mapper(t *testing.T) *anonymize.Mapper {
	t.Helper()
	m, err := anonymize.NewMapper([32]byte{1, 2, 3}, signatures.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// anonymousSet maps the records of a run, finds no report in which an original is left, and nothing judged otherwise.
func anonymousSet(t *testing.T, before *record.Set, shown func(*testing.T, *record.Set) map[string]string) *record.Set {
	t.Helper()
	m := mapper(t)
	was, _ := record.AppendJSON(nil, before.Run)
	list := originals(m, before)
	after := m.Set(before)
	if again, _ := record.AppendJSON(nil, before.Run); !bytes.Equal(was, again) {
		t.Error("the original has changed")
	}
	if d := gocmp.Diff(judgedIn(before), judgedIn(after)); d != "" {
		t.Errorf("(-original +anonymized):\n%s", d)
	}
	if got, want := lines(t, mapper(t).Set(recordtest.Lend(before))), lines(t, after); !bytes.Equal(got, want) {
		t.Errorf("flows that are lent differ: %s", firstDifference(got, want))
	}
	for format, text := range shown(t, after) {
		for value := range list {
			if standsIn(text, value) {
				i := strings.Index(text, value)
				t.Errorf("%s: %q is there: …%s…", format, value, text[max(0, i-80):min(len(text), i+80)])
			}
		}
		if i := strings.Index(text, "(left out)"); i >= 0 {
			t.Errorf("%s: something is left out: %s", format, text[max(0, i-80):i])
		}
	}
	return after
}

// TestAnonymousReports: no report of an anonymized run holds an address, a name or an identifier of the original, its
// findings are the same, and its records join.
func TestAnonymousReports(t *testing.T) {
	list := allFixtures()
	for _, s := range pcaptest.Scenarios() {
		list = append(list, fixture{name: s.Name, capture: s.Build})
	}
	for i, x := range list {
		if testing.Short() && i%10 != 0 {
			continue
		}
		t.Run(x.rule+" "+x.name, func(t *testing.T) {
			t.Parallel()
			before, err := run(t, x.config(t))
			if err != nil {
				t.Fatal(err)
			}
			shown := everyRecord
			if i%5 == 0 {
				shown = everyFormat
			}
			after := anonymousSet(t, before, shown)
			flows := map[string]bool{}
			for _, f := range after.Flows {
				flows[f.FlowID] = true
			}
			for _, f := range after.Findings {
				for _, id := range f.FlowIDs {
					if !flows[id] {
						t.Errorf("%s: flow %s is not there", f.Rule, id)
					}
				}
			}
		})
	}
}

// TestAnonymousReportNamesNobody: what names the customer is in no report, and addresses, names and Community IDs are
// those of the capture that was anonymized by the same key.
func TestAnonymousReportNamesNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.pcapng")
	if err := ofCustomer().Save(path); err != nil {
		t.Fatal(err)
	}
	c := analyzer.Config{Files: []string{path}, Workers: 1}
	before, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	original := strings.ToLower(everyFormat(t, before)["jsonl run.jsonl"])
	after := anonymousSet(t, before, everyFormat)
	for format, text := range everyFormat(t, after) {
		for _, s := range secrets {
			if i := strings.Index(strings.ToLower(text), s); i >= 0 {
				t.Errorf("%s: %q is there: %s", format, s, text[max(0, i-80):min(len(text), i+40)])
			}
		}
	}
	if !strings.Contains(original, "acme") || !strings.Contains(original, "geheim") {
		t.Error("the original names nobody")
	}
	c.Files, _ = anonymized(t, c.Files)
	captured, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(mappedIn(after), mappedIn(captured)); d != "" {
		t.Errorf("(-report +capture):\n%s", d)
	}
}

// mappedIn are addresses, names and certificates of a run.
func mappedIn(set *record.Set) (list []string) {
	for _, f := range set.Flows {
		sni, id := f.SNI, f.CommunityID
		if f.App == "quic" {
			sni = "" // the capture has no such hello
		}
		if strings.Contains(f.Proto, "icmp") {
			id = ""
		}
		list = append(list, fmt.Sprint(f.Proto, f.SrcIP, f.SrcPort, f.DstIP, f.DstPort, f.Client, f.ClientSubnet, sni,
			f.DNSName, id))
	}
	for _, s := range set.TLS {
		list = append(list, fmt.Sprint(s.CertSubject, s.CertIssuer, s.CertSANs, s.ChainIssuers))
	}
	slices.Sort(list)
	return list
}
