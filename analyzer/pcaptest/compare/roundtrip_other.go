//go:build !linux

package main

import (
	"errors"
	"time"
)

func roundTrip() (time.Duration, error) { return 0, errors.ErrUnsupported }
