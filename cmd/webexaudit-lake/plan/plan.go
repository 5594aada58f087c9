// Package plan divides captures of many sensors into work: which captures there are, when they begin, which follow each
// other, and which cannot be used.
//
// In goes a store of captures, out comes a [Plan], a document that all tasks of all machines read. It names every
// capture that was found, also those that are left out, with the reason.
package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"webexaudit/cmd/webexaudit-lake/store"
)

// schema is the version of the document; a reader refuses others.
const schema = "webexaudit.plan/1"

// Plan is the work of one pass over captures.
type Plan struct {
	Schema   string    `json:"schema"`
	ID       string    `json:"plan"`
	Made     time.Time `json:"made"`   // also the time of analysis in the tables: a task that is repeated writes the same
	Source   string    `json:"source"` // where the captures are
	Settings Settings  `json:"settings"`
	Captures []Capture `json:"captures"` // by sensor and time
	LeftOut  []LeftOut `json:"left_out,omitempty"`
	Chunks   []Chunk   `json:"chunks"` // tasks of map
	Audits   []Audit   `json:"audits"` // tasks of audit
}

// Settings are what all tasks have in common. They are part of the plan's name.
type Settings struct {
	Version string   `json:"version"`
	Sensor  string   `json:"sensor,omitempty"` // of all captures; "": by their folder
	Group   string   `json:"group"`            // what is audited in one go: day or sensor
	Chunk   int64    `json:"chunk_bytes"`
	Vantage string   `json:"vantage,omitempty"`
	Policy  string   `json:"policy,omitempty"`
	Reports []string `json:"reports,omitempty"`
	// how long the windows of packet time are into which audits are cut; 0: they are not
	Window time.Duration `json:"window_ns,omitempty"`

	Site     string `json:"site,omitempty"` // the text of the site file
	SiteName string `json:"site_name,omitempty"`
}

// Capture is a capture that is analysed.
type Capture struct {
	Key      string    `json:"key"`
	Sensor   string    `json:"sensor"`
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"`
	First    time.Time `json:"first"`         // time of the first packet
	Last     time.Time `json:"last,omitzero"` // of the last one, where the capture is small enough to be read whole
	// what is wrong behind the packets that can be read, where it was read whole
	Damage string `json:"damage,omitempty"`
}

// LeftOut is an object that is not analysed.
type LeftOut struct {
	Key     string `json:"key"`
	Problem string `json:"problem"`
	// Fault says that it should have been analysed; folders of captures hold notes and copies, too.
	Fault bool `json:"fault,omitempty"`
}

// Chunk is consecutive captures of one sensor.
type Chunk struct {
	Sensor   string `json:"sensor"`
	Captures []int  `json:"captures"` // positions in Plan.Captures
	Bytes    int64  `json:"bytes"`
}

// Audit is what is judged in one go: the captures of a sensor that begin on one day (UTC), or all of a sensor.
type Audit struct {
	Sensor string `json:"sensor"`
	Day    string `json:"day,omitempty"`
	Chunks []int  `json:"chunks"` // positions in Plan.Chunks
}

// Of are the captures of an audit, in the order of their time.
func (p *Plan) Of(a Audit) (list []Capture) {
	for _, c := range a.Chunks {
		for _, i := range p.Chunks[c].Captures {
			list = append(list, p.Captures[i])
		}
	}
	return list
}

// Key is where a plan lies in a lake.
func Key(id string) string { return "runs/" + id + "/plan.json" }

// Save writes the plan, unless the same plan is there; then that is returned.
func (p *Plan) Save(ctx context.Context, lake *store.Store) (*Plan, error) {
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return nil, err
	}
	_, err = lake.Create(ctx, Key(p.ID), append(text, '\n'))
	if errors.Is(err, store.ErrExists) { // made at another time
		return Load(ctx, lake, p.ID)
	}
	return p, err
}

// Load reads a plan of a lake.
func Load(ctx context.Context, lake *store.Store, id string) (*Plan, error) {
	text, err := lake.Read(ctx, Key(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no plan %s: %w", lake.Name(), id, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	p := new(Plan)
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("%s/%s: %w", lake.Name(), Key(id), err)
	}
	if p.Schema != schema {
		return nil, fmt.Errorf("%s/%s: it is of the kind %q, this program reads %q", lake.Name(), Key(id), p.Schema, schema)
	}
	return p, p.check()
}

// check refuses a plan whose numbers lead nowhere.
func (p *Plan) check() error {
	for _, a := range p.Audits {
		for _, c := range a.Chunks {
			if c < 0 || c >= len(p.Chunks) {
				return fmt.Errorf("plan %s: there is no chunk %d", p.ID, c)
			}
		}
	}
	for _, c := range p.Chunks {
		for _, i := range c.Captures {
			if i < 0 || i >= len(p.Captures) {
				return fmt.Errorf("plan %s: there is no capture %d", p.ID, i)
			}
		}
	}
	return nil
}

// name is a hash of all that the work depends on, so that the same plan has the same name: not of the time it was made.
func (p *Plan) name() (string, error) {
	q := *p
	q.ID, q.Made, q.LeftOut = "", time.Time{}, nil
	text, err := json.Marshal(&q)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6]), err
}

// ErrOld says that a capture is not what it was when the plan was made.
var ErrOld = errors.New("the plan is older than the capture")

// Fresh is an error where a capture is not the one that was planned.
func (c *Capture) Fresh(ctx context.Context, source *store.Store) error {
	switch now, err := source.Stat(ctx, c.Key); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s is gone; plan again", ErrOld, c.Key)
	case err != nil:
		return err
	case now.Bytes != c.Bytes || !now.Time.Equal(c.Modified):
		return fmt.Errorf("%w: %s had %d bytes of %s, and has %d of %s; plan again", ErrOld,
			c.Key, c.Bytes, c.Modified.UTC().Format(time.RFC3339), now.Bytes, now.Time.UTC().Format(time.RFC3339))
	}
	return nil
}

// Arguments are those that the records of a run name, as webexaudit does: those that can change the result. Windows are
// named as those of a watch, which they are.
func (s *Settings) Arguments() []string {
	list := []string{"analyze"}
	if s.Window > 0 {
		list = []string{"watch", "--window=" + s.Window.String()}
	}
	for _, a := range [][2]string{{"vantage", s.Vantage}, {"site", s.SiteName}, {"policy", s.Policy}} {
		if a[1] != "" {
			list = append(list, "--"+a[0]+"="+a[1])
		}
	}
	return list
}
