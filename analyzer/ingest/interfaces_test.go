package ingest

import (
	"context"
	"io"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
)

// fakeLive is an interface that gives so many empty blocks, each after a while.
type fakeLive struct {
	blocks int
	each   time.Duration
	ended  time.Time
}

func (f *fakeLive) Next(b *capture.Block) error {
	b.Data, b.Frames = b.Data[:0], b.Frames[:0]
	if f.blocks--; f.blocks < 0 {
		f.ended = time.Now()
		return io.EOF
	}
	time.Sleep(f.each)
	return nil
}

func (f *fakeLive) Info() capture.Info { return capture.Info{Live: true} }
func (f *fakeLive) Close() error       { return nil }

// TestInterfacesSideBySide: an interface on which nothing passes delays none that is busy.
func TestInterfacesSideBySide(t *testing.T) {
	p := newPipeline(&Config{Interfaces: []string{"busy", "idle", "idler"}, Workers: 2})
	busy, idle, idler := &fakeLive{blocks: 10}, &fakeLive{blocks: 10, each: 100 * time.Millisecond},
		&fakeLive{blocks: 10, each: 100 * time.Millisecond}
	p.inputs = []*input{{src: busy}, {src: idle}, {src: idler}}
	began := time.Now()
	if err := p.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	took := busy.ended.Sub(began)
	t.Logf("read within %v, all within %v", took, time.Since(began))
	if took > 700*time.Millisecond {
		t.Errorf("ten blocks of a busy interface take %v beside two idle ones", took)
	}
}
