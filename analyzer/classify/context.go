package classify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// window is how near in time another Webex flow of the same client must be to lend weight to a weak sign.
const window = record.Time(10 * time.Minute)

// ClassifyInContext ends the second look, which must follow Context. It settles which service media on shared ports and
// ranges belongs to. It looks again at a flow that is not Webex by its own signs, beside the Webex flows of the same
// client: weak names, further connections to a server that was named, media with the native app's payload types to an
// address that the pack does not list, direct media of Webex Calling inside. Media that SDP of a Webex SIP flow
// announced is Webex too. A bounded inference: one step, lower confidence, the reason says so. At last it names the
// services that such clients lean on, which are not Webex. Other flows are not changed: several goroutines may look,
// each with its [Classifier.Fork].
func (c *Classifier) ClassifyInContext(f *Flow) {
	if f.Rec.Webex {
		c.further(f)
		c.settle(f, c.near)
	} else {
		c.byNeighbours(f, c.near)
	}
	if !f.Rec.Webex {
		c.support(f, c.near)
	}
	f.compare()
}

func (c *Classifier) byNeighbours(f *Flow, n *neighbours) {
	if a, source := c.byWebex(f); a != nil {
		c.announcedMedia(f, a, source)
		return
	}
	if !withinWindow(n.webex[f.client], f.Rec) {
		return
	}
	switch {
	case f.weak != nil:
		c.weakName(f)
	case n.sibling(f) != nil:
		c.sameServer(f, n.sibling(f))
	case c.nativeMedia(f):
		c.unpublished(f)
	case withinWindow(n.signals[signaller{f.client, record.Calling}], f.Rec) && c.directCall(f):
		c.direct(f)
	}
}

// settle gives media on a port and in a range that several services share to the one service that its client signals
// with in the same minutes, where it does not signal with the first choice. Declared hosts need no guess.
func (c *Classifier) settle(f *Flow, n *neighbours) {
	r := f.Rec
	signals := func(s record.Service) bool { return withinWindow(n.signals[signaller{r.Client, s}], r) }
	if r.Proto != "udp" || !r.Function.IsMedia() || f.row == nil || r.Service == record.Government ||
		infrastructure(c.role(f.client)) || infrastructure(c.role(f.server)) || signals(r.Service) {
		return
	}
	was, other := r.Service, c.otherService(f, signals)
	if other == "" || was == record.Meetings && other != record.Calling {
		return
	}
	f.prefer = string(other)
	c.judge(f)
	r.Confidence = atMost(r.Confidence, record.Probable)
	r.Reason += fmt.Sprintf("; %s rather than %s, which share port and range: its client signals with %s in these minutes, not with %s", other, was, other, was)
}

// otherService is the one that shares the flow's port and that signals says yes to; "" where there is none or more than
// one.
func (c *Classifier) otherService(f *Flow, signals func(record.Service) bool) (other record.Service) {
	for _, m := range c.portRows(f) {
		if s := record.Service(m.Service); s != f.Rec.Service && s != other && signals(s) {
			if other != "" {
				return ""
			}
			other = s
		}
	}
	return other
}

func atMost(a, b record.Confidence) record.Confidence {
	if b.Rank() < a.Rank() {
		return b
	}
	return a
}

func (c *Classifier) weakName(f *Flow) {
	r := f.Rec
	r.Webex, r.Client, r.Confidence = true, f.client, record.Possible
	r.Service, r.Function = record.Service(f.weak.Service), record.Function(f.weak.Function)
	r.Reason = fmt.Sprintf("%s %s, which others use too, beside Webex flows of the same client", f.weak.how, f.weak.host)
	r.SignatureIDs = []string{f.weak.Row.ID}
}

// sibling is what named Webex flows of the same client to the same server and port were, for a TLS flow that shows no
// name of its own: it began before the capture, or hides it. nil where the server also has other names.
func (n *neighbours) sibling(f *Flow) *server {
	if f.Rec.Transport != record.TLS || f.ownName() != "" || f.third != nil || f.Hints.TLS.Leaf {
		return nil
	}
	k := connection{f.client, f.server, f.serverPort}
	if s := n.servers[k]; s != nil && !n.foreign[k] && withinWindow(s.times, f.Rec) {
		return s
	}
	return nil
}

func (c *Classifier) sameServer(f *Flow, s *server) {
	r := f.Rec
	r.Webex, r.Client, r.Confidence = true, f.client, record.Possible
	r.Service, r.Function, r.Inspection = s.service, s.function, s.inspection
	if r.Function == record.ReachProbe || r.Function.IsMedia() {
		r.Function = record.OtherFunction
	}
	r.Reason = fmt.Sprintf("no name of its own, but the same client asked the same server for %s (%s) in these minutes", s.name.host, s.name.how)
	r.SignatureIDs = []string{s.name.Row.ID}
}

// nativeMedia reports whether a UDP flow to a media port carries payload types of the native app in both directions.
func (c *Classifier) nativeMedia(f *Flow) bool {
	if f.Rec.Proto != "udp" || f.Rec.App != appRTP || c.mediaPort(f) == "" {
		return false
	}
	var sent, received bool
	for i := range f.Hints.Streams {
		s := &f.Hints.Streams[i]
		native := f.companion(s)
		sent, received = sent || native && !s.Reverse, received || native && s.Reverse
	}
	return sent && received
}

// mediaPort is the row by which the pack knows the server port as a media port of the cloud, or "".
func (c *Classifier) mediaPort(f *Flow) string {
	c.ports = f.pack.AppendPorts(c.ports[:0], "udp", f.clientPort, f.serverPort)
	for _, m := range c.ports {
		if slices.Contains(m.Needs, signatures.NeedsMedia) && m.Row.Port.Server[0].Width() <= 2 {
			return m.Row.ID
		}
	}
	return ""
}

func (c *Classifier) unpublished(f *Flow) {
	r := f.Rec
	r.Webex, r.Client, r.Confidence = true, f.client, record.Possible
	where := "an address that the pack does not list"
	r.Service = record.Meetings
	if c.internal(f.server) {
		r.Service, where = record.Mesh, "an address inside, as a mesh node has"
	}
	r.MediaClass = c.classByPayload(f)
	r.Function = record.Function("media-" + r.MediaClass)
	r.Reason = fmt.Sprintf("payload types of the native app on port %d to %s, beside Webex flows of the same client", f.serverPort, where)
	r.SignatureIDs = []string{c.mediaPort(f)}
	c.retiredRange(f)
}

// directCall reports whether a UDP flow with RTP joins two ends inside on ports of Webex Calling's direct paths. Which
// end is the app's only the ports tell.
func (c *Classifier) directCall(f *Flow) bool {
	if f.Rec.Proto != "udp" || !f.carriesRTP() || !c.premises(f) {
		return false
	}
	if f.premisesRow() == nil {
		f.turn()
		if f.premisesRow() == nil {
			f.turn()
			return false
		}
	}
	return true
}

func (f *Flow) premisesRow() *signatures.Row {
	for _, m := range f.pack.Ports("udp", f.clientPort, f.serverPort) {
		if slices.Contains(m.Needs, signatures.NeedsPremises) {
			return m.Row
		}
	}
	return nil
}

func (c *Classifier) direct(f *Flow) {
	r, row := f.Rec, f.premisesRow()
	r.Webex, r.Client, r.Confidence, r.Service = true, f.client, record.Possible, record.Calling
	r.Reason = fmt.Sprintf("media between two addresses inside on ports of %s, beside Webex Calling signalling of the same client", strings.ToLower(row.Title[:1])+row.Title[1:])
	r.SignatureIDs = []string{row.ID}
	class, how := c.classOf(f, nil)
	r.MediaClass, r.Function = class, record.Function("media-"+class)
	if how != "" {
		r.Reason += "; " + class + " by " + how
	}
}

// Named tells which service and function a host name in the flow belongs to; ok only for names that the pack knows as
// Webex's.
func (f *Flow) Named(host string) (s record.Service, what record.Function, ok bool) {
	m, ok := f.pack.Name(host)
	if !ok || m.Class != signatures.ClassStrong && m.Class != signatures.ClassMedium {
		return "", "", false
	}
	return record.Service(m.Service), record.Function(m.Function), true
}

// ThirdParty tells what the name of a third party that Webex clients use is for: revocation lists, telemetry, pictures
// and helpers of web pages. Names that half the world is asked for (delivery networks, storage, push services) say
// nothing of Webex and are left out.
func (f *Flow) ThirdParty(host string) (s record.Service, what record.Function, ok bool) {
	m, ok := f.pack.Name(host)
	s, what = record.Service(m.Service), record.Function(m.Function)
	if !ok || m.Class != signatures.ClassNever || s != record.ThirdParty || what != record.Revocation &&
		what != record.Telemetry && what != record.Web {
		return "", "", false
	}
	return s, what, true
}

// Stream tells what an RTP stream of the flow carries and the clock rate of its payload type: from the pack for Webex
// flows, from the static types of RFC 3551 for others, else from SDP in clear that announced it. 0: not known.
func (c *Classifier) Stream(f *Flow, s *Stream, up bool) (kind string, clock int, profile string) {
	pt := int(s.Type)
	if f.Rec.Webex {
		if m, ok := f.pack.PayloadType(pt, up, f.rtpClient()); ok {
			kind, clock = m.Kind, m.ClockRate
			if kind == "telephone-event" {
				kind = "audio"
			}
		}
	}
	if kind == "" {
		kind, clock = media.Static(pt)
	}
	profile, announced, rate := c.byAnnouncement(f, s)
	if kind == "unknown" && announced != "" {
		kind = announced
	}
	if clock == 0 {
		clock = rate
	}
	return kind, clock, profile
}
