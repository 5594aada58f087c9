package classify

import (
	"net/netip"
	"strconv"
	"time"

	"webexaudit/analyzer/record"
)

// callGap is how long after media a further connection of the same call begins at most, and how long before.
const callGap = time.Minute

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

// furtherMedia finds TCP connections that carry much without the pattern of media beside one of the same client to the
// same node that has it: they are of the same call. Media nodes have nothing else to give.
func furtherMedia(flows []*Flow) {
	media := map[node][]*record.Flow{}
	for _, f := range flows {
		if r := f.Rec; r.Proto == "tcp" && r.Webex && r.Function.IsMedia() && !f.unclear {
			media[nodeOf(f)] = append(media[nodeOf(f)], r)
		}
	}
	for _, f := range flows {
		if !f.unclear || !f.Rec.Webex || f.Rec.Function != record.OtherFunction {
			continue
		}
		for _, m := range media[nodeOf(f)] {
			if f.Rec.StartTime <= m.EndTime+record.Time(callGap) && f.Rec.EndTime >= m.StartTime-record.Time(callGap) {
				f.Rec.Function, f.Rec.MediaClass = record.MediaMixed, "mixed"
				f.Rec.Confidence = atMost(f.Rec.Confidence, record.Probable)
				f.Rec.Reason += "; media all the same: the same client had media with the same node at that time"
				break
			}
		}
	}
}
