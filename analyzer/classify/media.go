package classify

import (
	"fmt"
	"slices"
	"time"

	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// media decides for flows that a port row or a name calls media what they really carry: media, or only a probe.
func (c *Classifier) media(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	node := f.name != nil && f.name.Role == signatures.RoleMediaNode
	if !r.Function.IsMedia() && !node && !(m == nil && r.Proto == "udp" && f.carriesRTP()) {
		return
	}
	if r.Proto == "udp" {
		c.udpMedia(f, m)
	} else {
		c.tcpMedia(f, m, node)
	}
	if !r.Function.IsMedia() {
		r.ExpectedDSCP = nil
	}
}

func (f *Flow) carriesRTP() bool { return len(f.Hints.Streams) > 0 }

// reported: there are reports on media, which may have a port of its own.
func (f *Flow) reported() bool { return f.Hints.RTCP > 2 }

// udpMedia: RTP makes media, DTLS a browser, anything less a reachability test.
func (c *Classifier) udpMedia(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	if f.Hints.DTLS {
		r.Device = "browser"
		r.ExpectedDSCP = nil
	}
	switch {
	case f.carriesRTP():
	case f.reported() && r.Function.IsMedia():
		r.MediaClass = string(r.Function[len("media-"):])
		return
	default:
		r.Function = record.ReachProbe
		if s := r.STUN; s != nil && len(s.Relayed) > 0 {
			r.Function = record.TURN
		}
		return
	}
	if r.Device == "" && c.browserTypes(f) {
		r.Device = "browser"
		r.Reason += "; a browser's payload types"
	}
	c.sort(f, m)
	c.plan(f, m)
	if sign := c.nativeSign(f); r.Device == "" && sign != "" && r.MediaClass != "mixed" {
		// the app has a socket for each medium, a node's cascade has not
		r.Device = "app"
		r.Reason += "; native app by " + sign
	}
}

// nativeSign is what shows the native app, or a device with its media engine, wherever its media was first seen: names
// of its feedback, or payload types that nobody else uses in their direction.
func (c *Classifier) nativeSign(f *Flow) string {
	if f.Hints.DTLS || f.far || f.rtpClient() != signatures.ClientNative {
		return ""
	}
	if m, ok := f.pack.Policy("native-feedback"); ok {
		for _, name := range f.Hints.Feedback {
			if slices.Contains(m.Values, name) {
				return "RTCP feedback " + name
			}
		}
	}
	for i := range f.Hints.Streams {
		if s := &f.Hints.Streams[i]; f.companion(s) {
			return fmt.Sprintf("payload type %d", s.Type)
		}
	}
	return ""
}

// companion reports whether only native calls have the stream's payload type in its direction.
func (f *Flow) companion(s *Stream) bool {
	m, ok := f.pack.PayloadType(int(s.Type), f.sends(s), signatures.ClientNative)
	return ok && m.Companion
}

// sends reports whether the client sends the stream.
func (f *Flow) sends(s *Stream) bool { return s.Reverse == f.reverse() }

// sort tells what the RTP of a flow is.
func (c *Classifier) sort(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	class, how := c.classOf(f, m)
	r.MediaClass, r.Function = class, record.Function("media-"+class)
	if how != "" {
		r.Reason += "; " + class + " by " + how
	}
}

// plan tells whether the source port is one of the QoS port plan. Clients of government and of mesh nodes have the plan
// of meetings; browsers have none, and for hosts that nobody named none is known.
func (c *Classifier) plan(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	if r.Device == "browser" || f.far {
		return
	}
	service := string(r.Service)
	if r.Service == record.Government || r.Service == record.Mesh && c.role(f.client) != roleMesh {
		service = string(record.Meetings)
	}
	if in, known := f.pack.PortPlan(service, f.clientPort); known {
		r.PortPlan = "out"
		if in {
			r.PortPlan = "in"
		}
	}
}

// browserTypes reports whether the payload types are those of browsers: 102 and 111 mean other things in native calls,
// but there they come with types that only native calls have (webex-facts 5.4).
func (c *Classifier) browserTypes(f *Flow) bool {
	switch f.Rec.Service {
	case record.Meetings, record.Government, record.Mesh:
	default:
		return false
	}
	known := false
	for i := range f.Hints.Streams {
		s := &f.Hints.Streams[i]
		if f.pack.NativeCompanion(int(s.Type)) {
			return false
		}
		_, ok := f.pack.PayloadType(int(s.Type), f.sends(s), signatures.ClientBrowser)
		known = known || ok
	}
	return known
}

// classOf tells what the RTP of a flow is, and by what: the row for its source port, else the payload types, else size
// and cadence, else it is mixed. A browser's source ports and a row for all media tell nothing.
func (c *Classifier) classOf(f *Flow, m *signatures.PortMatch) (class, how string) {
	byPort := ""
	if m != nil && m.Media != "mixed" && f.Rec.Device != "browser" {
		byPort = m.Media
	}
	byType := c.classByPayload(f)
	switch {
	case byPort == "video" && byType == "share":
		return byType, "payload type"
	case byPort != "":
		return byPort, fmt.Sprintf("source port %d", f.clientPort)
	case byType != "mixed":
		return byType, "payload type"
	case f.typesKnown():
		return "mixed", ""
	}
	return f.classBySize()
}

// classByPayload tells audio from video by payload types where the source port does not. What the client sends as share
// comes back under the type of video.
func (c *Classifier) classByPayload(f *Flow) string {
	kinds, sent := map[string]int64{}, map[string]int64{}
	client := f.rtpClient()
	for i := range f.Hints.Streams {
		s := &f.Hints.Streams[i]
		kind := f.kind(s, client)
		kinds[kind] += s.Packets
		if f.sends(s) {
			sent[kind] += s.Packets
		}
	}
	switch a, v := kinds["audio"] > 0, kinds["video"] > 0; {
	case a && !v && kinds["share"] == 0:
		return "audio"
	case kinds["share"] > 0 && !a && sent["video"] == 0:
		return "share"
	case v && !a:
		return "video"
	}
	return "mixed"
}

// kind is what the payload type says, "unknown" for types that say nothing.
func (f *Flow) kind(s *Stream, client string) string {
	if m, ok := f.pack.PayloadType(int(s.Type), f.sends(s), client); ok {
		return m.Kind
	}
	kind, _ := media.Static(int(s.Type))
	return kind
}

// typesKnown reports whether any payload type of the flow says something.
func (f *Flow) typesKnown() bool {
	client := f.rtpClient()
	return slices.ContainsFunc(f.Hints.Streams, func(s Stream) bool { return f.kind(&s, client) != "unknown" })
}

// Sizes that part audio from video: below 306 bytes of UDP nothing is video, and the two are best told apart at a mean
// of 400 (webex-facts 5.4). Audio also comes at a steady pace of 10 to 100 packets a second.
const (
	maxAudio  = 306
	minVideo  = 400
	leastSeen = 50 // packets
)

// classBySize is the last resort for payload types that say nothing.
func (f *Flow) classBySize() (class, how string) {
	var audio, video, other bool
	for i := range f.Hints.Streams {
		s := &f.Hints.Streams[i]
		switch size := meanUDP(s); {
		case s.Packets < leastSeen:
		case size <= maxAudio && paced(s):
			audio = true
		case size > minVideo:
			video = true
		default:
			other = true
		}
	}
	switch {
	case audio && !video && !other:
		return "audio", "packet size and cadence"
	case video && !audio && !other:
		return "video", "packet size"
	}
	return "mixed", ""
}

// meanUDP is a stream's mean UDP length in bytes; Bytes counts IP packets.
func meanUDP(s *Stream) int64 { return s.Bytes/max(s.Packets, 1) - 20 }

// paced reports whether the stream comes at audio's pace.
func paced(s *Stream) bool {
	seconds := float64(s.Lasted) / float64(time.Second)
	rate := float64(s.Packets) / max(seconds, 1)
	return rate >= 10 && rate <= 101
}

// rtpClient is whose payload type numbers the flow uses.
func (f *Flow) rtpClient() string {
	if f.Hints.DTLS || f.Rec.Device == "browser" {
		return signatures.ClientBrowser
	}
	switch f.Rec.Service {
	case record.Calling, record.Expressway, record.EdgeAudio:
		return signatures.ClientSIP
	}
	return signatures.ClientNative
}

// reverse reports whether the Webex client is the flow's destination.
func (f *Flow) reverse() bool { return f.client == f.Rec.DstIP && f.client != f.Rec.SrcIP }

// Limits that part media in TCP or TLS from reachability tests (webex-facts 4.3: no test exceeded 10 kB from the
// server, so 50 kB separates cleanly).
const mediaBytes = 50_000

// tcpMedia: RTP in frames, or the cadence of media and volume make media; a browser's TURN over TLS is named as such;
// all else is a test, or, where the beginning is missing, not known.
func (c *Classifier) tcpMedia(f *Flow, m *signatures.PortMatch, node bool) {
	r := f.Rec
	pattern := r.MediaPattern
	large := r.PayloadBytesFwd+r.PayloadBytesRev > mediaBytes
	switch {
	case f.overTURN(node):
		r.Function = record.TURN
	case f.carriesRTP():
		c.sort(f, m)
	case pattern.Media() && large:
		if !r.Function.IsMedia() {
			r.Function = record.MediaMixed
		}
		r.MediaClass = string(r.Function[len("media-"):])
		r.Reason += "; media by its cadence: " + f.measured()
	case pattern != nil && large:
		r.Function, f.unclear = record.OtherFunction, true
		r.Reason += "; no media by its cadence: " + f.measured()
	case r.Transport == record.TLS && !f.greeted():
		r.Function = record.OtherFunction
		r.Reason += "; it began before the capture, so what it is for does not show"
	default:
		r.Function = record.ReachProbe
	}
	if r.Inspection == "" && (r.Transport == record.TLS || r.Transport == record.TLSProxied) {
		r.Inspection = signatures.InspectionUnsupported // media nodes must not be inspected (webex-facts 1.8)
	}
}

// measured prints what parts media from signalling and bulk inside TCP and TLS, from client / to client (webex-facts
// 4.4).
func (f *Flow) measured() string {
	r, m := f.Rec, f.Rec.MediaPattern
	rate, paced, median := f.Hints.Rate, f.Hints.Paced, [2]int{m.MedianFwd, m.MedianRev}
	up, down := 0, 1
	if f.reverse() {
		up, down = down, up
	}
	sent, received := r.Up().PayloadBytes, r.Down().PayloadBytes
	return fmt.Sprintf("the pattern in both directions in %d and in one in %d of %d windows of 10 s, %.1f/%.1f messages a second, median %d/%d bytes, %.0f/%.0f %% of gaps from 10 to 60 ms, %d/%d bytes in %.0f s",
		m.MediaBoth, m.MediaOne, m.Windows, rate[up], rate[down], median[up], median[down],
		100*paced[up], 100*paced[down],
		sent, received, r.EndTime.Sub(r.StartTime).Seconds())
}

// overTURN reports whether a browser's TURN is inside: it names a media node, or an address was relayed to it, or
// messages in the stream are TURN's.
func (f *Flow) overTURN(node bool) bool {
	s := f.Rec.STUN
	return node && f.Rec.SNI != "" || s != nil && len(s.Relayed) > 0 || f.turnUsed()
}

// greeted reports whether a TLS handshake is in the capture.
func (f *Flow) greeted() bool {
	x := &f.Hints.TLS
	return x.Client || x.Server || x.Leaf
}

// bindings are the types of STUN's Binding: request, indication, success and error.
var bindings = []string{"0x0001", "0x0011", "0x0101", "0x0111"}

// turnUsed reports whether messages in the stream are anything but Binding.
func (f *Flow) turnUsed() bool {
	if f.Rec.STUN == nil || f.Rec.App != appFramed {
		return false
	}
	for t := range f.Rec.STUN.Types {
		if !slices.Contains(bindings, t) {
			return true
		}
	}
	return false
}

// VideoLines is how many lines the picture has for which a bit rate is enough, by the rows in force on the flow's day;
// 0: not known.
func (f *Flow) VideoLines(bps float64) int { return f.pack.VideoLines(bps) }
