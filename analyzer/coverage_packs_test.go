package analyzer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// TestPacksDiffer judges one capture with the pack of 2022 and with the newest. The verdicts differ for exactly the
// flows whose signatures differ, and in what stands here.
func TestPacksDiffer(t *testing.T) {
	s := pcaptest.New(22, pcaptest.Start)
	var flows []string
	for i, x := range packFlows {
		flow := fmt.Sprintf(x.flow, i+1)
		flows = append(flows, flow)
		_, e := ofFlow(t, flow)
		x.play(s, e)
	}
	c := s.Capture()
	declared := declarations + "room_devices: [10.60.0.0/16]\nproxies: [\"10.20.0.80:8080\"]\n"
	old, now := watch(t, c, declared, "webex-2022-06"), watch(t, c, declared, "latest")
	changed := changedRows(t, old.Run.Pack.ID, now.Run.Pack.ID)
	for i, x := range packFlows {
		proto, e := ofFlow(t, flows[i])
		a, b := pick(old, proto, e), pick(now, proto, e)
		if got := [2]string{seen(a), seen(b)}; got != [2]string{x.before, x.after} {
			t.Errorf("%s:\n got %q\nwant %q", flows[i], got, [2]string{x.before, x.after})
		}
		touched := slices.ContainsFunc(slices.Concat(a.SignatureIDs, b.SignatureIDs), func(id string) bool {
			return changed[id]
		})
		if differ := verdictText(t, a) != verdictText(t, b); differ != touched {
			t.Errorf("%s: the verdicts differ: %v, their signatures: %v (%v, %v)", flows[i], differ, touched, a.SignatureIDs, b.SignatureIDs)
		}
	}
	compareFindings(t, old, now)
}

// TestEachFlowByItsDay: of one capture of several years, each flow is judged by the rows in force on the day it began.
func TestEachFlowByItsDay(t *testing.T) {
	media := "meetings media-audio udp confirmed, app" + audioIn
	days := []struct{ day, flow, want string }{
		{"2023-02-22", "udp 10.20.1.1:52010 144.196.1.1:5004", ""},
		{"2023-02-23", "udp 10.20.1.2:52010 144.196.1.1:5004", media},
		{"2025-04-03", "udp 10.20.1.3:52010 66.114.161.9:5004", media},
		{"2025-04-04", "udp 10.20.1.4:52010 66.114.161.9:5004", ""},
	}
	all := pcaptest.New(23, pcaptest.Start).Capture()
	for _, x := range days {
		day, err := time.Parse(time.DateOnly, x.day)
		if err != nil {
			t.Fatal(err)
		}
		s := pcaptest.New(23, day.Add(10*time.Hour))
		_, e := ofFlow(t, x.flow)
		rtp("quiet sip")(s, e)
		all.Frames = append(all.Frames, s.Capture().Frames...)
	}
	set := watch(t, all, declarations, "")
	for _, x := range days {
		proto, e := ofFlow(t, x.flow)
		if got := seen(pick(set, proto, e)); got != x.want {
			t.Errorf("%s, %s: %q, want %q", x.day, x.flow, got, x.want)
		}
	}
}

// changedRows are the ids of the rows that differ between two packs.
func changedRows(t *testing.T, from, to string) map[string]bool {
	t.Helper()
	all, err := signatures.Load()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	packs := all.Packs()
	find := func(id string) *signatures.Pack {
		return packs[slices.IndexFunc(packs, func(p *signatures.Pack) bool { return p.ID == id })]
	}
	for _, c := range signatures.Diff(find(from), find(to)) {
		ids[c.ID] = true
	}
	return ids
}

func verdictText(t *testing.T, f *record.Flow) string {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// compareFindings: the pack's date alone turns the judgement of room devices behind a proxy, and retired ports are
// found only where the pack says so.
func compareFindings(t *testing.T, old, now *record.Set) {
	t.Helper()
	states := func(set *record.Set) map[string]string {
		m := map[string]string{}
		for _, f := range set.Findings {
			if f.State == record.Fail || f.State == record.Warn {
				m[f.Rule+" "+f.Subject.Key] = string(f.State)
				if f.Rule == "WXA-MED-007" {
					m[f.Rule+" "+f.Subject.Key] += fmt.Sprintf(", %d flows", len(f.FlowIDs))
				}
			}
		}
		return m
	}
	a, b := states(old), states(now)
	var got []string
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if a[k] != b[k] {
			got = append(got, fmt.Sprintf("%s: %s > %s", k, a[k], b[k]))
		}
	}
	if want := packFindings; !slices.Equal(got, want) {
		t.Errorf("findings differ in\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var packFindings = []string{
	"WXA-MED-002 10.20.0.80:8080: fail > warn",
	"WXA-MED-007 10.20.1.0/24: warn, 1 flows > warn, 4 flows",
	"WXA-MED-008 2607:fcf0:1::/64: warn > ",
	"WXA-MED-008 66.114.161.0/24:  > warn",
}

type packFlow struct {
	flow          string // %d is the client
	play          traffic
	before, after string
}

var packFlows = []packFlow{
	// The packs differ.
	{"udp 10.20.1.%d:50010 64.68.105.103:33434", rtp("audio"), "meetings media-audio udp confirmed, app, audio, plan out", "meetings media-audio udp confirmed, app, audio, plan out, retired"},
	{"tcp 10.20.1.%d:50010 64.68.105.103:33434", framed, "meetings media-audio tcp confirmed, audio", "meetings media-audio tcp confirmed, audio, retired"},
	{"tcp 10.20.1.%d:50010 64.68.105.103:444", tlsShort, "mesh signalling tls probable", "mesh signalling tls probable, retired"},
	{"udp 10.20.1.%d:52010 66.114.161.9:5004", rtp("quiet sip"), "meetings media-audio udp confirmed, app" + audioIn, ""},
	{"udp 10.20.1.%d:52010 66.114.161.9:5004", rtp("audio"), "meetings media-audio udp confirmed, app" + audioIn, "meetings media-audio udp probable, app, audio, plan in, retired"},
	{"udp 10.20.1.%d:52010 18.230.160.5:5004", rtp("quiet sip"), "meetings media-audio udp confirmed, app" + audioIn, ""},
	{"udp 10.20.1.%d:52010 144.196.1.1:5004", rtp("quiet sip"), "", "meetings media-audio udp confirmed, app" + audioIn},
	{"udp 10.20.1.%d:52010 163.129.1.1:5004", rtp("quiet sip"), "", "meetings media-audio udp confirmed, app" + audioIn},
	{"udp 10.20.1.%d:52010 4.152.180.9:5004", rtp("quiet sip"), "", "meetings media-audio udp confirmed, app" + audioIn},
	{"udp [2001:db8:20::%d]:52010 [2607:fcf0:1::5]:5004", rtp("quiet sip"), "meetings media-audio udp possible, audio, plan in", "meetings media-audio udp confirmed, app" + audioIn},
	{"udp 10.20.1.%d:52010 170.72.254.9:5004", rtp("audio"), "meetings media-audio udp confirmed, app" + audioIn, "government media-audio udp confirmed, app" + audioIn},
	{"tcp 10.20.1.%d:50010 52.29.8.14:443", tls("webexapis.com"), "", "messaging signalling tls confirmed"},
	// They do not.
	{"udp 10.20.1.%d:52010 64.68.105.103:5004", rtp("audio"), "meetings media-audio udp confirmed, app" + audioIn, "meetings media-audio udp confirmed, app" + audioIn},
	{"udp 10.20.1.%d:52110 150.253.211.134:9000", rtp("video"), "meetings media-video udp confirmed, app" + videoIn, "meetings media-video udp confirmed, app" + videoIn},
	{"tcp 10.20.1.%d:50010 64.68.105.103:9000", framed, "meetings media-audio tcp confirmed, audio, retired", "meetings media-audio tcp confirmed, audio, retired"},
	{"udp 10.40.0.%d:19570 139.177.65.20:20000", rtp("sip"), "calling media-audio udp confirmed, phone" + audioIn, "calling media-audio udp confirmed, phone" + audioIn},
	{"tcp 10.20.1.%d:50010 52.29.8.14:443", tls("idbroker.webex.com"), "identity signalling tls confirmed", "identity signalling tls confirmed"},
	{"tcp 10.20.1.%d:50010 93.184.216.34:443", tls("www.example.net"), "", ""},
	{"udp 10.20.1.%d:52010 203.0.113.9:33434", rtp("quiet sip"), "", ""},
	{"tcp 10.60.1.%d:50010 10.20.0.80:8080", through("64.68.105.103:443"), "meetings media-mixed tls-proxied probable, room-device, mixed", "meetings media-mixed tls-proxied probable, room-device, mixed"},
}
