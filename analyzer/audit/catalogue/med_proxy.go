package catalogue

import (
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var devicesSince = audit.NewLimit("WXA-MED-002.devices_since", "date", 20231206, 20231206, 20231206, 19700101, 99991231,
	"published: WBX000028782, revision of 2023-12-06", "date from which room devices may send TLS media through a proxy")

var med002 = &audit.Rule{
	ID: "WXA-MED-002", Title: "Media over TLS through a proxy", Severity: record.High, Version: "2",
	Symptom: true,
	Doc: audit.Doc{
		What: "Audio or video travels inside a CONNECT tunnel of an HTTP proxy.",
		Why: "The last resort of the client: TCP, TLS and a proxy that is built for web pages, not for 50 packets a " +
			"second each way. It adds delay and jitter for all users behind it. Where the same proxy also inspects " +
			"the tunnel, calls fail: then the finding is critical.",
		Trigger: "A tunnel through a proxy to a media node that carries media, with the duration, volume and cadence " +
			"of WXA-MED-001; TURN of a browser, one direction and short flows as there. Room devices are allowed to " +
			"do so since devices_since: with a pack of that date or later theirs is a warning.",
		LookAlikes: "CONNECT requests to media nodes that carry only a test are WXA-PRX-001. Signalling through the " +
			"proxy is normal. A browser's TURN through the proxy beside media over UDP is a reserve.",
		Verify: "Wireshark: `http.request.method == \"CONNECT\"` with a media node or media address as host; follow " +
			"that TCP stream and draw the I/O graph as for WXA-MED-001.",
	},
	Remediation: openUDP + " " + bypass,
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: proxy and media", "BRKCOL-2057 (2022): avoid the proxy for media"},
	Rows: []string{"names",
		"ports-meetings",
		"prefixes",
		"stun",
		"webex-policy-app-media-via-proxy",
		"webex-policy-device-media-via-proxy"},
	Needs:      []string{"flow with media_pattern", "a capture on the client's side of the proxy"},
	Thresholds: []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows, shortSeconds, devicesSince},
	Under:      underPath,
	Judge: fallenBack{
		over: record.TLSProxied, pass: wording.New("med002.pass", "no media fell back to a proxy"),
		subject: func(f *observe.Flow) record.Subject { return record.Subject{Kind: "proxy", Key: f.Server().String()} },
		note:    tunnelMarks, cite: citeTunnel, report: proxyReport,
	},
}

const bypass = "If UDP cannot be opened, let media bypass the proxy (PAC file) to the media subnets on TCP 5004 and TLS 443."

func tunnelMarks(e *audit.Env, f *observe.Flow) (marks []string) {
	if f.TLS != nil && observe.Inspected(f.TLS) {
		marks = append(marks, "inspected")
	}
	if f.Device == "room-device" && judgedBy(e, f) >= e.Value(devicesSince) {
		marks = append(marks, "allowed")
	}
	return marks
}

// citeTunnel points at the CONNECT request and its reply, and at the media in the tunnel.
func citeTunnel(e *audit.Env, f *observe.Flow) []record.Evidence {
	return append(e.KeyPackets("transaction", f, connectFields(f), "connect", "connect-reply"), e.Packets("packet-range", f, cadenceFields(f))...)
}

func proxyReport(g *audit.Group, _ record.Transport, t tried) audit.Verdict {
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("med002.fail", "%s sent media through %s for %s (%s): %s", clients(g), subject(g),
			wording.Seconds(g.Seconds()), wording.Bytes(g.Bytes), t.text()),
		Expected:    wording.New("med002.expected", "media over UDP, past the proxy"),
		Actual:      wording.New("med002.actual", "%s inside CONNECT tunnels", wording.CountOf(g.Flows, mediaFlow)),
		Remediation: wording.New("med002.remedy", "%s %s", t.remedy(), bypass),
	}
	if n := g.Sums["inspected"]; n > 0 {
		v.Severity = record.Critical
		v.Summary = wording.New("med002.inspected", "%s; %s inspected", v.Summary, wording.Count(n, "tunnel", "tunnels"))
	} else if g.Sums["allowed"] == g.Flows {
		v.State = record.Warn
		v.Summary = wording.New("med002.warn", "%s; all are room devices, for which it is allowed but not advised", v.Summary)
	}
	return v
}

// judgedBy is the date of the signatures that judged a flow as the number YYYYMMDD: of its day, or of the chosen pack;
// 0 where that has none.
func judgedBy(e *audit.Env, f *observe.Flow) float64 {
	date := f.StartTime.Time().Format(time.DateOnly)
	if e.Run != nil && e.Run.Pack.Chosen {
		date = e.Run.Pack.Date
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(date, "-", ""), 10, 32)
	if err != nil {
		return 0
	}
	return float64(n)
}
