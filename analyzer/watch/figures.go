package watch

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"webexaudit/analyzer/record"
)

// Figures are what is measured of a watch, in the text format of Prometheus.
type Figures struct {
	set *metrics.Set

	mu     sync.Mutex
	began  time.Time
	latest time.Time // when a window was settled last
	stale  bool      // what was to be read anew had a fault
	fault  string    // what the latest window failed by; "": nothing
}

// NewFigures begins; version is the program's.
func NewFigures(version string, now time.Time) *Figures {
	metrics.ExposeMetadata(true) // # TYPE before each figure
	f := &Figures{set: metrics.NewSet(), began: now}
	f.set.NewGauge(fmt.Sprintf("webexaudit_build_info{version=%q}", version), func() float64 { return 1 })
	f.set.NewGauge("webexaudit_start_time_seconds", func() float64 { return float64(now.UnixNano()) / 1e9 })
	for _, name := range counters { // from nought on, so that an increase to 1 is one
		f.add(name, 0)
	}
	f.gauge("webexaudit_reload_failed", 0)
	return f
}

var counters = []string{
	"webexaudit_windows_total", "webexaudit_packets_total", "webexaudit_bytes_total", "webexaudit_flows_total",
	"webexaudit_webex_flows_total", "webexaudit_flows_evicted_total", "webexaudit_kernel_drops_total",
	"webexaudit_interface_drops_total", "webexaudit_failures_total", "webexaudit_messages_dropped_total",
	"webexaudit_reloads_total", "webexaudit_reload_failures_total",
}

// Window books a window and what became of the findings.
func (f *Figures) Window(set *record.Set, list []Tracked, now time.Time) {
	f.mu.Lock()
	f.latest = now
	f.mu.Unlock()
	f.add("webexaudit_windows_total", 1)
	if set.Run.Window != nil {
		f.gauge("webexaudit_window_end_seconds", float64(set.Run.Window.To)/1e9)
	}
	f.gauge("webexaudit_window_settled_seconds", float64(now.UnixNano())/1e9)
	for _, h := range set.Health {
		f.add("webexaudit_packets_total", h.Packets)
		f.add("webexaudit_bytes_total", h.Bytes)
		f.add("webexaudit_kernel_drops_total", count(h.KernelDrops))
		f.add("webexaudit_interface_drops_total", count(h.InterfaceDrops))
		f.add("webexaudit_flows_evicted_total", h.FlowsEvicted)
	}
	if s := set.Summary; s != nil {
		f.add("webexaudit_flows_total", int64(s.Flows))
		f.add("webexaudit_webex_flows_total", int64(s.WebexFlows))
		f.gauge("webexaudit_clients", float64(s.Clients))
		for _, state := range []record.State{record.Pass, record.Warn, record.Fail} {
			f.gauge(fmt.Sprintf("webexaudit_verdict{of=\"network\",is=%q}", state), one(s.Verdict == state))
			f.gauge(fmt.Sprintf("webexaudit_verdict{of=\"capture\",is=%q}", state), one(s.Capture == state))
		}
	}
	for _, severity := range severities {
		for _, status := range []string{New, Ongoing, Quiet, Resolved} {
			n := 0
			for _, x := range list {
				if x.Status == status && x.Severity == severity {
					n++
				}
			}
			f.gauge(fmt.Sprintf("webexaudit_findings{severity=%q,status=%q}", severity, status), float64(n))
		}
	}
}

var severities = []record.Severity{"critical", "high", "medium", "low", "info"}

func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (f *Figures) add(name string, n int64) { f.set.GetOrCreateCounter(name).AddInt64(n) }

func (f *Figures) gauge(name string, v float64) { f.set.GetOrCreateGauge(name, nil).Set(v) }

// Failed books what could not be written, or told; "" that all is well again.
func (f *Figures) Failed(what string) {
	f.mu.Lock()
	f.fault = what
	f.mu.Unlock()
	if what != "" {
		f.add("webexaudit_failures_total", 1)
	}
}

// Reloaded books whether what judges could be read anew, and reports whether the time before it could not.
func (f *Figures) Reloaded(well bool) (failed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	failed, f.stale = f.stale, !well
	f.add("webexaudit_reloads_total", 1)
	if f.gauge("webexaudit_reload_failed", one(!well)); !well {
		f.add("webexaudit_reload_failures_total", 1)
	}
	return failed
}

// Lost counts messages for which there was no place.
func (f *Figures) Lost(n int64) { f.add("webexaudit_messages_dropped_total", n) }

// Fault is what the latest window failed by; "" where nothing did.
func (f *Figures) Fault() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fault
}

// Settled is when a window was settled last; zero: none was.
func (f *Figures) Settled() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.latest
}

// Write writes all figures.
func (f *Figures) Write(w io.Writer) {
	f.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// Names are the figures that a window makes, sorted.
func (f *Figures) Names() []string {
	names := f.set.ListMetricNames()
	slices.Sort(names)
	return names
}
