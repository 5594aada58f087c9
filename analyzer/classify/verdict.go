package classify

import (
	"slices"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// verdict fills service, function, confidence and reason, and what the pack says of the flow.
func (c *Classifier) verdict(f *Flow, s *sign) {
	r := f.Rec
	r.Confidence, r.Reason, r.SignatureIDs = s.confidence, s.reason, s.rows
	if f.addr != nil && f.addr.Tier == signatures.TierPublished {
		r.Prefix = f.addr.Prefix.String()
	}
	port := c.port(f)
	switch {
	case port != nil:
		c.fromPort(f, port)
	case f.name != nil:
		r.Service, r.Function = record.Service(f.name.Service), record.Function(f.name.Function)
	case f.addr != nil:
		r.Service, r.Function = record.Service(f.addr.Service), record.OtherFunction
	default:
		r.Service, r.Function = record.Meetings, record.OtherFunction
	}
	if f.name != nil {
		r.Inspection = f.name.Inspection
		if f.name.Retired != "" {
			r.Retired = f.name.Retired
		}
	}
	c.media(f, port)
	r.SignatureIDs = slices.Compact(r.SignatureIDs)
}

// port is the most specific port row that holds. A name that says more than "media" wins over a row for TLS: signalling
// to an address in a media range stays signalling.
func (c *Classifier) port(f *Flow) *signatures.PortMatch {
	rows := c.portRows(f)
	if len(rows) == 0 {
		return nil
	}
	m := rows[0]
	if f.name != nil && f.name.Role != signatures.RoleMediaNode && f.Rec.Proto == "tcp" {
		return nil
	}
	return &m
}

func (c *Classifier) fromPort(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	r.Service, r.Function = record.Service(m.Service), record.Function(m.Function)
	r.SignatureIDs = append(r.SignatureIDs, m.Row.ID)
	r.ExpectedDSCP = m.DSCP
	r.Device = m.Device
	r.Retired = m.Retired
	if f.addr != nil && f.addr.Kind == signatures.KindGovernment {
		r.Service = record.Government
	}
}

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
		tcpMedia(f, node)
	}
	if !r.Function.IsMedia() {
		r.ExpectedDSCP = nil
	}
}

func (f *Flow) carriesRTP() bool {
	m := f.Facts.Media
	return m != nil && len(m.Streams[flow.A])+len(m.Streams[flow.B]) > 0
}

// udpMedia: RTP makes media, DTLS a browser, anything less a reachability test.
func (c *Classifier) udpMedia(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	r.MediaClass = "mixed"
	if m != nil && m.Media != "" {
		r.MediaClass = m.Media
	}
	if f.Facts.DTLS {
		r.Device = "browser"
		r.ExpectedDSCP = nil
	}
	if !f.carriesRTP() {
		r.Function = record.ReachProbe
		if s := f.Facts.STUN; s != nil && s.Relayed.IsValid() {
			r.Function = record.TURN
		}
		r.MediaClass = ""
		return
	}
	if r.MediaClass == "mixed" {
		r.MediaClass = c.classByPayload(f)
	}
	r.Function = record.Function("media-" + r.MediaClass)
	if r.Device == "browser" {
		return
	}
	if in, known := c.Pack.PortPlan(string(r.Service), f.clientPort); known {
		r.PortPlan = "out"
		if in {
			r.PortPlan = "in"
		}
	}
}

// classByPayload tells audio from video by payload types where the source port does not.
func (c *Classifier) classByPayload(f *Flow) string {
	kinds := map[string]int64{}
	up := f.clientSide()
	client := f.rtpClient()
	for side, streams := range f.Facts.Media.Streams {
		for _, s := range streams {
			if m, ok := c.Pack.PayloadType(int(s.PayloadType()), flow.Side(side) == up, client); ok {
				kinds[m.Kind] += s.Packets
			}
		}
	}
	switch a, v := kinds["audio"] > 0, kinds["video"] > 0; {
	case a && !v && kinds["share"] == 0:
		return "audio"
	case kinds["share"] > 0 && !a && !v:
		return "share"
	case v && !a:
		return "video"
	}
	return "mixed"
}

// rtpClient is whose payload type numbers the flow uses.
func (f *Flow) rtpClient() string {
	if f.Facts.DTLS || f.Rec.Device == "browser" {
		return signatures.ClientBrowser
	}
	if f.Rec.Service == record.Calling {
		return signatures.ClientSIP
	}
	return signatures.ClientNative
}

// clientSide is the flow's side of the Webex client.
func (f *Flow) clientSide() flow.Side {
	if f.client == f.Rec.DstIP && f.client != f.Rec.SrcIP {
		return f.Source.Other()
	}
	return f.Source
}

// Limits that part media in TCP or TLS from reachability tests (webex-facts 4.3: no test exceeded 10 kB from the server, so
// 50 kB separates cleanly).
const mediaBytes = 50_000

// tcpMedia: the rhythm of media and volume make media; a browser's TURN over TLS is named as such; all else is a test.
func tcpMedia(f *Flow, node bool) {
	r := f.Rec
	turn := node && r.SNI != "" || f.Facts.STUN != nil && f.Facts.STUN.Relayed.IsValid() || turnUsed(f)
	var rh *dissect.Rhythm
	if f.Facts.TCP != nil {
		rh = f.Facts.TCP.Rhythm
	}
	switch {
	case turn:
		r.Function = record.TURN
	case rh != nil && rh.MediaBoth+rh.MediaOne > 0 && r.PayloadBytesFwd+r.PayloadBytesRev > mediaBytes:
		if !r.Function.IsMedia() {
			r.Function = record.MediaMixed
		}
		r.MediaClass = string(r.Function[len("media-"):])
	default:
		r.Function = record.ReachProbe
	}
	if r.Inspection == "" && (r.Transport == record.TLS || r.Transport == record.TLSProxied) {
		r.Inspection = signatures.InspectionUnsupported // media nodes must not be inspected (webex-facts 1.8)
	}
}

func turnUsed(f *Flow) bool {
	if f.Facts.STUN == nil || f.Facts.App != dissect.Framed {
		return false
	}
	for t := range f.Facts.STUN.Types {
		if t.Method() != 1 { // anything but Binding is TURN
			return true
		}
	}
	return false
}
