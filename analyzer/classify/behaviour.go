package classify

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/record"
)

// What a handshake shows of who answered it, beside the certificate: all that is left in TLS 1.3 (webex-facts 8.4).
// Sessions are compared with those of other clients for the same name, and servers with the other ones that a client
// talks to.

// behaviour is what Learn keeps for these comparisons.
type behaviour struct {
	hellos map[question][]answer
	stacks map[stack]*spread
	hops   map[netip.Addr]map[netip.Addr]int   // client → server → routers between the server and the capture point
	splits map[netip.Addr]map[netip.Addr]int64 // client → server → sessions with a near handshake and a far answer
	// way → JA3S → operators for whose names other clients get another one
	swept map[path]map[string]map[string]struct{}
	sweep sync.Once // makes swept
}

// Bounds of the tables.
const (
	maxHellos  = 8192
	maxAnswers = 64
	maxStacks  = 8192
	maxClients = 8192
	maxServers = 64
)

// question is what a client asked: sessions are comparable where both are equal.
type question struct{ name, ja4 string }

// path is the way that a session takes: the client, and the proxy that it asked.
type path struct {
	client netip.Addr
	proxy  netip.AddrPort // invalid: none
}

// answer is what came back.
type answer struct {
	path    path
	who     string // operator of the name
	ja3s    string
	version uint16
	group   string
	alpn    string
	flight  int64 // bytes of the server's protected flight; 0: unknown, or not TLS 1.3
}

// stack is one client program on one way; spread is what its servers look like.
type stack struct {
	path path
	ja4  string
}

type spread struct {
	ja3s    string
	mixed   bool             // there is more than one
	flights map[string]int64 // by operator, of its first session
}

// Limits of the signs; all ours.
const (
	minOthers      = 3      // sessions of others for the same question,
	minOtherPaths  = 2      // on at least so many ways,
	majority       = 2. / 3 // of which so many must agree
	flightApart    = 0.25   // share of its usual size by which a flight must differ,
	flightBytes    = 400    // and bytes
	flightAlike    = 0.15   // share within which flights count as equal
	minOperators   = 4      // unrelated operators that one stack answers for
	minSwept       = 3      // of which others get different answers
	nearMillis     = 5      // round trip to the box that opens the connection
	farMillis      = 20     // the answer takes so much longer
	minSplits      = 3      // sessions of a client with both,
	minSplitServer = 2      // to so many servers
	nearHops       = 2      // routers to a box at the site
	fartherHops    = 5      // by which the others are farther
	minPeers       = 3      // other servers of the client
)

// ends of a session in the order of TLS: who sent the client's hello, and who should have answered.
func (f *Flow) tlsEnds() (client, server netip.Addr) {
	if f.Hints.TLS.Reverse {
		return f.Rec.DstIP, f.Rec.SrcIP
	}
	return f.Rec.SrcIP, f.Rec.DstIP
}

// compared is what a session is compared by.
type compared struct {
	who      string // operator of its name, or of its certificate's where it has none
	question question
	answer   answer
	ok       bool // there are a question and its answer
}

// compare finds what the session is compared by. Whether it is Webex must be known.
func (f *Flow) compare() {
	if f.TLS == nil {
		return
	}
	s := &compared{who: operator(f, f.firstName())}
	s.question, s.answer, s.ok = f.answered(s.who)
	f.session = s
}

// answered is a session as a question and its answer; ok is false where it cannot be compared: a resumed session has
// another hello.
func (f *Flow) answered(who string) (q question, a answer, ok bool) {
	x, h := f.TLS, &f.Hints.TLS
	name := x.SNI
	if name == "" && f.Rec.Connect != nil {
		name = f.Rec.Connect.Host
	}
	if !f.whole() || x.JA4 == "" || x.JA3S == "" || name == "" {
		return q, a, false
	}
	if name != x.SNI {
		who = operator(f, name)
	}
	client, server := f.tlsEnds()
	a = answer{path: path{client: client}, who: who, ja3s: x.JA3S, version: h.Version, group: x.Group}
	if h.ALPN {
		a.alpn = x.ALPN
	}
	if f.Rec.Connect != nil {
		a.path.proxy = netip.AddrPortFrom(server, f.Rec.Server().Port())
	}
	if x.TLSVersion == "1.3" && !x.FlightsCut && x.ClientFlightCount > 0 {
		a.flight = x.ServerFlightBytes
	}
	return question{name, x.JA4}, a, a.who != ""
}

// whole reports whether both hellos were seen, of a session that is known not to take up another.
func (f *Flow) whole() bool {
	h, resumed := &f.Hints.TLS, f.TLS.Resumed
	return h.Client && h.Server && resumed != nil && !*resumed
}

func (in *Inspector) learnHello(s *compared) {
	if !s.ok {
		return
	}
	q, a := s.question, s.answer
	if in.hellos == nil {
		in.hellos, in.stacks = make(map[question][]answer), make(map[stack]*spread)
	}
	list := in.hellos[q]
	if list == nil && len(in.hellos) >= maxHellos || len(list) >= maxAnswers {
		in.Unlearnt++
	} else {
		in.hellos[q] = append(list, a)
	}
	in.learnStack(stack{a.path, q.ja4}, a)
}

// learnStack keeps what a client's TLS 1.3 servers have in common.
func (in *Inspector) learnStack(k stack, a answer) {
	if tlswire.VersionName(a.version) != "1.3" {
		return
	}
	s := in.stacks[k]
	if s == nil {
		if len(in.stacks) >= maxStacks {
			in.Unlearnt++
			return
		}
		s = &spread{ja3s: a.ja3s, flights: make(map[string]int64)}
		in.stacks[k] = s
	}
	s.mixed = s.mixed || s.ja3s != a.ja3s
	if _, seen := s.flights[a.who]; !seen && a.flight > 0 && len(s.flights) < maxOperators {
		s.flights[a.who] = a.flight
	}
}

// behaved weighs how the session was answered.
func (in *Inspector) behaved(f *Flow, s *score) {
	in.weighDistance(f, s)
	if !f.session.ok {
		return
	}
	q, a := f.session.question, f.session.answer
	others := in.others(q, &a.path, make([]*answer, 0, maxAnswers))
	want, differs := in.unlike(q, &a, others)
	if differs {
		s.add(record.SignHello, fmt.Sprintf("JA3S %s, %s in %d sessions of others", a.ja3s, want, len(others)), weightHello)
	} else if v := in.uniform(stack{a.path, q.ja4}, a); v != "" {
		s.add(record.SignHello, v, weightHello)
	}
	if differs && !f.Hints.TLS.Leaf && in.operators(&a) >= minSwept {
		s.limit = confirmedScore - 1 // other server farms do not come all at once
	}
	if v := flightUnlike(a, others); v != "" {
		s.add(record.SignFlight, v, weightFlight)
	}
	if v := downgraded(a, others); v != "" {
		s.add(record.SignDowngrade, v, weightDowngrade)
	}
}

// others are the answers to the same question on other ways, appended to list; nil where they are too few.
func (in *Inspector) others(q question, mine *path, list []*answer) []*answer {
	ways := make([]*path, 0, minOtherPaths)
	answers := in.hellos[q]
	for i := range answers {
		a := &answers[i]
		if a.path == *mine {
			continue
		}
		list = append(list, a)
		if len(ways) < minOtherPaths && !slices.ContainsFunc(ways, func(p *path) bool { return *p == a.path }) {
			ways = append(ways, &a.path)
		}
	}
	if len(list) < minOthers || len(ways) < minOtherPaths {
		return nil
	}
	return list
}

// usual is the value that most of the answers have: the one that outlasts all others in pairs (Boyer and Moore's vote),
// if it is so frequent.
func usual[V comparable](list []*answer, of func(*answer) V) (v V, ok bool) {
	votes := 0
	for _, a := range list {
		switch w := of(a); {
		case votes == 0:
			v, votes = w, 1
		case w == v:
			votes++
		default:
			votes--
		}
	}
	n := 0
	for _, a := range list {
		if of(a) == v {
			n++
		}
	}
	return v, n > 0 && float64(n) >= majority*float64(len(list))
}

// unlike compares a server's hello with that which other clients get for the same question, and returns theirs. A way
// on which both come has several servers behind the name.
func (in *Inspector) unlike(q question, a *answer, others []*answer) (want string, ok bool) {
	want, ok = usual(others, func(a *answer) string { return a.ja3s })
	if !ok || want == a.ja3s {
		return "", false
	}
	for _, mine := range in.hellos[q] {
		if mine.path == a.path && mine.ja3s == want {
			return "", false
		}
	}
	return want, true
}

// uniform reports whether one and the same server seems to answer for names that have nothing to do with each other:
// all hellos equal, all encrypted flights of about one size.
func (in *Inspector) uniform(k stack, a answer) string {
	s := in.stacks[k]
	if s == nil || s.mixed || len(s.flights) < minOperators || tlswire.VersionName(a.version) != "1.3" {
		return ""
	}
	low, high := int64(1)<<62, int64(0)
	for _, n := range s.flights {
		low, high = min(low, n), max(high, n)
	}
	if float64(high-low) > flightAlike*float64(high) {
		return ""
	}
	return fmt.Sprintf("JA3S %s and flights of %d to %d bytes for names of %d operators", a.ja3s, low, high, len(s.flights))
}

// operators counts those for whose names the way of an answer shows its hello, and others get another one.
func (in *Inspector) operators(a *answer) int {
	in.sweep.Do(in.sweepWays)
	return len(in.swept[a.path][a.ja3s])
}

// sweepWays finds the ways on which the names of several operators are answered by one hello that others do not get for
// them.
func (in *Inspector) sweepWays() {
	in.swept = make(map[path]map[string]map[string]struct{})
	buf := make([]*answer, 0, maxAnswers)
	for q, list := range in.hellos {
		for i := range list {
			a := &list[i]
			if _, ok := in.unlike(q, a, in.others(q, &a.path, buf)); !ok {
				continue
			}
			if in.swept[a.path] == nil {
				in.swept[a.path] = make(map[string]map[string]struct{})
			}
			if in.swept[a.path][a.ja3s] == nil {
				in.swept[a.path][a.ja3s] = make(map[string]struct{})
			}
			in.swept[a.path][a.ja3s][a.who] = struct{}{}
		}
	}
}

// flightUnlike compares the size of the encrypted flight, which is mostly certificates, with that of others.
func flightUnlike(a answer, others []*answer) string {
	if a.flight == 0 {
		return ""
	}
	sizes := make([]int64, 0, maxAnswers)
	for _, o := range others {
		if o.flight > 0 {
			sizes = append(sizes, o.flight)
		}
	}
	if len(sizes) < minOthers {
		return ""
	}
	slices.Sort(sizes)
	median := sizes[(len(sizes)-1)/2]
	apart := func(n int64) float64 { return max(float64(n-median), float64(median-n)) }
	for _, n := range sizes {
		if apart(n) > flightAlike*float64(median) {
			return "" // others differ among themselves
		}
	}
	if apart(a.flight) < max(flightApart*float64(median), flightBytes) {
		return ""
	}
	return fmt.Sprintf("%d bytes, %d for others", a.flight, median)
}

// downgraded compares what was negotiated with what other clients with the same hello get.
func downgraded(a answer, others []*answer) string {
	if want, ok := usual(others, func(a *answer) uint16 { return a.version }); ok && want != a.version {
		if a.version < want {
			return "TLS " + tlswire.VersionName(a.version) + ", " + tlswire.VersionName(want) + " for others"
		}
		return ""
	}
	if want, ok := usual(others, func(a *answer) string {
		return a.group
	}); ok && want != a.group && a.group != "" && want != "" {
		return "group " + a.group + ", " + want + " for others"
	}
	if want, ok := usual(others, func(a *answer) string { return a.alpn }); ok && want != a.alpn && want != "" {
		return fmt.Sprintf("ALPN %q, %q for others", a.alpn, want)
	}
	return ""
}
