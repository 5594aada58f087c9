package analyzer_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our packages a package may import: data flows one way (see the package comment of analyzer).
// Tests may import anything. A name that ends in /* stands for all packages below.
var arrows = map[string][]string{
	"analyzer/wording":            {},
	"analyzer/record":             {},
	"analyzer/record/gen":         {},
	"analyzer/record/recordtest":  {"analyzer/record"},
	"signatures":                  {"analyzer/yamldoc"},
	"analyzer/capture":            {},
	"analyzer/capture/pcapfilter": {"analyzer/capture"},
	"analyzer/decode":             {"analyzer/capture"},
	"analyzer/flow":               {"analyzer/decode"},
	"analyzer/media":              {"analyzer/flow"},
	"analyzer/dissect/*":          {},
	"analyzer/dissect":            {"analyzer/decode", "analyzer/flow", "analyzer/media", "analyzer/dissect/*"},
	"analyzer/classify": {
		"signatures", "analyzer/dissect/*", "analyzer/media", "analyzer/record",
	},
	"analyzer/yamldoc":         {},
	"analyzer/site":            {"signatures", "analyzer/record", "analyzer/yamldoc"},
	"analyzer/session":         {"analyzer/record", "analyzer/site"},
	"analyzer/audit":           {"analyzer/wording", "analyzer/record", "analyzer/site", "analyzer/audit/observe"},
	"analyzer/audit/observe":   {"analyzer/wording", "analyzer/record", "analyzer/site"},
	"analyzer/audit/catalogue": {"analyzer/wording", "analyzer/record", "analyzer/site", "analyzer/audit", "analyzer/audit/observe"},
	"analyzer/audit/waiver":    {"analyzer/record", "analyzer/yamldoc"},
	"analyzer/audit/baseline":  {"analyzer/record", "analyzer/site", "analyzer/audit", "analyzer/audit/waiver"},
	"analyzer/audit/userrule":  {"analyzer/wording", "analyzer/record", "analyzer/yamldoc", "analyzer/audit", "analyzer/audit/observe"},
	"analyzer/loss":            {"analyzer/record"},
	"analyzer/parallel":        {},
	"analyzer/part":            {"analyzer/record"},
	"analyzer/privilege":       {},
	"analyzer/doctor":          {"analyzer/capture", "analyzer/privilege"},
	"analyzer/ingest":          {"analyzer/capture", "analyzer/decode", "analyzer/flow", "analyzer/dissect"},
	"analyzer/export": {
		"signatures", "analyzer/record", "analyzer/capture", "analyzer/decode", "analyzer/flow", "analyzer/media", "analyzer/dissect",
		"analyzer/dissect/*",
		"analyzer/classify", "analyzer/site", "analyzer/loss", "analyzer/ingest", "analyzer/parallel", "analyzer/part",
	},
	"analyzer/compare": {"analyzer/record", "analyzer/decode", "analyzer/dissect/*", "analyzer/parallel"},
	"analyzer": {
		"analyzer/compare", "signatures", "analyzer/record", "analyzer/capture", "analyzer/decode", "analyzer/flow", "analyzer/site", "analyzer/ingest",
		"analyzer/export", "analyzer/loss", "analyzer/session", "analyzer/parallel", "analyzer/audit", "analyzer/audit/catalogue",
		"analyzer/classify", "analyzer/part", "analyzer/slice",
	},
	"analyzer/watch": {"analyzer/record", "analyzer/audit", "analyzer/audit/baseline"},
	"analyzer/slice": {
		"analyzer/record", "analyzer/capture", "analyzer/decode", "analyzer/flow", "analyzer/dissect/*",
	},
	"analyzer/anonymize": {
		"signatures", "analyzer/wording", "analyzer/record", "analyzer/capture", "analyzer/decode", "analyzer/dissect/*",
	},
	"reports/view":     {"analyzer/record"},
	"reports/columnar": {},
	"reports":          {"analyzer/record", "reports/view", "reports/columnar"},
	"cmd/webexaudit": {
		"analyzer", "analyzer/audit", "analyzer/audit/catalogue", "analyzer/audit/baseline", "analyzer/audit/userrule",
		"analyzer/audit/waiver", "analyzer/capture", "analyzer/capture/pcapfilter", "analyzer/doctor", "analyzer/flow", "analyzer/parallel",
		"analyzer/privilege",
		"analyzer/record", "analyzer/site", "analyzer/slice", "analyzer/anonymize", "analyzer/watch", "analyzer/yamldoc", "reports", "signatures",
	},
	"analyzer/pcaptest":           {},
	"analyzer/pcaptest/gencap":    {"analyzer/pcaptest"},
	"analyzer/pcaptest/figures":   {},
	"analyzer/pcaptest/licences":  {},
	"analyzer/pcaptest/mutate":    {},
	"analyzer/pcaptest/oracle":    {},
	"analyzer/pcaptest/remains":   {},
	"analyzer/pcaptest/wire":      {},
	"analyzer/pcaptest/compare":   {"analyzer/pcaptest", "analyzer/pcaptest/remains"},
	"analyzer/pcaptest/live":      {"analyzer/pcaptest/remains"},
	"analyzer/pcaptest/fortnight": {"analyzer/pcaptest/remains"},
}

// common is what every package may import.
const common = "analyzer/wording"

// importers says which of our packages may import another module: our own types stand between it and the rest.
var importers = map[string][]string{
	"github.com/google/gopacket":        {"analyzer/decode"},
	"github.com/gopacket/gopacket":      {"analyzer/capture", "analyzer/pcaptest"},
	"github.com/olekukonko/tablewriter": {"reports"},
	"github.com/parquet-go/parquet-go":  {"reports", "reports/columnar"},
	"cel.dev/cel-go":                    {"analyzer/audit/userrule"},
	"github.com/goccy/go-yaml":          {"analyzer/yamldoc"},
	"github.com/landlock-lsm":           {"analyzer/privilege"},
	"kernel.org":                        {"analyzer/privilege"},
}

const module = "webexaudit/"

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Doc        string
	Imports    []string // without those of tests
}

func ownPackages(t *testing.T) (list []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-test=false", "-json=ImportPath,Doc,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// TestImports holds the imports against the two tables.
func TestImports(t *testing.T) {
	packages := ownPackages(t)
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, ok := arrows[entryFor(name)]
		if !ok {
			t.Errorf("%s is not in the table of packages", name)
		}
		for _, i := range p.Imports {
			if own, ok := strings.CutPrefix(i, module); ok && own != common && !slices.ContainsFunc(allowed,
				func(a string) bool {
					return covers(a, own)
				}) {
				t.Errorf("%s imports %s: against the stream, or missing in the table", name, own)
			}
			for other, by := range importers {
				if (i == other || strings.HasPrefix(i, other+"/")) && !slices.Contains(by, name) {
					t.Errorf("%s imports %s, which only %v may", name, i, by)
				}
			}
		}
	}
	for name := range arrows {
		if !slices.ContainsFunc(packages, func(p goPackage) bool {
			return covers(name, strings.TrimPrefix(p.ImportPath, module))
		}) {
			t.Errorf("%s is in the table, but there is no such package", name)
		}
	}
}

// entryFor is the package's name in the table: its own, or that of all packages beside it.
func entryFor(name string) string {
	if _, ok := arrows[name]; ok {
		return name
	}
	return name[:strings.LastIndex(name, "/")+1] + "*"
}

func covers(entry, name string) bool {
	dir, all := strings.CutSuffix(entry, "*")
	return entry == name || all && strings.HasPrefix(name, dir)
}

// TestPackageComments: every package says what goes in and what comes out.
func TestPackageComments(t *testing.T) {
	for _, p := range ownPackages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
