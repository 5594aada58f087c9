package analyzer_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// check tries a property of whole audits as often as fits into seconds (fewer times in short mode), or as -rapid.checks
// says, and writes no files.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		t.Fatal(err)
	}
	if flag.Lookup("rapid.checks").Value.String() == "100" { // its default
		rounds := "25"
		if testing.Short() {
			rounds = "6"
		}
		if err := flag.Set("rapid.checks", rounds); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.checks", "100")
	}
	rapid.Check(t, property)
}

// built is a scenario's capture and what an audit of it says in short.
type built struct {
	name    string
	capture *pcaptest.Capture
	want    string
}

// scenarios builds each scenario once.
func scenarios(t *testing.T, say func(*record.Set) string) func(*rapid.T) built {
	all := pcaptest.Scenarios()
	made := make([]built, len(all))
	return func(r *rapid.T) built {
		i := rapid.IntRange(0, len(all)-1).Draw(r, "scenario")
		if made[i].capture == nil {
			c := all[i].Build()
			made[i] = built{all[i].Name, c, say(analyze(t, c, analyzer.Config{}))}
		}
		return made[i]
	}
}

// conclusions is what a capture's audit comes to: flows with their verdicts, streams with their losses, and findings,
// without numbers that may be other ones where packets come in another order, such as jitter.
func conclusions(set *record.Set) string {
	var list []string
	for _, f := range set.Flows {
		ends := []string{fmt.Sprint(f.SrcIP, f.SrcPort, " ", f.PacketsFwd, f.BytesFwd),
			fmt.Sprint(f.DstIP, f.DstPort, " ", f.PacketsRev, f.BytesRev)}
		if f.Initiator == "guessed: sent the first packet" {
			slices.Sort(ends)
		}
		list = append(list, fmt.Sprint("flow ", ends, f.Webex, f.Function, f.Transport, f.SNI, f.EndReason))
	}
	for _, s := range set.Streams {
		if s.Reordered*100 > s.Packets {
			// where a stream begins, and what comes too late, depends on the order that the network left
			list = append(list, fmt.Sprint("stream ", s.SSRC, s.Kind, " out of order"))
			continue
		}
		list = append(list, fmt.Sprint("stream ", s.SSRC, s.Kind, s.Packets, " lost ", s.Lost, s.DSCP))
	}
	for _, f := range set.Findings {
		// these speak of the feed: that it is doubled, and of its bytes
		if f.Rule != "WXA-CAP-003" && f.Rule != "WXA-CAP-008" && f.Rule != "WXA-CAP-012" {
			list = append(list, fmt.Sprint("finding ", f.Rule, " ", f.State, " ", f.Severity, " ", f.Count))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// reorderWindow is how far packets may stand from their place in time, as captures of several queues have them, without
// another conclusion. Beyond, it is a step of the clock (capture_health.clock_steps), with which jitter is not judged.
const reorderWindow = time.Millisecond

// TestPropertyShuffled: frames that stand out of order in the file within reorderWindow, each with its right time, lead
// to the same flows, losses and findings.
func TestPropertyShuffled(t *testing.T) {
	pick := scenarios(t, conclusions)
	check(t, func(r *rapid.T) {
		b := pick(r)
		random := pcaptest.NewRand(rapid.Uint64().Draw(r, "seed"))
		order := make([]time.Time, len(b.capture.Frames))
		place := make([]int, len(order))
		for i, f := range b.capture.Frames {
			order[i], place[i] = f.Time.Add(random.Duration(0, reorderWindow)), i
		}
		slices.SortStableFunc(place, func(i, j int) int { return order[i].Compare(order[j]) })
		shuffled := &pcaptest.Capture{Link: b.capture.Link}
		for _, i := range place {
			shuffled.Frames = append(shuffled.Frames, b.capture.Frames[i])
		}
		if got := conclusions(analyze(t, shuffled, analyzer.Config{Workers: 2})); got != b.want {
			r.Fatalf("%s:\n%s", b.name, firstDifference([]byte(got), []byte(b.want)))
		}
	})
}

// nextHop is what a frame looks like behind a router: one hop less to live, another VLAN. The checksum stays as it was;
// nobody looks at it.
func nextHop(vlan uint16) pcaptest.Wrap {
	tag := pcaptest.VLAN(vlan)
	return func(f pcaptest.Frame) pcaptest.Frame {
		f.Data = slices.Clone(f.Data)
		if f.Data[12] == 8 {
			f.Data[14+8]--
		} else if f.Data[12] == 0x86 {
			f.Data[14+7]--
		}
		return tag(f)
	}
}

// TestPropertyDoubled: a feed that shows every packet twice, the second time behind a router in another VLAN, leads to
// the same flows, losses and findings, and to statistics of the copies.
func TestPropertyDoubled(t *testing.T) {
	pick := scenarios(t, conclusions)
	check(t, func(r *rapid.T) {
		b := pick(r)
		vlan := uint16(rapid.IntRange(1, 4094).Draw(r, "vlan"))
		after := time.Duration(rapid.IntRange(1, 4_900).Draw(r, "microseconds")) * time.Microsecond
		doubled := pcaptest.Merge(b.capture, b.capture.Wrap(nextHop(vlan)).Shift(after))
		set := analyze(t, doubled, analyzer.Config{Workers: 2})
		if got := conclusions(set); got != b.want {
			r.Fatalf("%s:\n%s", b.name, firstDifference([]byte(got), []byte(b.want)))
		}
		h, n := set.Health[0], int64(len(b.capture.Frames))
		if pair := fmt.Sprintf("untagged → vlan %d", vlan); h.Duplicates != n || h.DuplicatePairs[pair] != n {
			r.Fatalf("%s: %d duplicates of %d, %v", b.name, h.Duplicates, n, h.DuplicatePairs)
		}
	})
}

// TestPropertyAlike: RTP packets that are equal in size, content and timing, of hosts that send no IP identification,
// lose nothing to the search for copies, however close they follow each other.
func TestPropertyAlike(t *testing.T) {
	check(t, func(r *rapid.T) {
		const packets, streams = 400, 3
		size := rapid.IntRange(0, 300).Draw(r, "payload")
		gap := time.Duration(rapid.IntRange(0, 20_000).Draw(r, "microseconds")) * time.Microsecond
		ids := rapid.Bool().Draw(r, "identifications")
		c := &pcaptest.Capture{Link: pcaptest.LinkEthernet}
		for i := range packets {
			for s := range streams {
				for _, ip := range []pcaptest.IP{{Src: pcaptest.ClientA, Dst: pcaptest.NodeA},
					{Src: pcaptest.NodeA, Dst: pcaptest.ClientA}} {
					src, dst := uint16(52000), uint16(5004)
					if ip.Src == pcaptest.NodeA {
						src, dst = dst, src
					}
					if ids {
						ip.ID = uint16(1 + i*streams + s)
					}
					rtp := pcaptest.RTP{PT: 98, Seq: uint16(i), Timestamp: uint32(i) * 960, SSRC: 5 + uint32(s),
						Payload: make([]byte, size)}
					c.Add(pcaptest.Start.Add(time.Duration(i)*gap), pcaptest.Ethernet(ip.UDP(src, dst, rtp.Bytes())))
				}
			}
		}
		set := analyze(t, c, analyzer.Config{})
		if n := set.Health[0].Duplicates; n != 0 {
			r.Fatalf("%d taken for copies", n)
		}
		if len(set.Streams) != 2*streams {
			r.Fatalf("%d streams", len(set.Streams))
		}
		for _, s := range set.Streams {
			if s.Lost != 0 || s.Packets != packets {
				r.Fatalf("stream %x: %d packets, %d lost", s.SSRC, s.Packets, s.Lost)
			}
		}
	})
}
