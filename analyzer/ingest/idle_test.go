package ingest

import (
	"testing"
	"time"
)

// TestIdleWhenRead: an interface on which nothing passes ends a window by when that was read, not by when it is looked
// at: packets of the window may wait behind it while the workers are at work.
func TestIdleWhenRead(t *testing.T) {
	p := newPipeline(&Config{Interfaces: []string{"eth0"}, Workers: 2, Window: time.Minute})
	p.inputs = []*input{{}}
	p.windows.length = int64(time.Minute)
	p.windows.open(time.Date(2026, 11, 2, 8, 0, 30, 0, time.UTC).UnixNano())
	edge := time.Unix(0, p.windows.edge)
	for _, tt := range []struct {
		at   time.Time
		ends int
	}{{edge.Add(-time.Second), 0}, {edge.Add(idleFor - 1), 0}, {edge.Add(idleFor), 1}} {
		b := <-p.free
		b.at = tt.at
		if p.dispatch(b); len(b.ends) != tt.ends {
			t.Errorf("read %v behind the end: %d windows end, want %d", tt.at.Sub(edge), len(b.ends), tt.ends)
		}
		p.free <- b
	}
}
