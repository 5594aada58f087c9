package remains

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// store writes the reports of windows, by name.
func store(t *testing.T, windows map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, report := range windows {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "report.json"), []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	firstReport = `{"run":{"window":{"from":"2026-09-07T08:00:00Z","to":"2026-09-07T08:01:00Z"}},
		"capture_health":[{"packets":7,"kernel_drops":2,"interface_drops":1},{"packets":3}],
		"findings":[{"rule":"WXA-CAP-001","state":"pass"},{"rule":"WXA-QOS-001","count":4,"evidence":[{"file":"v1"}]}]}`
	thirdReport = `{"run":{"window":{"from":"2026-09-07T08:02:00Z","to":"2026-09-07T08:03:00Z"}},"capture_health":[{"packets":5}]}`
)

func TestReadWindows(t *testing.T) {
	dir := store(t, map[string]string{"0800": firstReport, "0802": thirdReport, ".0803": "unfinished"})
	got, err := ReadWindows(dir)
	at := func(minute int) time.Time { return time.Date(2026, 9, 7, 8, minute, 0, 0, time.UTC) }
	want := []Window{
		{Name: "0800", From: at(0), To: at(1), Packets: 10, Dropped: 3, Findings: []string{`{"count":4,"rule":"WXA-QOS-001"}`}},
		{Name: "0802", From: at(2), To: at(3), Packets: 5},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	gaps := []string{"0800 ends at 2026-09-07T08:01:00Z, 0802 begins at 2026-09-07T08:02:00Z"}
	if g := Gaps(got); !reflect.DeepEqual(g, gaps) {
		t.Errorf("gaps %q, want %q", g, gaps)
	}
	if _, err := ReadWindows(store(t, map[string]string{"0800": "{"})); err == nil {
		t.Error("a broken report is no error")
	}
}

func TestDifferences(t *testing.T) {
	w := func(name string, findings ...string) Window { return Window{Name: name, Findings: findings} }
	for _, tt := range []struct {
		name string
		a, b []Window
		want []string
	}{
		{"none, in another order", []Window{w("1", "x", "y")}, []Window{w("1", "y", "x")}, nil},
		{"a finding each", []Window{w("1", "x", "y")}, []Window{w("1", "x", "z")}, []string{"1: only first: y", "1: only second: z"}},
		{"in another window", []Window{w("1", "x"), w("2")}, []Window{w("1"), w("2", "x")}, []string{"1: only first: x", "2: only second: x"}},
		{"a window", []Window{w("1"), w("2")}, []Window{w("1")}, []string{"2: only first"}},
	} {
		if got := Differences(tt.a, tt.b); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestResident: this process has some memory, and had no less at its peak.
func TestResident(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the kernel does not say: ", err)
	}
	if now, peak, err := Resident(os.Getpid()); err != nil || now < 1 || peak < now {
		t.Errorf("%v MiB now, %v at its peak, %v", now, peak, err)
	}
}
