package export

import (
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/record"
)

// nameTable holds what DNS answers said: address to names with the time they were given, for each client and for all.
type nameTable struct {
	byClient map[[2]netip.Addr][]answer
	byAddr   map[netip.Addr][]answer
	texts    map[string]string // names, each once
}

// answer is a name and when it was given first, with no other between, and last.
type answer struct {
	time, last int64
	name       string
}

func newNameTable() *nameTable {
	return &nameTable{byClient: make(map[[2]netip.Addr][]answer), byAddr: make(map[netip.Addr][]answer),
		texts: make(map[string]string)}
}

// text is a copy of a name that shares its memory with nothing but the same name: one that is lent holds the texts of
// many flows.
func (t *nameTable) text(name string) string {
	if own, ok := t.texts[name]; ok {
		return own
	}
	if len(t.texts) >= maxNamed {
		clear(t.texts)
	}
	own := strings.Clone(name)
	t.texts[own] = own
	return own
}

// maxNames bounds the answers kept for one address: a load balancer's address bears many names.
const maxNames = 256

// slack allows for an answer that was captured a little after the flow it led to (several capture queues).
const slack = int64(50_000_000)

func (t *nameTable) add(client, addr netip.Addr, time int64, name string) {
	a := answer{time, time, name}
	k := [2]netip.Addr{client, addr}
	t.byClient[k] = put(t.byClient[k], a)
	t.byAddr[addr] = put(t.byAddr[addr], a)
}

// put adds an answer; answers come nearly in the order of their times.
func put(list []answer, a answer) []answer {
	if len(list) >= maxNames {
		list = changes(list)
	}
	if len(list) < maxNames {
		list = append(list, a)
	}
	return list
}

// changes puts answers into the order of their times and makes one of those that repeat a name: what is found for any
// time is the same.
func changes(list []answer) []answer {
	slices.SortStableFunc(list, byTime)
	n := 0
	for _, a := range list {
		if n > 0 && list[n-1].name == a.name {
			list[n-1].last = max(list[n-1].last, a.last)
			continue
		}
		list[n] = a
		n++
	}
	return list[:n]
}

// find returns the latest name given to the client for the address before the flow began, else the latest given to
// anybody.
func (t *nameTable) find(client, addr netip.Addr, start int64) string {
	for _, list := range [][]answer{t.byClient[[2]netip.Addr{client, addr}], t.byAddr[addr]} {
		for _, a := range slices.Backward(list) {
			if a.time <= start+slack {
				return a.name
			}
		}
	}
	return ""
}

// learn gathers the DNS answers of a flow.
func (t *nameTable) learn(f *classify.Flow, translators *classify.Translators) {
	for i := range f.Hints.Lookups {
		l := &f.Hints.Lookups[i]
		client := f.Rec.SrcIP
		if l.Reverse {
			client = f.Rec.DstIP
		}
		name := t.text(l.Name)
		for _, a := range l.Addrs {
			t.add(client, a, int64(l.ReplyTime), name)
			translators.Add(name, a)
		}
	}
}

// sort puts the answers into the order of their times.
func (t *nameTable) sort() {
	for k, list := range t.byClient {
		t.byClient[k] = changes(list)
	}
	for k, list := range t.byAddr {
		t.byAddr[k] = changes(list)
	}
}

// name joins a flow with the DNS answer that it followed. Several goroutines may do so.
func (t *nameTable) name(f *classify.Flow) {
	if !f.Hints.DNS && (f.Rec.Proto == "tcp" || f.Rec.Proto == "udp") {
		f.Rec.DNSName = t.find(f.Rec.SrcIP, f.Rec.DstIP, int64(f.Rec.StartTime))
	}
}

func byTime(a, b answer) int { return int(min(max(a.time-b.time, -1), 1)) }

// lookups keeps of a DNS flow the questions for names that the pack knows: Webex's, and those of third parties that
// Webex clients use.
func lookups(f *classify.Flow) {
	for i := range f.Hints.Lookups {
		l := &f.Hints.Lookups[i]
		service, function, ok := f.Named(l.Name)
		if !ok && f.Rec.Function == record.Name { // beside Webex flows of the client, or questions for Webex names
			service, function, ok = f.ThirdParty(l.Name)
		}
		if !ok {
			continue
		}
		r := record.Lookup{
			Name: l.Name, QType: l.Type, RCode: l.RCode, Time: l.Time, Tries: l.Tries, Packet: l.Asked, Reply: l.Reply,
			File: l.File, Service: service, Function: function,
		}
		if l.Asked != 0 && l.Reply != 0 && l.ReplyTime >= l.Time {
			r.DelayMs = ms(int64(l.ReplyTime - l.Time))
		}
		for _, a := range l.Addrs {
			r.Answers = append(r.Answers, a.String())
		}
		r.AnswerKind, r.BlockPage = f.OddAnswer(l)
		f.Rec.Lookups = append(f.Rec.Lookups, r)
	}
}
