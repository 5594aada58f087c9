package catalogue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

const (
	vantageMissing = "a capture at the client's switch or inside the enterprise's edge (declare it with --vantage access or inside)"
	marksVerify    = "Wireshark: `ip.src == CLIENT && ip.dst == NODE && udp`, with ip.dsfield.dscp as a column; " +
		"beside it `ip.src == CLIENT && ip.dst == NODE && ip.dsfield.dscp == 0`: the packets displayed give the share."
)

var markedFrom = audit.NewLimit("WXA-QOS-001.min_packets", "packets", 250, 50, 50, 1, 1e6, "ours: one second of audio",
	"minimum number of packets of a media stream whose DSCP marking is judged")

// inEnterprise is the gate of rules on markings and source ports: what lies beyond the edge says nothing of the client.
func inEnterprise(s *audit.Scope) (missing wording.Text) {
	if !s.Vantage.Enterprise() {
		missing = placeMissing(s)
	}
	return missing
}

// placeMissing is why markings cannot be judged at this place.
func placeMissing(s *audit.Scope) wording.Text {
	return wording.New("qos.place", "the place of the capture is %s (%s): %s", s.Vantage.Value, s.Vantage.Reason, vantageMissing)
}

// sentByClient reports whether the stream goes from client to cloud and its marking may be judged. Browsers leave it to
// the system.
func sentByClient(m *observe.Stream, from float64) bool {
	return m.Upstream && float64(m.Packets) >= from && m.DSCP.Total() > 0 && m.Flow.Device != "browser"
}

// isClass reports whether the stream belongs to the class by its flow, and its payload does not say otherwise.
func isClass(m *observe.Stream, class string) bool {
	other := map[string]string{"audio": "video", "video": "audio"}[class]
	flow := m.Flow.MediaClass
	if flow == "share" { // travels and is marked as video
		flow = "video"
	}
	return flow == class && m.Kind != other && !(class == "audio" && m.Kind == "share")
}

// countMarks adds a stream that is marked wrongly: its packets, and those without a marking.
func countMarks(g *audit.Group, m *observe.Stream) {
	g.Sum("zero", m.DSCP[0])
	g.Sum("packets", m.DSCP.Total())
}

// histogram writes a DSCP histogram by falling share: "EF 98 %, CS0 2 %".
func histogram(d record.DSCP) wording.Arg {
	keys := slices.SortedFunc(maps.Keys(d), func(a, b int) int {
		return cmp.Or(cmp.Compare(d[b], d[a]), cmp.Compare(a, b))
	})
	var words []wording.Text
	for _, k := range keys {
		words = append(words, wording.New("qos.share", "%s %s", record.MarkName(k), wording.Percent(percent(d[k], d.Total()))))
	}
	return wording.List(words)
}

// codepoints joins the names of DSCP codepoints: "AF41 or AF42".
func codepoints(list []int, with string) string {
	var words []string
	for _, m := range list {
		words = append(words, record.MarkName(m))
	}
	return strings.Join(words, with)
}

// upMarks shows the markings of what the client sent in a flow.
func upMarks(f *observe.Flow) map[string]string {
	sum := record.DSCP{}
	for i := range f.Streams {
		if m := &f.Streams[i]; m.Upstream {
			for k, v := range m.DSCP {
				sum[k] += v
			}
		}
	}
	return map[string]string{"marks_from_client": histogram(sum).String(), "source_port": fmt.Sprint(observe.ClientPort(f.Flow))}
}
