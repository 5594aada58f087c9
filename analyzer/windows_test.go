package analyzer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// sums are what must be the same however a run is cut into windows.
type sums struct {
	Packets, Bytes, Payload, Duplicates, Retransmitted, Requests, Answered int64
	RTP, Expected, Lost, RTPBytes, Captured                                int64
	Flows                                                                  map[string]bool
}

func (s *sums) add(set *record.Set) {
	if s.Flows == nil {
		s.Flows = map[string]bool{}
	}
	for _, f := range set.Flows {
		s.Flows[f.FlowID] = true
		s.Packets += f.PacketsFwd + f.PacketsRev
		s.Bytes += f.BytesFwd + f.BytesRev
		s.Payload += f.PayloadBytesFwd + f.PayloadBytesRev
		s.Duplicates += f.Duplicates
		if f.TCP != nil {
			s.Retransmitted += f.TCP.RetransFwd + f.TCP.RetransRev
		}
		if f.STUN != nil {
			s.Requests += f.STUN.Requests
			s.Answered += f.STUN.Answered
		}
	}
	for _, m := range set.Streams {
		s.RTP += m.Packets
		s.Expected += m.Expected
		s.Lost += m.Lost
		s.RTPBytes += m.Bytes
	}
	for _, h := range set.Health {
		s.Captured += h.Packets
	}
}

// inWindows audits a capture in windows, and adds them up.
func inWindows(t *testing.T, c Config) (all sums, windows []*record.Set, whole *record.Set) {
	t.Helper()
	whole, err := RunWindows(context.Background(), c, Windows{Settle: func(set *record.Set) error {
		if err := recordtest.List(set); err != nil {
			return err
		}
		all.add(set)
		windows = append(windows, set)
		return nil
	}})
	if err != nil {
		t.Fatalf("%v: %v", c.Files, err)
	}
	return all, windows, whole
}

// TestWindowsSum: what windows count adds up to the run in one piece, for every capture and any length. Of captures
// made here that is all; in others RTP streams that a cut parts before they are believed are none, and of several
// flows with one 5-tuple and one time each window numbers its own.
func TestWindowsSum(t *testing.T) {
	made, _ := filepath.Glob("../testdata/pcaps/*.pcap*")
	shared, _ := filepath.Glob("../../shared/captures/*/*.pcap*")
	if testing.Short() || len(shared) == 0 {
		t.Log("without the shared captures")
		shared = nil
	}
	if len(made) == 0 {
		t.Fatal("no captures")
	}
	for i, file := range append(made, shared...) {
		set, err := Run(context.Background(), Config{Files: []string{file}})
		err = errors.Join(err, recordtest.List(set))
		if err != nil || len(set.Flows) == 0 {
			continue // damaged or empty: other tests
		}
		var want sums
		want.add(set)
		for _, length := range []time.Duration{time.Second, 7 * time.Second, time.Minute} {
			got, windows, _ := inWindows(t, Config{Files: []string{file}, Window: length, Workers: 1 + i%3})
			if i >= len(made) {
				got, want = got.packets(), want.packets()
			}
			if !reflect.DeepEqual(got, want) {
				got.Flows, want.Flows = missing(got.Flows, want.Flows), missing(want.Flows, got.Flows)
				t.Errorf("%s in %d windows of %v:\n%+v\nwant\n%+v", filepath.Base(file), len(windows), length, got, want)
			}
		}
	}
}

// packets leaves what every capture has.
func (s sums) packets() sums {
	s.RTP, s.Expected, s.Lost, s.RTPBytes, s.Flows = 0, 0, 0, 0, nil
	return s
}

// TestWindowsFindings: the call that fell back to TLS is cut in two. The tests of UDP stand in the first window, the
// media in both; all of it as one is what a run in one piece finds.
func TestWindowsFindings(t *testing.T) {
	set, err := Run(context.Background(), Config{Files: []string{fallenBack}})
	err = errors.Join(err, recordtest.List(set))
	if err != nil {
		t.Fatal(err)
	}
	_, windows, whole := inWindows(t, Config{Files: []string{fallenBack}, Window: 20 * time.Second})
	if len(windows) != 2 || len(whole.Flows) != 0 {
		t.Fatalf("%d windows, %d flows of all", len(windows), len(whole.Flows))
	}
	if got, want := accused(whole), accused(set); !reflect.DeepEqual(got, want) {
		t.Errorf("all windows: %v\nin one piece: %v", got, want)
	}
	counts := func(set *record.Set) string {
		s := set.Summary
		return fmt.Sprint(s.Verdict, s.Flows, s.WebexFlows, s.Clients, set.Run.Files[0].Packets)
	}
	if got, want := counts(whole), counts(set); got != want {
		t.Errorf("all windows: %s, in one piece %s", got, want)
	}
	rates := func(sets ...*record.Set) (list []record.FlowRate) {
		for _, set := range sets {
			for _, f := range set.Flows {
				list = append(list, f.RateSeries...)
			}
		}
		return list
	}
	got, want := rates(windows...), rates(set)
	if !slices.Equal(got, want) || len(want) != 4 || int(want[1].BpsFwd/1000) != 38 {
		t.Errorf("rates in windows: %v, in one piece %v", got, want)
	}
	if a, b := len(accused(windows[0])), len(accused(windows[1])); a != 2 || b != 1 {
		t.Errorf("%d and %d findings in the windows", a, b)
	}
}

const fallenBack = "../testdata/pcaps/tls-fallback.pcapng.gz"

// accused are failures and warnings by fingerprint, and when they were seen.
func accused(set *record.Set) map[string]string {
	found := map[string]string{}
	for _, f := range set.Findings {
		if f.State == record.Fail || f.State == record.Warn {
			found[f.Fingerprint] = fmt.Sprint(f.Rule, " ", f.State, " ", f.FirstSeen, " ", f.LastSeen)
		}
	}
	return found
}

// TestWindowsLongFlow: media over TLS that lasts 34 s, cut into parts that would be short by themselves, stays a fault
// though the same client has media over UDP later.
func TestWindowsLongFlow(t *testing.T) {
	files := []string{fallenBack, "../testdata/pcaps/unmarked-audio.pcapng.gz"}
	_, _, whole := inWindows(t, Config{Files: files, Window: 20 * time.Second})
	for _, f := range whole.Findings {
		if f.Rule == "WXA-MED-001" && f.State != record.Fail {
			t.Errorf("WXA-MED-001 %s: %s", f.State, f.Summary)
		}
	}
}

// TestWindowsParts: a part is known for what its flow is, and tells nothing again of its beginning.
func TestWindowsParts(t *testing.T) {
	_, windows, _ := inWindows(t, Config{Files: []string{fallenBack}, Window: 20 * time.Second})
	for _, f := range windows[1].Flows {
		from := windows[1].Run.Window.From
		if f.Part != 2 || f.FlowStart == 0 || f.FlowStart >= from || f.StartTime < from {
			t.Errorf("part %d of a flow from %v, itself from %v", f.Part, f.FlowStart, f.StartTime)
		}
		if !f.Webex || f.TCP.SYN != 0 || f.TCP.HandshakeRTTMs != nil || f.Initiator != "seen" {
			t.Errorf("Webex %v, %d SYN, initiator %s", f.Webex, f.TCP.SYN, f.Initiator)
		}
	}
	if len(windows[1].Flows) == 0 || len(windows[0].TLS) == 0 || len(windows[1].TLS) != 0 {
		t.Errorf("handshakes told: %d and %d", len(windows[0].TLS), len(windows[1].TLS))
	}
}

// TestWindowsCalls: the parts of a call that the end of a window cuts have one name; a call that is whole has none.
func TestWindowsCalls(t *testing.T) {
	calls := func(length time.Duration) (list []string) {
		_, windows, _ := inWindows(t, Config{Files: []string{fallenBack}, Window: length})
		for _, set := range windows {
			for _, s := range set.Sessions {
				list = append(list, s.CallID)
			}
		}
		return list
	}
	if got := calls(20 * time.Second); len(got) != 2 || got[0] != got[1] || len(got[0]) != 16 {
		t.Errorf("in two windows: %q", got)
	}
	if got := calls(time.Hour); len(got) != 1 || got[0] != "" {
		t.Errorf("in one window: %q", got)
	}
}

// TestWindowsWorkers: the number of workers changes nothing in any window.
func TestWindowsWorkers(t *testing.T) {
	file := "../testdata/pcaps/healthy-meeting.pcapng.gz"
	var want []string
	for workers := 1; workers <= 3; workers++ {
		_, windows, whole := inWindows(t, Config{Files: []string{file}, Window: 7 * time.Second, Workers: workers})
		var got []string
		for _, set := range append(windows, whole) {
			var text []byte
			for r := range set.All {
				text, _ = record.AppendJSON(text, r)
			}
			got = append(got, string(text))
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers: other records", workers)
		}
	}
}

// missing are the flows of one set that another lacks.
func missing(of, in map[string]bool) map[string]bool {
	list := map[string]bool{}
	for id := range of {
		if !in[id] {
			list[id] = true
		}
	}
	return list
}

// TestWindowsDays: each day is handed over when the next one has its first window, with its own findings and files, and
// the last one is what is returned.
func TestWindowsDays(t *testing.T) {
	var files []string
	for day := range 3 {
		s := pcaptest.New(1, pcaptest.Start.AddDate(0, 0, day))
		s.NativeCall(pcaptest.NativeCall{Lasting: 15 * time.Second})
		files = append(files, filepath.Join(t.TempDir(), fmt.Sprint(day, ".pcap")))
		if err := s.Capture().Save(files[day]); err != nil {
			t.Fatal(err)
		}
	}
	var days []*record.Set
	windows := 0
	last, err := RunWindows(context.Background(), Config{Files: files, Window: 10 * time.Second}, Windows{
		Settle: func(*record.Set) error { windows++; return nil },
		Day:    func(set *record.Set) error { days = append(days, set); return nil },
	})
	if err != nil || windows != 6 || len(days) != 2 {
		t.Fatalf("%v, %d windows, %d days before the last", err, windows, len(days))
	}
	for i, set := range append(days, last) {
		if w := set.Run.Window; w.From.Time() != pcaptest.Start.AddDate(0, 0, i) || w.To.Sub(w.From) != 20*time.Second {
			t.Errorf("day %d: %+v", i, w)
		}
		for k, f := range set.Run.Files {
			if (f.Packets > 0) != (k == i) {
				t.Errorf("day %d: %d packets of file %d", i, f.Packets, k)
			}
		}
		if set.Summary.Flows != days[0].Summary.Flows || set.Summary.Flows == 0 {
			t.Errorf("day %d: %d flows", i, set.Summary.Flows)
		}
	}
}

// TestWindowsRotated: files of one recorder are taken as those of a directory that is followed: a window names those
// of which it has packets, without hashes, and the size of those whose end it has.
func TestWindowsRotated(t *testing.T) {
	var files []string
	for minute := range 2 {
		s := pcaptest.New(1, pcaptest.Start.Add(time.Duration(minute)*time.Minute))
		s.NativeCall(pcaptest.NativeCall{Lasting: 15 * time.Second})
		files = append(files, filepath.Join(t.TempDir(), fmt.Sprint(minute, ".pcap")))
		if err := s.Capture().Save(files[minute]); err != nil {
			t.Fatal(err)
		}
	}
	_, windows, whole := inWindows(t, Config{Files: files, Window: 10 * time.Second, Rotated: true})
	var got []string
	for _, set := range append(windows, whole) {
		for _, f := range set.Run.Files {
			_, sum := f.Digest()
			got = append(got, fmt.Sprint(slices.Index(files, f.Path), f.Bytes > 0, sum != ""))
		}
	}
	want := []string{"0 false false", "0 true false", "1 false false", "1 true false", "0 true false", "1 true false"}
	if !slices.Equal(got, want) || len(windows) != 4 {
		t.Errorf("%d windows with %q, want %q", len(windows), got, want)
	}
}
