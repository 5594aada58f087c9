package catalogue

import (
	"embed"
	"strings"

	"webexaudit/analyzer/audit"
)

//go:embed testdata/*.txtar
var testdata embed.FS

// Fixtures are the cases of all rules, in the order of their files. They are part of the program: `webexaudit rules
// test` proves the binary at hand.
func Fixtures() ([]audit.Fixture, error) {
	files, err := testdata.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	var all []audit.Fixture
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".txtar") {
			continue
		}
		text, err := testdata.ReadFile("testdata/" + f.Name())
		if err != nil {
			return nil, err
		}
		list, err := audit.ParseFixtures(All(), f.Name(), text)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}
