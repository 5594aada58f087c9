package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/wording"
	"webexaudit/cmd/webexaudit-lake/store"
)

// probesAtOnce is how many captures are looked into at a time.
const probesAtOnce = 8

// Make looks at the objects below a prefix of a store and plans their analysis. What cannot be used is in the plan and
// no error; the error is of the store.
func Make(ctx context.Context, source *store.Store, prefix string, s Settings, now time.Time) (*Plan, error) {
	objects, err := source.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	p := &Plan{Schema: schema, Made: now.UTC().Truncate(time.Microsecond), Source: source.Address(), Settings: s}
	found := make([]probed, len(objects))
	var g errgroup.Group
	g.SetLimit(probesAtOnce)
	for i, o := range objects {
		g.Go(func() error {
			found[i] = probe(ctx, source, o)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.problem != "" {
			p.LeftOut = append(p.LeftOut, LeftOut{Key: f.Key, Problem: f.problem, Fault: !f.foreign})
			continue
		}
		f.Sensor = cmp.Or(s.Sensor, sensorOf(f.Key))
		p.Captures = append(p.Captures, f.Capture)
	}
	if err := p.leaveDoubles(ctx, source); err != nil {
		return nil, err
	}
	p.divide()
	p.ID, err = p.name()
	return p, err
}

// sensorOf tells the sensor by the folder: that of a name sensor=NAME, else the first one.
func sensorOf(key string) string {
	folders := strings.Split(key, "/")
	folders = folders[:len(folders)-1]
	for _, f := range folders {
		if name, ok := strings.CutPrefix(f, "sensor="); ok && name != "" {
			return name
		}
	}
	if len(folders) == 0 {
		return "default"
	}
	return folders[0]
}

// leaveDoubles leaves out captures whose content another one has. Only those are read of which another has the same
// size and first packet.
func (p *Plan) leaveDoubles(ctx context.Context, source *store.Store) error {
	type twin struct{ bytes, first int64 }
	alike := map[twin][]int{}
	for i, c := range p.Captures {
		t := twin{c.Bytes, c.First.UnixNano()}
		alike[t] = append(alike[t], i)
	}
	double := map[int]bool{}
	for _, list := range alike {
		seen := map[string]string{}
		for _, i := range list {
			if len(list) < 2 {
				break
			}
			key := p.Captures[i].Key
			sum, err := digest(ctx, source, key)
			if err != nil {
				return err
			}
			if first, ok := seen[sum]; ok {
				double[i] = true
				p.LeftOut = append(p.LeftOut, LeftOut{Key: key, Problem: "it has the same content as " + first})
				continue
			}
			seen[sum] = key
		}
	}
	var rest []Capture
	for i, c := range p.Captures {
		if !double[i] {
			rest = append(rest, c)
		}
	}
	p.Captures = rest
	slices.SortFunc(p.LeftOut, func(a, b LeftOut) int { return strings.Compare(a.Key, b.Key) })
	return nil
}

// divide puts the captures in order and makes chunks and audits of them.
func (p *Plan) divide() {
	slices.SortFunc(p.Captures, func(a, b Capture) int {
		return cmp.Or(strings.Compare(a.Sensor, b.Sensor), a.First.Compare(b.First), strings.Compare(a.Key, b.Key))
	})
	p.Chunks, p.Audits = []Chunk{}, []Audit{}
	for i, c := range p.Captures {
		day := ""
		if p.Settings.Group != "sensor" {
			day = c.First.UTC().Format(time.DateOnly)
		}
		if n := len(p.Audits); n == 0 || p.Audits[n-1].Sensor != c.Sensor || p.Audits[n-1].Day != day {
			p.Audits = append(p.Audits, Audit{Sensor: c.Sensor, Day: day})
		}
		p.put(&p.Audits[len(p.Audits)-1], i)
	}
}

// put adds a capture to the last chunk of an audit, or begins one. What is cut into windows is one chunk: each window
// stands on those before it.
func (p *Plan) put(a *Audit, i int) {
	n := len(a.Chunks)
	full := func(c Chunk) bool { return p.Settings.Window == 0 && c.Bytes+p.Captures[i].Bytes > p.Settings.Chunk }
	if n == 0 || full(p.Chunks[a.Chunks[n-1]]) {
		p.Chunks = append(p.Chunks, Chunk{Sensor: a.Sensor})
		a.Chunks = append(a.Chunks, len(p.Chunks)-1)
	}
	last := &p.Chunks[len(p.Chunks)-1]
	last.Captures = append(last.Captures, i)
	last.Bytes += p.Captures[i].Bytes
}

// String says in a line what the plan has.
func (p *Plan) String() string {
	sensors, bytes := map[string]bool{}, int64(0)
	for _, c := range p.Captures {
		sensors[c.Sensor] = true
		bytes += c.Bytes
	}
	return fmt.Sprintf("plan %s: %s of %s, %d bytes; %s, %s; %s left out", p.ID,
		wording.Count(len(p.Captures), "capture", "captures"), wording.Count(len(sensors), "sensor", "sensors"), bytes,
		wording.Count(len(p.Chunks), "chunk", "chunks"), wording.Count(len(p.Audits), "audit", "audits"),
		wording.Count(len(p.LeftOut), "object", "objects"))
}
