package classify

import (
	"net/netip"
	"strconv"
	"time"

	"webexaudit/analyzer/record"
)

// callGap is how long after media a further connection of the same call begins at most, and how long before.
const callGap = record.Time(time.Minute)

// node is a media node as a client asks for it: by address, or by name of a proxy.
type node struct {
	client netip.Addr
	server string
}

func nodeOf(f *Flow) node {
	if c := f.Rec.Connect; c != nil {
		return node{f.client, c.Host + ":" + strconv.Itoa(c.Port)}
	}
	return node{f.client, netip.AddrPortFrom(f.server, uint16(f.serverPort)).String()}
}

// carriesCall reports whether the flow is media in TCP by its pattern.
func (f *Flow) carriesCall() bool {
	r := f.Rec
	return r.Proto == "tcp" && r.Webex && r.Function.IsMedia() && !f.unclear
}

// further finds TCP connections that carry much without the pattern of media beside one of the same client to the same
// node that has it: they are of the same call. Media nodes have nothing else to give.
func (c *Classifier) further(f *Flow) {
	r := f.Rec
	if !f.unclear || r.Function != record.OtherFunction ||
		!c.calls[nodeOf(f)].reaches(span{r.StartTime, r.EndTime}, callGap) {
		return
	}
	r.Function, r.MediaClass = record.MediaMixed, "mixed"
	r.Confidence = atMost(r.Confidence, record.Probable)
	r.Reason += "; media all the same: the same client had media with the same node at that time"
}
