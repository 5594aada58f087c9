package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/cmd/webexaudit-lake/store"
)

// readWhole is the size up to which a capture is read to its end, which tells its last packet and damage. Of larger
// ones the beginning is read, and the task that analyses them tells the rest.
const readWhole = 16 << 20

// probed is what was seen of an object.
type probed struct {
	Capture
	problem string // why it is not analysed; "": it is
	foreign bool   // because it is no capture
}

// probe looks into an object.
func probe(ctx context.Context, source *store.Store, o store.Object) probed {
	p := probed{Capture: Capture{Key: o.Key, Bytes: o.Bytes, Modified: o.Time}}
	if o.Bytes == 0 {
		p.problem = capture.ErrEmpty.Error()
		return p
	}
	r, err := source.Reader(ctx, o.Key)
	if err != nil {
		p.problem = "it cannot be read: " + err.Error()
		return p
	}
	defer r.Close()
	in, err := capture.OpenReader(o.Key, r)
	switch damage := (*capture.DamageError)(nil); {
	case errors.Is(err, capture.ErrFormat):
		p.problem, p.foreign = capture.ErrFormat.Error(), true
	case errors.As(err, &damage):
		p.problem = "it is damaged: " + damage.What
	case err != nil:
		p.problem = "it cannot be read: " + err.Error()
	}
	if err != nil {
		return p
	}
	defer in.Close()
	p.look(in)
	return p
}

// look reads frames: all of them in a small capture.
func (p *probed) look(in capture.Source) {
	var b capture.Block
	var first, last int64
	var err error
	for err == nil {
		err = in.Next(&b)
		for i := range b.Frames {
			t := b.Frames[i].Time
			if t == 0 {
				continue
			}
			if first == 0 {
				first = t
			}
			last = max(last, t)
		}
		if p.Bytes > readWhole && first != 0 {
			break
		}
	}
	p.conclude(first, last, err, in.Info().Packets)
}

// conclude says what the frames told; err is that of the last reading, nil where it was broken off.
func (p *probed) conclude(first, last int64, err error, packets int64) {
	damage := ""
	var d *capture.DamageError
	switch {
	case errors.As(err, &d):
		damage = d.What
	case err != nil && !errors.Is(err, io.EOF):
		p.problem = "it cannot be read: " + err.Error()
		return
	}
	switch {
	case packets == 0 && damage != "":
		p.problem = "it is damaged before its first packet: " + damage
		return
	case packets == 0:
		p.problem = "it has no packets"
		return
	case first == 0:
		p.problem = "its packets have no times: their order among other captures is not known"
		return
	}
	p.First, p.Damage = time.Unix(0, first).UTC(), damage
	if err != nil {
		p.Last = time.Unix(0, last).UTC()
	}
}

// digest is the SHA-256 of an object.
func digest(ctx context.Context, source *store.Store, key string) (string, error) {
	r, err := source.Reader(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
