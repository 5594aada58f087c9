package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
)

// sizeFlag is a number of bytes with an optional suffix: K, M, G (powers of 1024), also written KiB or KB.
type sizeFlag int64

func (s *sizeFlag) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type is the word that pflag shows.
func (s *sizeFlag) Type() string { return "size" }

// minMemory is what the program needs without any flows.
const minMemory = 128 << 20

// Set implements pflag.Value.
func (s *sizeFlag) Set(text string) error {
	n, err := parseSize(text)
	if err == nil && n < minMemory {
		err = fmt.Errorf("%q is too little: the program itself needs 128M", text)
	}
	if err == nil {
		*s = sizeFlag(n)
	}
	return err
}

// besideRings is what the rings of live captures leave of a bound of memory, though not less than the program needs.
func besideRings(size int64, live capture.LiveOptions, interfaces []string) int64 {
	if size == 0 {
		return 0
	}
	return max(size-int64(len(interfaces)*live.Ring())<<20, minMemory)
}

// fileSize is a sizeFlag for what may be small.
type fileSize struct{ sizeFlag }

// Set implements pflag.Value.
func (s *fileSize) Set(text string) error {
	n, err := parseSize(text)
	if err == nil {
		s.sizeFlag = sizeFlag(n)
	}
	return err
}

func parseSize(text string) (int64, error) {
	number, unit := strings.ToUpper(text), int64(1)
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	for i, suffix := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = rest, 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%q is no size: want bytes, or a number with K, M or G", text)
	}
	return n * unit, nil
}

func parseDedup(mode string) (analyzer.Dedup, error) {
	switch mode {
	case "", "auto":
		return analyzer.DedupAuto, nil
	case "on":
		return analyzer.DedupOn, nil
	case "off":
		return analyzer.DedupOff, nil
	}
	return 0, oneOf("dedup", mode, "auto", "on", "off")
}
