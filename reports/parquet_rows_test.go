package reports

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/record"
)

// flowRows are the rows of the sample's flows, by start time, not by the order of the stream.
func flowRows(t *testing.T) (dns, media, proxied flowRow) {
	t.Helper()
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir})
	rows := readRows[flowRow](t, dir, "flows", "2026-11-20")
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	return rows[0], rows[1], rows[2]
}

func TestParquetFlowOrder(t *testing.T) {
	dns, media, proxied := flowRows(t)
	if dns.FlowID != "00000000000000aa" || media.FlowID != "0123456789abcdef" || proxied.FlowID != "fedcba9876543210" {
		t.Errorf("order: %s %s %s", dns.FlowID, media.FlowID, proxied.FlowID)
	}
}

func TestParquetMediaFlow(t *testing.T) {
	_, media, _ := flowRows(t)
	if cell(media.DSCPFwd) != `{"0":9000}` || cell(media.DSCPRev) != `{"0":8000,"46":990}` || media.SensorID != "default" || media.SchemaVersion != 1 {
		t.Errorf("media flow: %+v", media)
	}
	if media.StartTime != 1795165924100200 { // 2026-11-20T09:12:04.1002003Z
		t.Errorf("start_time = %d", media.StartTime)
	}
	if media.STUNFlowInfo == nil || !*media.STUNFlowInfo || media.STUNErrors != nil ||
		*media.STUNLastAnswer != 1795166103000000 {
		t.Errorf("STUN facts: %v %q %v", media.STUNFlowInfo, cell(media.STUNErrors), media.STUNLastAnswer)
	}
}

// TestParquetAbsent: what was not seen is NULL, and what was seen as nothing is 0.
func TestParquetAbsent(t *testing.T) {
	dns, media, proxied := flowRows(t)
	if media.TTLRev == nil || *media.TTLRev != 0 || dns.TTLRev != nil {
		t.Errorf("TTL 0 and no TTL: %v, %v", media.TTLRev, dns.TTLRev)
	}
	if media.TCPSYN != nil || proxied.TCPRetransFwd == nil || *proxied.TCPRetransFwd != 0 ||
		*proxied.TCPRetransRev != 3 {
		t.Error("TCP counters: NULL for UDP, 0 where nothing was retransmitted")
	}
	if diff := cmp.Diff([]string{"0", "120"}, media.VLAN); diff != "" || len(dns.VLAN) != 0 {
		t.Errorf("vlan: %s %v", diff, dns.VLAN)
	}
}

func TestParquetOtherFlows(t *testing.T) {
	dns, _, proxied := flowRows(t)
	if *proxied.ConnectPort != 443 || *proxied.ConnectStatus != 200 || proxied.ConnectSchemes[0] != "Negotiate" ||
		*proxied.MediaPatternMediaBoth != 28 {
		t.Errorf("CONNECT and cadence: %+v", proxied)
	}
	if cell(proxied.SNI) != "\x1b]0;owned\aevil.webex.com\r\nX" { // data is kept as it was; only screens need cleaning
		t.Errorf("sni = %q", cell(proxied.SNI))
	}
	if dns.Webex || dns.Service != nil || !strings.Contains(cell(dns.Lookups), `"reply":4`) {
		t.Errorf("DNS flow: %+v", dns)
	}
}

func TestParquetMedia(t *testing.T) {
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir})
	rows := readRows[streamRow](t, dir, "media_streams", "2026-11-20")
	a, b := rows[0], rows[1]
	if a.SSRC != 4294967295 || a.PayloadType != 0 || *a.ClockRate != 48000 || *a.JitterMeanMs != 2.5 ||
		cell(a.LossBursts) != "[6,1,0,0,0,0,0,0,0,0]" {
		t.Errorf("first stream: %+v", a)
	}
	if b.ClockRate != nil || b.JitterMeanMs != nil || cell(b.DSCP) != `{"0":2,"46":1}` || b.Upstream || b.LossBursts != nil {
		t.Errorf("stream without clock rate: %+v", b)
	}
	i := readRows[intervalRow](t, dir, "media_intervals", "2026-11-20")[0]
	if i.JitterMeanMs == nil || *i.JitterMeanMs != 0 || i.Lost != 0 || i.IntervalS != 10 {
		t.Errorf("interval with jitter 0: %+v", i)
	}
}

func TestParquetCaptures(t *testing.T) {
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir})
	good := readRows[captureRow](t, dir, "captures", "2026-11-20")[0]
	if cell(good.Path) != "hq-span1.pcapng" || *good.KernelDrops != 0 || good.MirrorLost != nil ||
		*good.WireBytes != 39812345 || good.Damage != nil {
		t.Errorf("good capture: %+v", good)
	}
	if cell(good.Undecodable) != `{"ipv4-header-short":2,"vlan-cut":1}` || !*good.LossAssessable || good.PackID != "webex-2026-11-01" {
		t.Errorf("good capture: %+v", good)
	}
	bad := readRows[captureRow](t, dir, "captures", "2026-11-21")[0]
	if bad.KernelDrops != nil || bad.Damage == nil || bad.Packets != 10 || bad.LinkTypes[0] != "LINUX_SLL2" {
		t.Errorf("damaged capture: %+v", bad)
	}
}

func TestParquetLiveCapture(t *testing.T) {
	start := record.Time(1_700_000_000_123_456_789)
	s := &record.Set{Run: &record.Run{Interface: []string{"eth0"}},
		Health: []*record.CaptureHealth{{Interface: "eth0", Packets: 5, StartTime: start, EndTime: start + 1e9,
			LossAssessable: false}}}
	dir := t.TempDir()
	write(t, s, ParquetOptions{Dir: dir})
	r := readRows[captureRow](t, dir, "captures", "2023-11-14")[0]
	if cell(r.Interface) != "eth0" || r.Path != nil || r.Bytes != nil || r.Packets != 5 ||
		*r.FirstTime != 1_700_000_000_123_456 || *r.LossAssessable {
		t.Errorf("live capture: %+v", r)
	}
}

func TestParquetSessions(t *testing.T) {
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir})
	reach := readRows[reachabilityRow](t, dir, "reachability", "2026-11-20")[0]
	if reach.Answered != 0 || reach.RTTMedianMs != nil || len(reach.Clients) != 2 {
		t.Errorf("reachability: %+v", reach)
	}
	session := readRows[sessionRow](t, dir, "sessions", "2026-11-20")[0]
	if session.Transport != "tls-proxied" || !strings.HasPrefix(cell(session.Transports), `[{"transport":"udp","start_time":"2026-11-20T23:59:50.000000000Z"`) {
		t.Errorf("session: %+v", session)
	}
}

func TestParquetTLS(t *testing.T) {
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir})
	tls := readRows[tlsRow](t, dir, "tls_sessions", "2026-11-20")
	orphan, proxied := tls[0], tls[1]
	if orphan.StartTime != nil || orphan.Resumed != nil || orphan.CertNotBefore != nil || len(orphan.CertSANs) != 0 {
		t.Errorf("session without flow: %+v", orphan)
	}
	if *proxied.Resumed || *proxied.StartTime != 1795219199999999 || cell(proxied.CertIssuer) != "CN=ACME Corp\nInspection CA,O=ACME | <b>" {
		t.Errorf("TLS session: %+v", proxied)
	}
}

func TestParquetFindings(t *testing.T) {
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir})
	findings := readRows[findingRow](t, dir, "findings", "2026-11-20")
	if len(findings) != 14 {
		t.Fatalf("%d findings", len(findings))
	}
	i := slices.IndexFunc(findings, func(f findingRow) bool { return f.Rule == "WXA-MED-002" })
	f := findings[i]
	if f.SubjectKind != "proxy" || f.SubjectKey != "10.1.2.3:8080" || f.Count != 38 || !strings.Contains(cell(f.Evidence), `"packets":812`) {
		t.Errorf("finding: %+v", f)
	}
	i = slices.IndexFunc(findings, func(f findingRow) bool { return f.Rule == "WXA-CAP-001" })
	if f := findings[i]; f.Count != 0 || f.FirstSeen != nil || f.Evidence != nil {
		t.Errorf("finding without time: %+v", f)
	}
}
