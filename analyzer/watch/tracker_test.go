package watch

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/record"
)

// window judges records of an hour; they begin from the templates of the rules' fixtures.
func window(t *testing.T, hour int, lines ...string) *record.Set {
	t.Helper()
	set, err := audit.ParseRecords(strings.Join(append([]string{`{"like":"run"}`, `{"like":"health"}`}, lines...), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	from := record.Time(time.Date(2026, 9, 7, hour, 0, 0, 0, time.UTC).UnixNano())
	set.Run.Window = &record.Window{From: from, To: from + record.Time(time.Hour)}
	set.Findings, set.Summary = audit.Run(set, audit.Options{Catalogue: catalogue.All(), Only: []string{"WXA-MED-001"}})
	return set
}

const (
	tlsMedia = `{"like":"tls-media"}`                                                          // 10.20.0.5
	tlsOther = `{"like":"tls-media","flow_id":"m2","src_ip":"10.30.0.5","client":"10.30.0.5"}` // another subnet
	udpMedia = `{"like":"udp-audio"}` + "\n" + `{"like":"audio-down"}`
	nothing  = `{"like":"tls-signalling","src_ip":"10.40.0.5","client":"10.40.0.5"}` // no media at all
)

func words(list []Tracked) string {
	var out []string
	for _, x := range list {
		out = append(out, fmt.Sprint(x.Status, " ", x.Subject.Key, " ", x.Windows))
	}
	return strings.Join(out, ", ")
}

// TestTracker: a finding is new once, goes on while it is found, is quiet while nobody could have seen it, and resolved
// only by a window that judged such clients and let them pass. It is so though the program began anew in between.
func TestTracker(t *testing.T) {
	tracker := NewTracker(catalogue.All().Find)
	for hour, step := range []struct{ records, want string }{
		{nothing, ""},
		{tlsMedia, "new 10.20.0.0/24 1"},
		{tlsMedia, "ongoing 10.20.0.0/24 2"},
		{nothing, "quiet 10.20.0.0/24 2"},
		{nothing, "quiet 10.20.0.0/24 2"},
		{tlsMedia + "\n" + tlsOther, "new 10.30.0.0/24 1, ongoing 10.20.0.0/24 3"},
		{udpMedia, "resolved 10.20.0.0/24 3, quiet 10.30.0.0/24 1"},
		{udpMedia, "quiet 10.30.0.0/24 1"},
		{tlsMedia, "new 10.20.0.0/24 1, quiet 10.30.0.0/24 1"},
	} {
		list := tracker.Window(window(t, hour, strings.Split(step.records, "\n")...))
		if got := words(list); got != step.want {
			t.Errorf("hour %d: %s; want %s", hour, got, step.want)
		}
		for _, x := range list {
			if x.Status == Resolved && x.ResolvedAt.Time().Hour() != hour+1 {
				t.Errorf("hour %d: resolved at %v", hour, x.ResolvedAt)
			}
		}
		text, err := json.Marshal(tracker)
		if err != nil {
			t.Fatal(err)
		}
		tracker = NewTracker(catalogue.All().Find)
		if err := json.Unmarshal(text, tracker); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTrackerBroken: a window that a signal broke off says of no finding that it is gone.
func TestTrackerBroken(t *testing.T) {
	tracker := NewTracker(catalogue.All().Find)
	tracker.Window(window(t, 0, tlsMedia))
	set := window(t, 1, udpMedia)
	set.Findings, set.Summary = nil, nil
	if got := words(tracker.Window(set)); got != "new 10.20.0.0/24 1" {
		t.Error(got)
	}
	if err := json.Unmarshal([]byte(`{"schema":"webexaudit.watch/9"}`), tracker); err == nil {
		t.Error("a state of another schema was taken")
	}
}

// TestTrackerClock: where packets were taken up to follows their clock back, but not into the machine's future.
func TestTrackerClock(t *testing.T) {
	tracker := NewTracker(catalogue.All().Find)
	now := time.Date(2026, 9, 7, 12, 30, 0, 0, time.UTC)
	tracker.now = func() time.Time { return now }
	for _, step := range []struct {
		what     string
		end, now string
		want     string
	}{
		{"packets", "2026-09-07T11:59:59Z", "2026-09-07T12:00:05Z", "2026-09-07T11:59:59Z"},
		{"their clock is set to tomorrow", "2026-09-08T11:59:59Z", "2026-09-07T13:00:05Z", "2026-09-07T11:59:59Z"},
		{"and back", "2026-09-07T13:59:59Z", "2026-09-07T14:00:05Z", "2026-09-07T13:59:59Z"},
		{"and back too far", "2026-09-06T14:59:59Z", "2026-09-07T15:00:05Z", "2026-09-06T14:59:59Z"},
		{"captures of the future", "2028-09-06T14:59:59Z", "2029-09-07T15:00:05Z", "2028-09-06T14:59:59Z"},
		{"for a machine of the past", "2028-09-07T14:59:59Z", "2020-09-07T15:00:05Z", "2028-09-07T14:59:59Z"},
	} {
		now, _ = time.Parse(time.RFC3339, step.now)
		end, err := time.Parse(time.RFC3339, step.end)
		if err != nil {
			t.Fatal(err)
		}
		set := window(t, 11, nothing)
		set.Health[0].EndTime = record.Time(end.UnixNano() - 1)
		tracker.Window(set)
		if got := tracker.Settled().UTC().Format(time.RFC3339Nano); got != step.want {
			t.Errorf("%s: up to %s, want %s", step.what, got, step.want)
		}
	}
}
