package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/signatures"
)

// Config says what to analyse and how. The zero value of each optional field means its default.
type Config struct {
	Files      []string  // capture files, taken in the order of their first packet; "-" is Stdin
	Stdin      io.Reader // for "-"
	Interfaces []string  // live capture instead of files
	Live       capture.LiveOptions
	Duration   time.Duration // live: end after this time
	MaxPackets int64         // end after this many packets

	Workers   int         // shards; default: one for each CPU. The result does not depend on it
	Flows     flow.Config // bounds and time-outs of the flow table; MaxFlows counts over all shards
	MaxMemory int64       // bytes that the run should stay below; 0: the defaults of each table. Shares are in bounds.go
	Dedup     Dedup
	Decap     Decap
	NoHash    bool // leave out the SHA-256 of the files

	Policy       string // signature pack: ID, latest, a date, or empty for the one valid at the time of the capture
	SignatureDir string // rows that are added to the built-in ones
	Site         *site.Site
	Vantage      string // declared on the command line; wins over the site's
	Audit        audit.Options

	Tool, Version string
	Arguments     []string // those that can change the result
	Progress      func(Progress)
}

// Dedup says whether mirror duplicates are looked for.
type Dedup uint8

// DedupAuto looks for them, as DedupOn does: what is taken for a copy has the same IP identification or payload and checksum
// within milliseconds, and no capture has been seen in which that ate real traffic, so there is nothing to decide by. The name is what configurations say
// who leave the choice to the program.
const (
	DedupAuto Dedup = iota
	DedupOn
	DedupOff
)

// Decap says which tunnels are decapsulated; the zero value takes all.
type Decap = decode.Decap

// ParseDecap reads auto (all), off (none) or a list of names with commas.
func ParseDecap(text string) (Decap, error) { return decode.ParseDecap(text) }

// Encapsulations lists the names that ParseDecap knows.
func Encapsulations() []string { return decode.TunnelNames() }

// Progress of reading files.
type Progress struct {
	Bytes, TotalBytes int64 // of the files as stored; TotalBytes 0: not known
	Packets           int64
	File              string
}

// ConfigError says that the configuration cannot be used; nothing was analysed.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }
func (e *ConfigError) Unwrap() error { return e.Err }

// ErrLinkType says that no frame of a file could be decoded because of its link type.
var ErrLinkType = errors.New("unknown link type")

// Run analyses the captures and returns all records. The set is complete for what was read even when the error is not nil:
// input errors ([capture.DamageError], [capture.ErrEmpty], [capture.ErrFormat], [ErrLinkType], a missing file) are joined, and
// cancelling the context ends reading early with context.Canceled (files) or normally (live). Only a [ConfigError] or
// [capture.ErrLive] comes without a set.
func Run(ctx context.Context, c Config) (*record.Set, error) {
	catalog, err := loadSignatures(c.SignatureDir)
	if err != nil {
		return nil, &ConfigError{err}
	}
	if err := catalog.Check(c.Policy); err != nil {
		return nil, &ConfigError{err}
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	p := newPipeline(&c, knownAddr(catalog, c.Site))
	if err := p.open(); err != nil {
		return nil, err
	}
	runErr := p.run(ctx)
	set, err := c.finish(catalog, p)
	return set, errors.Join(runErr, err)
}

func loadSignatures(dir string) (*signatures.Catalog, error) {
	if dir == "" {
		return signatures.Builtin(), nil
	}
	c, err := signatures.BuiltinDir(dir)
	if err != nil {
		return nil, fmt.Errorf("signatures in %s: %w", dir, err)
	}
	return c, nil
}
