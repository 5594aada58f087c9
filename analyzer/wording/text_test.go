package wording

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestText(t *testing.T) {
	type transport string
	client := netip.MustParseAddr("10.20.1.7")
	for _, c := range []struct {
		text       Text
		want, json string
	}{
		{New("plain", "nothing to fill in"), "nothing to fill in", `{"id":"plain","format":"nothing to fill in"}`},
		{New("unmarked", "%s of %s in %s were sent unmarked (DSCP %d)", Number(2), Count(2, "audio stream", "audio streams"),
			Subject("subnet", "10.20.1.0/24"), 0),
			"2 of 2 audio streams in 10.20.1.0/24 were sent unmarked (DSCP 0)",
			`{"id":"unmarked","format":"%s of %s in %s were sent unmarked (DSCP %d)",` +
				`"args":[2,{"kind":"count","n":2,"one":"audio stream","many":"audio streams"},` +
				`{"kind":"subject","value":"10.20.1.0/24","of":"subnet"},0]}`},
		{New("lost", "%s lost %s (100 %% is all), at least %d packets", client, Percent(6.66), int64(1234)),
			"10.20.1.7 lost 6.7 % (100 % is all), at least 1,234 packets",
			`{"id":"lost","format":"%s lost %s (100 %% is all), at least %d packets",` +
				`"args":[{"kind":"address","value":"10.20.1.7"},{"kind":"percent","f":6.66},1234]}`},
		{New("words", "%s %s", transport("udp"), "TCP"), "udp TCP", `{"id":"words","format":"%s %s","args":["udp","TCP"]}`},
		{New("outer", "%s: %s", Subject("run", "x"), New("inner", "%s after %s", Bytes(999600), 90*time.Second)),
			"the capture: 1 MB after 1 min 30 s",
			`{"id":"outer","format":"%s: %s","args":[{"kind":"subject","value":"x","of":"run"},{"kind":"nested","text":` +
				`{"id":"inner","format":"%s after %s","args":[{"kind":"bytes","n":999600},{"kind":"duration","f":90}]}}]}`},
		{New("list", "to %s", List([]netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:8080"), netip.MustParseAddrPort("[2001:db8::1]:443")})),
			"to 10.0.0.1:8080 and [2001:db8::1]:443",
			`{"id":"list","format":"to %s","args":[{"kind":"list","args":[{"kind":"endpoint","value":"10.0.0.1:8080"},` +
				`{"kind":"endpoint","value":"[2001:db8::1]:443"}]}]}`},
		{New("issuer", "%s signed", Subject("issuer", `O=Zscaler\, Inc.`)), "issuer O=Zscaler, Inc. signed",
			`{"id":"issuer","format":"%s signed","args":[{"kind":"subject","value":"O=Zscaler\\, Inc.","of":"issuer"}]}`},
		{New("times", "at %s and %s", Clock(time.Date(2026, 9, 7, 8, 0, 4, 9e8, time.UTC), false), Clock(time.Unix(0, 0), true)),
			"at 08:00:04 UTC and 1970-01-01 00:00:00 UTC",
			`{"id":"times","format":"at %s and %s","args":[{"kind":"time","value":"2026-09-07T08:00:04.9Z"},` +
				`{"kind":"time","value":"1970-01-01T00:00:00Z","of":"date"}]}`},
		{New("names", "%s, %s, %s, %s", Subject("site", "Basel"), Name("a.webex.com"), DN(`O=Zscaler\, Inc.`), netip.MustParsePrefix("10.0.0.0/8")),
			"site Basel, a.webex.com, O=Zscaler, Inc., 10.0.0.0/8",
			`{"id":"names","format":"%s, %s, %s, %s","args":[{"kind":"subject","value":"Basel","of":"site"},` +
				`{"kind":"name","value":"a.webex.com"},{"kind":"dn","value":"O=Zscaler\\, Inc."},{"kind":"prefix","value":"10.0.0.0/8"}]}`},
	} {
		check(t, c.text, c.want)
		got, err := json.Marshal(c.text)
		if err != nil || string(got) != c.json {
			t.Errorf("%s: %v\n got %s\nwant %s", c.text.ID, err, got, c.json)
		}
	}
}

// TestMap: an anonymiser reaches every address and name, and nothing else changes.
func TestMap(t *testing.T) {
	text := New("a", "%s in %s asked %s: %s", netip.MustParseAddr("10.20.1.7"), Subject("site", "Basel"),
		List([]Arg{Name("x.webex.com"), Name("y.webex.com")}), New("b", "%s to %s", Bytes(5), netip.MustParseAddr("192.0.2.1")))
	before := text.String()
	hidden := text.Map(func(a Arg) Arg {
		switch a.Kind {
		case KindAddress, KindName, KindSubject:
			return Word("(hidden " + string(a.Kind) + ")")
		}
		return a
	})
	check(t, hidden, "(hidden address) in (hidden subject) asked (hidden name) and (hidden name): 5 B to (hidden address)")
	check(t, text, before)
}

func randomText(r *rand.Rand, depth int) Text {
	t := Text{ID: strconv.Itoa(r.IntN(100))}
	for range r.IntN(6) {
		t.Format += []string{"%s ", "%d", "%% of %s", "ä %s", "%s<&>"}[r.IntN(5)]
	}
	for range strings.Count(strings.ReplaceAll(t.Format, "%%", ""), "%") {
		t.Args = append(t.Args, randomArg(r, depth))
	}
	return t
}

func randomWord(r *rand.Rand) string {
	b := make([]byte, r.IntN(12))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func randomNumber(r *rand.Rand) int64 { return int64(r.Uint64()) >> r.IntN(64) }

// randomValue is of any size, or has three decimals.
func randomValue(r *rand.Rand) float64 {
	if r.IntN(2) == 0 {
		return float64(randomNumber(r)) / 1000
	}
	return math.Float64frombits(r.Uint64())
}

func randomAddress(r *rand.Rand) netip.Addr {
	var raw [4]byte
	copy(raw[:], randomWord(r))
	return netip.AddrFrom4(raw)
}

// plainArgs make an argument of each kind that holds no others.
var plainArgs = []func(r *rand.Rand) Arg{
	func(r *rand.Rand) Arg { return Word(randomWord(r)) },
	func(r *rand.Rand) Arg { return Count(randomNumber(r), randomWord(r), randomWord(r)) },
	func(r *rand.Rand) Arg { return Number(randomNumber(r)) },
	func(r *rand.Rand) Arg { return Decimal(randomValue(r)) },
	func(r *rand.Rand) Arg { return Bytes(randomNumber(r)) },
	func(r *rand.Rand) Arg { return Seconds(randomValue(r)) },
	func(r *rand.Rand) Arg { return Percent(randomValue(r)) },
	func(r *rand.Rand) Arg { return Address(randomAddress(r)) },
	func(r *rand.Rand) Arg { return Endpoint(netip.AddrPortFrom(randomAddress(r), uint16(r.Uint32()))) },
	func(r *rand.Rand) Arg { return Prefix(netip.PrefixFrom(randomAddress(r), r.IntN(33))) },
	func(r *rand.Rand) Arg {
		return Subject([]string{"run", "subnet", "", randomWord(r)}[r.IntN(4)], randomWord(r))
	},
	func(r *rand.Rand) Arg { return []Arg{Name(randomWord(r)), DN(randomWord(r))}[r.IntN(2)] },
}

// randomArg is a plain one, or, where the depth allows, a list or a text.
func randomArg(r *rand.Rand, depth int) Arg {
	kinds := len(plainArgs)
	if depth > 0 {
		kinds += 2
	}
	switch k := r.IntN(kinds); k {
	default:
		return plainArgs[k](r)
	case len(plainArgs):
		list := make([]Arg, r.IntN(6))
		for i := range list {
			list[i] = randomArg(r, depth-1)
		}
		return List(list)
	case len(plainArgs) + 1:
		return Nested(randomText(r, depth-1))
	}
}

// TestRoundTrip: a sentence that went through JSON reads the same, whatever its values are.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(5000) {
		text := randomText(rand.New(rand.NewPCG(seed, 1)), 2)
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var back Text
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("seed %d: %v in %s", seed, err, b)
		}
		if got, want := back.String(), text.String(); got != want {
			t.Fatalf("seed %d: %s\n got %q\nwant %q", seed, b, got, want)
		}
	}
}

func TestUnmarshalErrors(t *testing.T) {
	for _, in := range []string{`[1]`, `true`, `{"kind":1}`, `{"n":1.5}`} {
		if err := json.Unmarshal([]byte(in), new(Arg)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
	for in, want := range map[string]string{`1e400`: "", `1e3`: "1,000", `100000000000000000000`: "100,000,000,000,000,000,000", `"x"`: "x"} {
		var a Arg
		if err := json.Unmarshal([]byte(in), &a); (err == nil) != (want != "") || err == nil && a.String() != want {
			t.Errorf("%s: %q, %v", in, a, err)
		}
	}
}

// TestVet: go vet takes New for a printf wrapper.
func TestVet(t *testing.T) {
	out, err := exec.Command("go", "vet", "./testdata/misuse").CombinedOutput()
	for _, want := range []string{"format %s reads arg #2, but call has 1 arg", `format %d has arg "5004" of wrong type string`} {
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("go vet: %v: no %q in\n%s", err, want, out)
		}
	}
}

var verbs = regexp.MustCompile(`%[^sd%]`)

// TestFormats: no sentence of the project has other verbs than %s and %d. go vet cannot know that.
func TestFormats(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isNew(call, f.Name.Name) {
				return true
			}
			if format := literal(call.Args[1]); verbs.MatchString(strings.ReplaceAll(format, "%%", "")) {
				t.Errorf("%s: a format with other verbs than %%s and %%d: %s", path, format)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// literal is the text of a literal, or of several joined by "+".
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Value
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	}
	return ""
}

// isNew: the call is wording.New, or New within this package.
func isNew(call *ast.CallExpr, inPackage string) bool {
	if len(call.Args) < 2 {
		return false
	}
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		x, ok := f.X.(*ast.Ident)
		return ok && x.Name == "wording" && f.Sel.Name == "New"
	case *ast.Ident:
		return inPackage == "wording" && f.Name == "New"
	}
	return false
}

// TestJoin: parts in their order with what stands between them, which stay data.
func TestJoin(t *testing.T) {
	part := func(n int) Text { return New("part", "%d", n) }
	for want, parts := range map[string][]Text{"": nil, "1": {part(1)}, "1; 2; 3,000": {part(1), part(2), part(3000)}} {
		got := Join("all", "; ", parts)
		if none := want == ""; got.String() != want || len(got.Args) != len(parts) || got.IsZero() != none ||
			(got.ID == "") != none {
			t.Errorf("%q: %+v", want, got)
		}
	}
}
