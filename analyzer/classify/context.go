package classify

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// window is how near in time another Webex flow of the same client must be to lend weight to a weak sign.
const window = 10 * time.Minute

// Context gives the flows that are not Webex by their own signs a second look, beside the Webex flows of the same client: weak names, and
// media with the native app's payload types to an address that the pack does not list. A bounded inference: one step, lower
// confidence, the reason says so. It must follow Flow for all flows.
func (c *Classifier) Context(flows []*Flow) {
	seen := webexTimes(flows)
	for _, f := range flows {
		if f.Rec.Webex || !near(seen[f.Rec.SrcIP], f.Rec) {
			continue
		}
		switch {
		case f.weak != nil:
			c.weakName(f)
		case c.nativeMedia(f):
			c.unpublished(f)
		}
	}
}

type span struct{ from, to record.Time }

// webexTimes lists when each client had Webex flows that are at least probable.
func webexTimes(flows []*Flow) map[netip.Addr][]span {
	m := make(map[netip.Addr][]span)
	for _, f := range flows {
		if r := f.Rec; r.Webex && r.Confidence.Rank() >= record.Probable.Rank() {
			m[r.Client] = append(m[r.Client], span{r.StartTime, r.EndTime})
		}
	}
	return m
}

func near(list []span, r *record.Flow) bool {
	return slices.ContainsFunc(list, func(s span) bool {
		return r.StartTime <= s.to+record.Time(window) && r.EndTime >= s.from-record.Time(window)
	})
}

func (c *Classifier) weakName(f *Flow) {
	r := f.Rec
	r.Webex, r.Client, r.Confidence = true, f.client, record.Possible
	r.Service, r.Function = record.Service(f.weak.Service), record.Function(f.weak.Function)
	r.Reason = fmt.Sprintf("%s %s, which others use too, beside Webex flows of the same client", f.weak.how, f.weak.host)
	r.SignatureIDs = []string{f.weak.Row.ID}
}

// nativeMedia reports whether a UDP flow to a media port carries payload types of the native app in both directions.
func (c *Classifier) nativeMedia(f *Flow) bool {
	if f.Rec.Proto != "udp" || f.Facts.App != dissect.RTP || !c.mediaPort(f) {
		return false
	}
	m := f.Facts.Media
	return c.companion(m, flow.A) && c.companion(m, flow.B)
}

func (c *Classifier) companion(m *dissect.Media, s flow.Side) bool {
	for _, st := range m.Streams[s] {
		if c.Pack.NativeCompanion(int(st.PayloadType())) {
			return true
		}
	}
	return false
}

// mediaPort reports whether the pack knows the server port as a media port of the cloud.
func (c *Classifier) mediaPort(f *Flow) bool {
	c.ports = c.Pack.AppendPorts(c.ports[:0], "udp", f.clientPort, f.serverPort)
	return slices.ContainsFunc(c.ports, func(m signatures.PortMatch) bool {
		return slices.Contains(m.Needs, signatures.NeedsMedia) && m.Row.Port.Server[0].Width() <= 2
	})
}

func (c *Classifier) unpublished(f *Flow) {
	r := f.Rec
	r.Webex, r.Client, r.Confidence = true, f.client, record.Possible
	r.Service = record.Meetings
	r.MediaClass = c.classByPayload(f)
	r.Function = record.Function("media-" + r.MediaClass)
	r.Reason = fmt.Sprintf("payload types of the native app on port %d to an address that the pack does not list, beside Webex flows of the same client", f.serverPort)
}

// Name tells which service and function a host name belongs to; ok only for names that the pack knows as Webex's.
func (c *Classifier) Name(host string) (s record.Service, f record.Function, ok bool) {
	m, ok := c.Pack.Name(host)
	if !ok || m.Class != signatures.ClassStrong && m.Class != signatures.ClassMedium {
		return "", "", false
	}
	return record.Service(m.Service), record.Function(m.Function), true
}

// Stream tells what an RTP stream of the flow carries and the clock rate of its payload type: from the pack for Webex flows, from the static
// types of RFC 3551 for others. 0: not known.
func (c *Classifier) Stream(f *Flow, s *media.Stream, up bool) (kind string, clock int) {
	pt := int(s.PayloadType())
	if f.Rec.Webex {
		if m, ok := c.Pack.PayloadType(pt, up, f.rtpClient()); ok {
			kind, clock = m.Kind, m.ClockRate
			if kind == "telephone-event" {
				kind = "audio"
			}
			return kind, clock
		}
	}
	return media.Static(pt)
}
