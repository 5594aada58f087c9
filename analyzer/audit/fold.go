package audit

import (
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// Judge is how a rule judges: a [Per], or a [Custom] fold.
type Judge interface{ Begin(*Env) Fold }

// Fold is what a rule remembers of the records that it has seen. Records come in any order, and those of a run may be
// dealt over several folds of the rule that are merged before one of them is closed: the findings are the same. So a
// fold holds sums, extremes and bounded sets, never records. What several flows say together (vantage, capture loss,
// one-sidedness) is asked of the Scope in Close.
//
// A fold that was closed is as it was before: the folds of windows are closed, merged with those of other windows, and
// closed again. What a finding says must not change with it.
type Fold interface {
	Add(*observe.Flow)
	Merge(Fold) // with another fold of the same rule, which is not used again
	Close(*Scope)
}

// SessionFold is a fold that also reads the calls of the run.
type SessionFold interface {
	Fold
	AddSession(*observe.Session)
}

// RecordFold is a fold that also reads the records of one type, of Webex or not, at the end of the run. Flows come by
// Add as to every fold.
type RecordFold interface {
	Fold
	RecordType() string
	// AddRecord gets a record with the flow that it belongs to, nil without one. Records of one flow follow each other.
	AddRecord(record.Record, *observe.Flow)
}

// Custom is a rule with a fold of its own.
type Custom func(*Env) Fold

// Begin implements Judge.
func (c Custom) Begin(e *Env) Fold { return c(e) }

// Whole is a rule about the capture as a whole: it needs no flows, only the scope.
type Whole func(*Scope)

// Begin implements Judge.
func (w Whole) Begin(*Env) Fold { return whole(w) }

type whole func(*Scope)

func (whole) shows() shown      { return showNone }
func (whole) Add(*observe.Flow) {}
func (whole) Merge(Fold)        {}
func (w whole) Close(s *Scope)  { w(s) }

// Reads says which flows a rule wants to see; the zero value is those of Webex.
type Reads uint8

// Kinds of flows; they may be joined.
const (
	ReadWebex   Reads = 1 << iota
	ReadLookups       // of DNS, with questions for names that the pack knows
	ReadThird         // with third parties, or through a proxy
	ReadAll
)

// wants reports whether the rule reads such a flow.
func (r Reads) wants(f *observe.Flow) bool {
	if r == 0 {
		r = ReadWebex
	}
	return r&ReadAll != 0 || r&ReadWebex != 0 && f.Webex || r&ReadLookups != 0 && len(f.Lookups) > 0 ||
		r&ReadThird != 0 && isThird(f.Flow)
}
