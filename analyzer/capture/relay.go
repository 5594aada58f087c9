package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultRing = 64                     // MiB
	nextFor     = 150 * time.Millisecond // how long Next of a live source waits for frames
)

// relay is a live source whose frames another goroutine fetches: ahead of the caller, within bounds.
type relay struct {
	full  chan delivery
	free  chan *Block
	done  chan struct{} // closed by Close
	conn  io.Closer
	once  sync.Once
	drops atomic.Int64 // frames for which there was no room
	lost  func() int64 // what the kernel dropped before; nil: nothing
	fault error        // of the goroutine, when full is closed

	mu     sync.Mutex
	info   Info
	number int64 // of the next frame
	bytes  int64
	err    error
}

// delivery is a block, and what its source says of itself after it.
type delivery struct {
	block *Block
	info  Info
}

// newRelay makes a relay with room for some MiB of frames.
func newRelay(info Info, conn io.Closer, mib int) *relay {
	n := mib << 20 / blockSize
	r := &relay{full: make(chan delivery, n), free: make(chan *Block, n), done: make(chan struct{}), conn: conn,
		info: info, number: 1}
	for range n {
		r.free <- &Block{} // its buffer comes when it is needed
	}
	return r
}

// end tells why there will be no more frames.
func (r *relay) end(err error) {
	r.fault = err
	close(r.full)
}

// Next implements [Source].
func (r *relay) Next(b *Block) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	b.Data, b.Frames, b.First = b.Data[:0], b.Frames[:0], r.number
	if r.err != nil {
		return r.err
	}
	wait := time.NewTimer(nextFor)
	defer wait.Stop()
	select {
	case d, more := <-r.full:
		if !more {
			r.err = r.fault
			return r.err
		}
		*b, *d.block = *d.block, *b
		b.First, b.Down, r.info = r.number, Outage{}, d.info
		r.free <- d.block
		r.number += int64(len(b.Frames))
		for i := range b.Frames {
			r.bytes += int64(b.Frames[i].Length)
		}
	case <-r.done:
		r.err = fmt.Errorf("%s: %w", r.info.Name, os.ErrClosed)
		return r.err
	case <-wait.C:
	}
	return nil
}

// Info implements [Source].
func (r *relay) Info() Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.info
	i.Packets, i.Bytes = r.number-1, r.bytes
	if i.KernelDrops != nil { // whoever counts them
		drops := *i.KernelDrops + r.drops.Load() + r.dropped()
		i.KernelDrops = &drops
	}
	return i
}

func (r *relay) dropped() int64 {
	if r.lost == nil {
		return 0
	}
	return r.lost()
}

// Close implements [Source].
func (r *relay) Close() (err error) {
	r.once.Do(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.dropped() // the last time that it can be asked for
		close(r.done)
		err = r.conn.Close()
	})
	return err
}

// gone is the error of a source that gave frames until its connection failed.
func gone(name string, err error) error {
	if errors.Is(err, net.ErrClosed) {
		err = os.ErrClosed
	}
	return fmt.Errorf("%s: %w: %w", name, ErrGone, err)
}
