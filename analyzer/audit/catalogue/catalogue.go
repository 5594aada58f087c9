// Package catalogue holds the rules: a file for each rule or small family, named by its subject. To add one:
//
//  1. Write an [audit.Rule] with complete Doc texts in the file of its subject. Its thresholds are variables beside it
//     ([audit.NewLimit]); most rules are an [audit.PerFlow], PerStream, PerTLS or PerSession of about twenty lines.
//     What other rules may also want to know of a record is a predicate in package observe.
//  2. Add the value to the list below.
//  3. Write testdata/WXA-….txtar: records in, findings out; testdata/README.md describes it. It needs a case that
//     fires, one that passes, one that is not assessable, and the look-alike that must stay silent.
//  4. `go test ./analyzer/audit/catalogue -update` renews docs/rules.md.
//
// A change after which the rule judges otherwise than before gets a new Version.
package catalogue

import (
	"slices"
	"sync"

	"webexaudit/analyzer/audit"
)

// All is the catalogue.
var All = sync.OnceValue(func() *audit.Catalogue {
	return audit.NewCatalogue(slices.Concat(rules(), audit.Legacy())...)
})

func rules() []*audit.Rule {
	return []*audit.Rule{
		cal001,
		cal002,
		cal003,
		cal004,
		cal005,
		cal006,
		cal007,
		cal008,
		cal009,
		cap001,
		cap002,
		cap003,
		cap004,
		cap005,
		cap006,
		cap007,
		cap008,
		cap009,
		cap010,
		cap011,
		cap012,
		dat001,
		dat002,
		edg001,
		exp001,
		exp002,
		exp003,
		exp004,
		exp005,
		exp006,
		exp007,
		exp008,
		med001,
		med002,
		med003,
		med004,
		med005,
		med006,
		med007,
		med008,
		med009,
		med010,
		med011,
		med012,
		med013,
		med014,
		med015,
		med016,
		med017,
		med018,
		med019,
		nat001,
		nat002,
		nat003,
		nat004,
		pol001,
		pol002,
		prx001,
		prx002,
		prx003,
		prx004,
		prx005,
		prx006,
		prx007,
		qos001,
		qos002,
		qos003,
		qos004,
		qos005,
		qos006,
		qos007,
		qos008,
		qos009,
		qos010,
		qos011,
		qos012,
		qua001,
		qua002,
		qua003,
		qua004,
		qua005,
		qua006,
		qua007,
		qua008,
		qua009,
		qua010,
		qua011,
		qua012,
		qua013,
		qua014,
		qua015,
		qua016,
		qua017,
		qua018,
		qua019,
		sig001,
		sig002,
		sig003,
		sig004,
		sig005,
		sig006,
		sig007,
		sig008,
		sig009,
		sig010,
		sig011,
		tls001,
		tls002,
		tls003,
		tls004,
		tls005,
		tls006,
		tls007,
		tls008,
		tls009,
		tls010,
		tls011,
		tls012,
		vmn001,
		vmn002,
	}
}
