package catalogue

import "testing"

func TestDomain(t *testing.T) {
	for name, want := range map[string]string{
		"u2c.wbx2.com": "wbx2.com", "a.webexcallingpbx.com.au": "webexcallingpbx.com.au", "localhost": "localhost", "170.72.1.2": "170.72.1.2",
	} {
		if got := domain(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
