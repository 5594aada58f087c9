package classify

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// announcement is a medium that SDP in clear announced, and the SIP flow that carried it.
type announcement struct {
	Announced
	kind, profile string
	types         []record.SIPType
	port          int
	reverse       bool // the SIP flow's destination announced it
	by            *announcer
}

// announcer is the SIP flow of announcements.
type announcer struct {
	from, to   netip.AddrPort
	confidence record.Confidence
	service    record.Service
	rows       []string
	webex      bool // by its own signs, at least probably
	reverse    bool // the client is its destination
}

// announce gathers the media that SDP in the flow announced, by the address and port that are to receive them.
func (a *Around) announce(f *Flow) {
	if len(f.Hints.Announced) == 0 {
		return
	}
	r := f.Rec
	by := &announcer{netip.AddrPortFrom(r.SrcIP, uint16(r.SrcPort)), netip.AddrPortFrom(r.DstIP, uint16(r.DstPort)),
		r.Confidence, r.Service, slices.Clone(r.SignatureIDs), r.Webex && r.Confidence.Rank() >= record.Probable.Rank(),
		f.reverse()}
	for i, h := range f.Hints.Announced {
		m := &r.SIP.Media[i]
		if !h.Addr.IsValid() || !strings.Contains(m.Profile, "RTP/") {
			continue
		}
		k := netip.AddrPortFrom(h.Addr, uint16(m.Port))
		a.announced[k] = append(a.announced[k],
			announcement{h, m.Kind, m.Profile, slices.Clone(m.Types), m.Port, m.Direction == "rev", by})
	}
}

// announcedAt lists what was announced for one end of a UDP flow with RTP: while it lasted, or within the window before
// it began.
func (c *Classifier) announcedAt(f *Flow, a netip.Addr, port int) (list []announcement) {
	for _, m := range c.announced[netip.AddrPortFrom(a.Unmap(), uint16(port))] {
		if m.First <= f.Rec.EndTime && m.Last >= f.Rec.StartTime-window {
			list = append(list, m)
		}
	}
	return list
}

// byAnnouncement is what SDP in clear says of an RTP stream that a side of the flow sends: by the announcement of the
// end that receives it, else by that of the sender. What several announcements do not agree on is not known: "", 0.
func (c *Classifier) byAnnouncement(f *Flow, s *Stream) (profile, kind string, clock int) {
	if f.Rec.Proto != "udp" || len(c.announced) == 0 {
		return "", "", 0
	}
	list := c.announcedAt(f, f.Rec.DstIP, f.Rec.DstPort)
	own := c.announcedAt(f, f.Rec.SrcIP, f.Rec.SrcPort)
	if s.Reverse {
		list, own = own, list
	}
	if len(list) == 0 {
		list = own
	}
	if !agree(list, func(m announcement) string { return m.kind }) {
		return "", "", 0
	}
	if agree(list, func(m announcement) string { return m.profile }) {
		profile = list[0].profile
	}
	codec, clock := typeOf(list, int(s.Type))
	return profile, kindOf(list[0].kind, codec), clock
}

// agree reports whether there are announcements, all with the same value.
func agree(list []announcement, value func(announcement) string) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(m announcement) bool { return value(m) != value(list[0]) })
}

// typeOf is what the announcements agree on of a payload type.
func typeOf(list []announcement, pt int) (codec string, clock int) {
	found := false
	for _, m := range list {
		for i, t := range m.types {
			switch {
			case t.Type != pt:
			case m.Varies>>i&1 != 0, found && (t.ClockRate != clock || !strings.EqualFold(t.Codec, codec)):
				return "", 0
			default:
				codec, clock, found = t.Codec, t.ClockRate, true
			}
		}
	}
	return codec, clock
}

// kindOf is the kind of a stream of announced media by its encoding name.
func kindOf(kind, codec string) string {
	switch codec = strings.ToLower(codec); {
	case codec == "rtx":
		return "rtx"
	case codec == "ulpfec", codec == "x-ulpfecuc", codec == "parityfec", strings.HasPrefix(codec, "flexfec"):
		return "fec"
	case kind == "audio", kind == "video":
		return kind
	}
	return ""
}

// byWebex is the announcement of the flow's media by a SIP flow that is Webex by its own signs, and whether it is for
// the flow's source.
func (c *Classifier) byWebex(f *Flow) (a *announcement, source bool) {
	if f.Rec.Proto != "udp" || len(c.announced) == 0 || !f.carriesRTP() {
		return nil, false
	}
	for _, source := range []bool{true, false} {
		ip, port := f.Rec.DstIP, f.Rec.DstPort
		if source {
			ip, port = f.Rec.SrcIP, f.Rec.SrcPort
		}
		list := c.announcedAt(f, ip, port)
		if i := slices.IndexFunc(list, func(m announcement) bool { return m.by.webex }); i >= 0 {
			return &list[i], source
		}
	}
	return nil, false
}

// announcedMedia: what a Webex SIP flow announced is media of its call. One step, at most probable: the announcement is
// taken at its word.
func (c *Classifier) announcedMedia(f *Flow, a *announcement, source bool) {
	r, by := f.Rec, a.by
	client := r.DstIP
	if (a.reverse == by.reverse) == source {
		client = r.SrcIP
	}
	if f.client != client {
		f.turn()
	}
	r.Webex, r.Client, r.Confidence, r.Service = true, client, atMost(by.confidence, record.Probable), by.service
	r.Reason = fmt.Sprintf("SDP of the Webex SIP flow %s:%d to %s:%d announced %s to %s:%d", by.from.Addr(), by.from.Port(), by.to.Addr(), by.to.Port(), a.kind, a.Addr, a.port)
	r.SignatureIDs = slices.Clone(by.rows)
	class, how := a.kind, ""
	if class != "audio" && class != "video" {
		class, how = c.classOf(f, nil)
	}
	r.MediaClass, r.Function = class, record.Function("media-"+class)
	if how != "" {
		r.Reason += "; " + class + " by " + how
	}
}
