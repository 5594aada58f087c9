package dissect

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// TestInterned: what comes again is not kept anew, and what strangers choose fills no more than the bounds.
func TestInterned(t *testing.T) {
	var x interned
	a, b := one(&x, []byte("webex.com")), one(&x, "webex.com")
	if a != "webex.com" || unsafe.StringData(a) != unsafe.StringData(b) {
		t.Errorf("%q and %q are two copies", a, b)
	}
	grease, list := []uint16{0x1a1a, 29, 23}, []uint16{29, 23}
	if g, l := x.offered(grease), x.offered(list); fmt.Sprint(g) != "[29 23]" || &g[0] != &l[0] {
		t.Errorf("%v and %v are two copies", g, l)
	}
	if got := x.offered(grease[:1]); got != nil {
		t.Errorf("of GREASE %v is left", got)
	}
	names := [][]byte{[]byte("h2"), []byte("http/1.1")}
	if p, q := x.protocols(names), x.protocols(names); fmt.Sprint(p) != "[h2 http/1.1]" || &p[0] != &q[0] {
		t.Errorf("%v and %v are two copies", p, q)
	}
	if got := x.protocols([][]byte{[]byte("h"), []byte("2http/1.1")}); len(got) != 2 || got[1] != "2http/1.1" {
		t.Errorf("other names are taken for those: %q", got)
	}
	for i := range maxInterned * 3 / 2 {
		one(&x, fmt.Sprint(i))
		one(&x, strings.Repeat("x", maxKey+1+i%2))
	}
	if len(x.texts) > maxInterned || len(x.texts) < maxInterned/4 || x.texts[strings.Repeat("x", maxKey+1)] != "" {
		t.Errorf("%d texts are kept, want %d at most", len(x.texts), maxInterned)
	}
}
