package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/parallel"
)

// interruption is the cause of a context that a signal has ended.
type interruption struct {
	signal syscall.Signal
	at     time.Time
}

func (i interruption) Error() string { return i.signal.String() + " signal received" }

// status is that of a program that the signal has ended, as shells have it.
func (i interruption) status() int { return 128 + int(i.signal) }

// Outputs that are not written so long after a signal are broken off, but not before they had a moment. Standard
// output, which comes last, has a moment of its own.
const (
	writingPatience = 700 * time.Millisecond
	writingMoment   = 200 * time.Millisecond
)

// lookout knows whether there is something that a signal must not lose, and who reads anew what it was told when SIGHUP
// comes.
type lookout struct {
	begun   atomic.Bool
	hangUps atomic.Pointer[chan struct{}]
}

type lookoutKey struct{}

// withSignals gives a context that the first SIGINT, SIGTERM or SIGHUP ends; its cause is an [interruption]. Before
// [begin] there is nothing to lose: the signal ends the program at once. One that was ignored when the program started,
// as nohup does, stays ignored. A second one within the second that the first has to itself comes from whoever sends
// two (a terminal that closes, and its shell) and changes nothing.
func withSignals(parent context.Context) context.Context {
	w := new(lookout)
	ctx, cancel := context.WithCancelCause(context.WithValue(parent, lookoutKey{}, w))
	c := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	go func() {
		i := interruption{w.next(c), time.Now()}
		if !w.begun.Load() {
			os.Exit(i.status())
		}
		cancel(i)
		for {
			if s := w.next(c); time.Since(i.at) > time.Second {
				os.Exit(interruption{signal: s}.status())
			}
		}
	}()
	return ctx
}

// next waits for a signal that ends the program.
func (w *lookout) next(c <-chan os.Signal) syscall.Signal {
	for s := range c {
		who := w.hangUps.Load()
		if s != syscall.SIGHUP || who == nil || terminalGone() {
			return s.(syscall.Signal)
		}
		select {
		case *who <- struct{}{}:
		default: // it has not begun with the one before
		}
	}
	return syscall.SIGTERM // nobody closes the channel
}

// hangUps gives each SIGHUP from now on, which ends the program no more. One of a terminal that closes ends it all the
// same.
func hangUps(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	if w, ok := ctx.Value(lookoutKey{}).(*lookout); ok {
		_ = terminalGone() // so that it is known which streams are terminals
		w.hangUps.Store(&c)
	}
	return c
}

// begin says that from here on the command itself ends when the context does. Nor does a reader that closes standard
// output end it then: the other outputs are written all the same.
func begin(ctx context.Context) {
	if w, ok := ctx.Value(lookoutKey{}).(*lookout); ok {
		signal.Ignore(syscall.SIGPIPE)
		w.begun.Store(true)
	}
}

// interruptStatus is the status of a context that a signal has ended.
func interruptStatus(ctx context.Context) int {
	var i interruption
	if errors.As(context.Cause(ctx), &i) {
		return i.status()
	}
	return statusInterrupt
}

// lastMoment gives a context that is done when outputs have to be broken off.
func lastMoment(ctx context.Context) context.Context {
	return later(ctx, func() time.Duration {
		wait := writingPatience
		var i interruption
		if errors.As(context.Cause(ctx), &i) {
			wait -= time.Since(i.at)
		}
		return max(wait, writingMoment)
	})
}

// later gives a context that is done some time after ctx is.
func later(ctx context.Context, wait func() time.Duration) context.Context {
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		time.AfterFunc(wait(), func() { cancel(errBroken) })
	})
	return late
}

var errBroken = errors.New("broken off by the interruption")

// input opens a file to read, or standard input (-). Reading ends when the context does, also while nothing comes.
func (p *program) input(ctx context.Context, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(capture.UntilDone(ctx, p.stdin)), nil
	}
	return capture.OpenFile(ctx, path)
}

// hurried is a writer that gives up when the context is done, also while nobody takes what it writes.
type hurried struct {
	ctx context.Context
	w   io.Writer
}

// Write implements io.Writer.
func (h hurried) Write(b []byte) (int, error) {
	if err := context.Cause(h.ctx); err != nil {
		return 0, err
	}
	var written int
	var problem error
	if !parallel.Finish(h.ctx, func() { written, problem = h.w.Write(b) }) {
		return 0, context.Cause(h.ctx)
	}
	return written, problem
}
