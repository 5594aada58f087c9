package analyzer_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

var update = flag.Bool("update", false, "rewrite golden files, bundled captures and lists of differences")

// capturesAt is where real captures lie beside the repository. They are other people's and not part of it.
const capturesAt = "../../shared/captures"

// captureDir returns the folder of real captures, or skips the test.
func captureDir(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("tests over all real captures take a minute; skipped in short mode")
	}
	if _, err := os.Stat(filepath.Join(capturesAt, "flows.csv")); err != nil {
		t.Skipf("real captures not present: %v", err)
	}
	return capturesAt
}

// captureFiles returns the names of all captures below dir in the form of flows.csv: category, slash, file.
func captureFiles(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && (ext == ".pcap" || ext == ".pcapng") {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("captures below %s: %d, %v", dir, len(names), err)
	}
	return names
}

// run analyses files. A damaged input is an error that comes with a set; a run without a set fails the test.
// runListed is analyzer.Run with the flows in lists.
func runListed(ctx context.Context, c analyzer.Config) (*record.Set, error) {
	set, err := analyzer.Run(ctx, c)
	return set, errors.Join(err, recordtest.List(set))
}

func run(t testing.TB, c analyzer.Config) (*record.Set, error) {
	t.Helper()
	set, err := runListed(context.Background(), c)
	if set == nil {
		t.Fatalf("%v: no records: %v", c.Files, err)
	}
	return set, err
}

// lines is the JSON Lines form of a run.
func lines(t testing.TB, set *record.Set) (b []byte) {
	t.Helper()
	eachLine(t, set, func(line []byte) { b = append(append(b, line...), '\n') })
	return b
}

// eachLine gives the JSON of each record, in space that is used again.
func eachLine(t testing.TB, set *record.Set, f func([]byte)) {
	t.Helper()
	var b []byte
	for r := range set.All {
		var err error
		if b, err = record.AppendJSON(b[:0], r); err != nil {
			t.Fatalf("%s: %v", r.RecordType(), err)
		}
		f(b)
	}
}

// tuple is a 5-tuple without direction: one conversation, which may be several flows in time.
type tuple struct {
	proto string
	a, b  netip.AddrPort // a is the smaller
}

// makeTuple also says whether the ends were swapped.
func makeTuple(proto string, x, y netip.AddrPort) (k tuple, swapped bool) {
	if y.Compare(x) < 0 {
		return tuple{proto, y, x}, true
	}
	return tuple{proto, x, y}, false
}

func (k tuple) String() string { return k.proto + " " + k.a.String() + " " + k.b.String() }

// conversation is what both ends sent, a first.
type conversation struct {
	packets, payload [2]int64
	duplicates       int64
	dscp             [2]record.DSCP
}

// total is all packets, those among them that were taken for a mirror's copies.
func (c *conversation) total() int64 { return c.packets[0] + c.packets[1] + c.duplicates }

// conversations sums TCP and UDP flows up by 5-tuple: time-outs and reused ports cut a conversation into several flows.
func conversations(set *record.Set) map[tuple]*conversation {
	all := make(map[tuple]*conversation)
	for _, f := range set.Flows {
		if f.Proto == "tcp" || f.Proto == "udp" {
			addFlow(all, f)
		}
	}
	return all
}

func addFlow(all map[tuple]*conversation, f *record.Flow) {
	k, swapped := tupleOf(f)
	c := all[k]
	if c == nil {
		c = new(conversation)
		all[k] = c
	}
	fwd, rev := 0, 1
	if swapped {
		fwd, rev = 1, 0
	}
	c.add(fwd, f.PacketsFwd, f.PayloadBytesFwd, f.DSCPFwd)
	c.add(rev, f.PacketsRev, f.PayloadBytesRev, f.DSCPRev)
	c.duplicates += f.Duplicates
}

func tupleOf(f *record.Flow) (k tuple, swapped bool) {
	return makeTuple(f.Proto, netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)),
		netip.AddrPortFrom(f.DstIP, uint16(f.DstPort)))
}

func (c *conversation) add(side int, packets, payload int64, dscp record.DSCP) {
	c.packets[side] += packets
	c.payload[side] += payload
	if c.dscp[side] == nil {
		c.dscp[side] = make(record.DSCP)
	}
	for mark, n := range dscp {
		c.dscp[side][mark] += n
	}
}

func (c *conversation) merge(o *conversation) {
	for side := range o.packets {
		c.add(side, o.packets[side], o.payload[side], o.dscp[side])
	}
	c.duplicates += o.duplicates
}
