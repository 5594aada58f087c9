package store

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"syscall"
	"time"

	"gocloud.dev/gcerrors"
)

// Patience says how often something is tried, and how long to wait before the second time; the wait doubles.
type Patience struct {
	Tries int
	Wait  time.Duration
}

// Patient is what a store has unless told otherwise: five tries within some eight seconds, on top of what the SDKs try
// themselves.
var Patient = Patience{Tries: 5, Wait: 500 * time.Millisecond}

// longest is the longest wait.
const longest = 30 * time.Second

// do calls f until it succeeds, fails for good, or was tried often enough.
func (p Patience) do(ctx context.Context, f func() error) error {
	wait := p.Wait
	for try := 1; ; try++ {
		err := f()
		if err == nil || try >= p.Tries || !passing(err) || ctx.Err() != nil {
			return err
		}
		half := wait / 2
		select {
		case <-ctx.Done():
			return err
		case <-time.After(half + rand.N(half+1)): // so that many that failed together do not come again together
		}
		wait = min(2*wait, longest)
	}
}

// passing tells what may be gone in a moment (time-outs, a busy server, a broken connection) from what will not: what
// is not there, not allowed, not possible, or has no room.
func passing(err error) bool {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrPermission),
		errors.Is(err, ErrExists), errors.Is(err, context.Canceled),
		errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EROFS):
		return false
	}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound, gcerrors.AlreadyExists, gcerrors.InvalidArgument, gcerrors.PermissionDenied,
		gcerrors.FailedPrecondition, gcerrors.Unimplemented, gcerrors.Canceled:
		return false
	}
	return true
}
