package signatures

import (
	"sync"
	"testing"
)

// TestExamples runs the examples that every row carries, in every pack that holds the row.
func TestExamples(t *testing.T) {
	c := load(t)
	for _, p := range c.Packs() {
		if err := p.CheckExamples(); err != nil {
			t.Errorf("pack %s:\n%v", p.ID, err)
		}
	}
}

// loaded reads the rows once for all tests.
var loaded = sync.OnceValues(Load)

func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pick(t testing.TB, spec string) *Pack {
	t.Helper()
	p, err := load(t).Select(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
