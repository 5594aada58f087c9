package remains

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Window is what the program wrote of a window.
type Window struct {
	Name     string
	From, To time.Time
	Packets  int64
	Dropped  int64    // by the kernel or the interface, as the program says
	Findings []string // what was found, without where in the capture it stands, and without drops
}

// drops is the rule about packets that the sensor dropped, which a file does not tell.
const drops = "WXA-CAP-001"

// ReadWindows reads the windows of a watch, or of analyze --window, in the order of their time.
func ReadWindows(dir string) (list []Window, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		w, err := readWindow(filepath.Join(dir, e.Name(), "report.json"))
		if err != nil {
			return nil, err
		}
		w.Name = e.Name()
		list = append(list, w)
	}
	return list, err
}

func readWindow(path string) (w Window, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return w, err
	}
	var report struct {
		Run      struct{ Window struct{ From, To time.Time } }
		Health   []Health `json:"capture_health"`
		Findings []map[string]any
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return w, fmt.Errorf("%s: %w", path, err)
	}
	w.From, w.To = report.Run.Window.From, report.Run.Window.To
	for _, h := range report.Health {
		w.Packets += h.Packets
		for _, n := range []*int64{h.KernelDrops, h.InterfaceDrops} {
			if n != nil {
				w.Dropped += *n
			}
		}
	}
	for _, f := range report.Findings {
		if f["rule"] == drops {
			continue
		}
		delete(f, "evidence") // names files and numbers of packets, which a live capture does not have
		text, err := json.Marshal(f)
		if err != nil {
			return w, err
		}
		w.Findings = append(w.Findings, string(text))
	}
	return w, nil
}

// Gaps are the places where a window does not begin where the one before ends.
func Gaps(list []Window) (gaps []string) {
	for i := 1; i < len(list); i++ {
		if end, begin := list[i-1].To, list[i].From; !begin.Equal(end) {
			gaps = append(gaps, fmt.Sprintf("%s ends at %s, %s begins at %s", list[i-1].Name, end.Format(time.RFC3339Nano),
				list[i].Name, begin.Format(time.RFC3339Nano)))
		}
	}
	return gaps
}

// Differences are the windows and findings that only one of two audits has.
func Differences(a, b []Window) (list []string) {
	only := func(a, b []Window, what string) {
		other := map[string]bool{}
		for _, w := range b {
			other[w.Name] = true
			for _, f := range w.Findings {
				other[w.Name+f] = true
			}
		}
		for _, w := range a {
			if !other[w.Name] {
				list = append(list, fmt.Sprintf("%s: only %s", w.Name, what))
				continue
			}
			for _, f := range w.Findings {
				if !other[w.Name+f] {
					list = append(list, fmt.Sprintf("%s: only %s: %s", w.Name, what, f))
				}
			}
		}
	}
	only(a, b, "first")
	only(b, a, "second")
	return list
}
