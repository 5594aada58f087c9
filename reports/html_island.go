package reports

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// The island holds the timelines as JSON. Times are milliseconds from the beginning of the call's axis; names of
// members are short, because there are many.

type islandCall struct {
	ID         string         `json:"id"`
	Title      string         `json:"title"`
	Client     string         `json:"client"`
	Start      int64          `json:"t0"` // ms since 1970
	Length     int64          `json:"len"`
	Call       [2]int64       `json:"call"` // its own beginning and end
	Signalling []islandSpan   `json:"sig,omitempty"`
	Lookups    []islandMark   `json:"dns,omitempty"`
	Tunnels    []islandMark   `json:"con,omitempty"`
	Tests      []islandTest   `json:"tests,omitempty"`
	Media      []islandSpan   `json:"media,omitempty"`
	Strips     []islandSpan   `json:"marks,omitempty"`
	RTT        [][2]float64   `json:"rtt,omitempty"`
	RTTMedian  *float64       `json:"rttmed,omitempty"`
	RTTByTCP   bool           `json:"rtttcp,omitempty"` // what TCP tells of the way to the cloud, not STUN
	Gaps       []islandSpan   `json:"gaps,omitempty"`
	Flags      []islandFlag   `json:"flags,omitempty"`
	Steps      *islandSteps   `json:"steps,omitempty"`
	Hidden     string         `json:"hidden,omitempty"` // why there are no steps
	Left       map[string]int `json:"left,omitempty"`
}

type islandSpan struct {
	From  int64  `json:"a"`
	To    int64  `json:"b"`
	Label string `json:"n,omitempty"`
	Up    bool   `json:"up,omitempty"`
	Way   string `json:"w,omitempty"`
}

type islandMark struct {
	At    int64  `json:"t"`
	State string `json:"s"`
	Label string `json:"n"`
}

type islandTest struct {
	Label    string       `json:"n"`
	Asked    int64        `json:"asked"`
	Answered int64        `json:"ok"`
	UDP      bool         `json:"udp,omitempty"`
	Marks    []islandMark `json:"m"`
}

type islandFlag struct {
	At    int64  `json:"t"`
	Cause int    `json:"c"`
	Label string `json:"n"`
}

type islandSteps struct {
	Start int64      `json:"t"`
	Step  int        `json:"s"`
	N     int        `json:"k"`
	Up    islandSide `json:"up"`
	Down  islandSide `json:"dn"`
	// losses by side of the capture point, empty where no receiver told; and why not
	Client  string `json:"cl,omitempty"`
	Cloud   string `json:"cd,omitempty"`
	Unknown string `json:"un,omitempty"`
	// no loss and jitter, because the streams are hidden
	RateOnly bool `json:"ro,omitempty"`
}

// islandSide is base64 of little-endian arrays.
type islandSide struct {
	Loss   string `json:"l"`
	Jitter string `json:"j"`
	Rate   string `json:"r"`
	Flags  string `json:"f"`
}

// htmlBudget is how many bytes the island may have.
const htmlBudget = 3 << 20

// callData writes the island. What does not fit into so many bytes is left out, the series of good calls first, and
// left says so.
func callData(calls []*view.Call, budget int) (text []byte, left []string, err error) {
	list, size := make([]json.RawMessage, len(calls)), 0
	for i, c := range calls {
		if list[i], err = json.Marshal(islandOf(c)); err != nil {
			return nil, nil, err
		}
		size += len(list[i])
	}
	dropped := 0
	for _, good := range []bool{true, false} {
		for i := len(calls) - 1; i > 0 && size > budget; i-- {
			if (calls[i].Verdict == view.CallGood) != good {
				continue
			}
			o := islandOf(calls[i])
			o.Signalling, o.Lookups, o.Tunnels, o.Steps, o.RTT = nil, nil, nil, nil, nil
			o.Hidden = "left out of this page for its size"
			size -= len(list[i])
			if list[i], err = json.Marshal(o); err != nil {
				return nil, nil, err
			}
			size += len(list[i])
			dropped++
		}
	}
	if dropped > 0 {
		left = append(left, "Loss, jitter and signalling over time of "+counted(dropped, "call", "calls")+
			" are left out for the size of this page; the run file (-o run.jsonl) has them.")
	}
	text, err = json.Marshal(list)
	return text, left, err
}

func islandOf(c *view.Call) islandCall {
	t := c.Line
	at := func(u record.Time) int64 { return int64(u-t.From) / 1e6 }
	o := islandCall{ID: c.SessionID, Client: c.Client.String(), Start: int64(t.From) / 1e6, Length: max(at(t.To), 1),
		Call: [2]int64{at(c.StartTime), at(c.EndTime)}, Left: t.Left, RTTMedian: c.RTTMs}
	if o.RTTMedian == nil && c.CloudSide != nil {
		o.RTTMedian, o.RTTByTCP = c.CloudSide.RTTMedianMs, c.CloudSide.RTTSource == "tcp"
	}
	o.Title = o.Client + ", " + duration(c.StartTime, c.EndTime) + " over " + wayWord(c.Transport)
	span := func(s view.Span) islandSpan { return islandSpan{From: at(s.From), To: at(s.To), Label: fold(s.Label)} }
	spans := func(list []view.Span) (out []islandSpan) {
		for _, s := range list {
			out = append(out, span(s))
		}
		return out
	}
	o.Signalling, o.Gaps = spans(t.Signalling), spans(t.Gaps)
	for _, m := range t.Media {
		s := span(m.Span)
		s.Up, s.Way = m.Up, string(m.Transport)
		o.Media = append(o.Media, s)
	}
	for _, m := range t.Strips {
		s := span(m.Span)
		s.Up = m.Up
		o.Strips = append(o.Strips, s)
	}
	o.events(t, at)
	o.Hidden = hiddenWhy(c)
	if s := c.Steps; s != nil {
		o.Steps = &islandSteps{at(s.Start), s.StepS, len(s.Up.Loss), sideOf(s.Up), sideOf(s.Down),
			packed(s.ClientSide), packed(s.CloudSide), ledgerUnknown(c.Session), s.RateOnly}
	}
	return o
}

// events adds what has a time and no length.
func (o *islandCall) events(t *view.Timeline, at func(record.Time) int64) {
	marks := func(list []view.Mark) (out []islandMark) {
		for _, m := range list {
			out = append(out, islandMark{at(m.At), m.State, fold(m.Label)})
		}
		return out
	}
	o.Lookups, o.Tunnels = marks(t.Lookups), marks(t.Tunnels)
	for _, r := range t.Tests {
		udp := r.Way.Transport == record.UDP
		o.Tests = append(o.Tests, islandTest{r.Way.String(), r.Asked, r.Answered, udp, marks(r.Marks)})
	}
	for _, m := range t.RTT {
		o.RTT = append(o.RTT, [2]float64{float64(at(m.At)), float64(int64(m.Value*100)) / 100})
	}
	for _, f := range t.Flags {
		o.Flags = append(o.Flags, islandFlag{at(f.At), f.Cause, f.Label})
	}
}

// hiddenWhy says why a call has no loss and jitter over time.
func hiddenWhy(c *view.Call) string {
	switch {
	case c.Transport == record.TLS || c.Transport == record.TLSProxied:
		return "hidden inside TLS"
	case c.Transport == record.None:
		return "no media was carried"
	}
	return "not measured: no stream with sequence numbers"
}

// packed is base64 of 16-bit numbers.
func packed(v []uint16) string {
	b := make([]byte, 0, 2*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func sideOf(s view.Steps) islandSide {
	return islandSide{packed(s.Loss), packed(s.Jitter), packed(s.Rate), base64.StdEncoding.EncodeToString(s.Flags)}
}

func duration(from, to record.Time) string { return wording.Duration(to.Sub(from)).String() }
