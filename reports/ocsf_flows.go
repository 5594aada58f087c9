package reports

import (
	"errors"
	"io"
	"net/netip"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// ocsfFlow is an event of class 4001: a flow with its totals. "Out" is sent by the source, "in" comes back to it.
type ocsfFlow struct {
	ocsfEvent
	Duration   int64          `json:"duration"` // ms
	Src        ocsfEndpoint   `json:"src_endpoint"`
	Dst        ocsfEndpoint   `json:"dst_endpoint"`
	Connection ocsfConnection `json:"connection_info"`
	Traffic    ocsfTraffic    `json:"traffic"`
	TLS        *ocsfTLS       `json:"tls,omitempty"`
	App        string         `json:"app_name,omitempty"`
}

type ocsfEndpoint struct {
	IP       netip.Addr `json:"ip"`
	Port     *int       `json:"port,omitempty"`
	Hostname string     `json:"hostname,omitempty"`
}

type ocsfConnection struct {
	UID           string `json:"uid"`
	Direction     int    `json:"direction_id"`
	DirectionName string `json:"direction"`
	Protocol      string `json:"protocol_name"`
	Number        int    `json:"protocol_num"`
	Version       int    `json:"protocol_ver_id"`
}

type ocsfTraffic struct {
	Bytes      int64 `json:"bytes"`
	BytesIn    int64 `json:"bytes_in"`
	BytesOut   int64 `json:"bytes_out"`
	Packets    int64 `json:"packets"`
	PacketsIn  int64 `json:"packets_in"`
	PacketsOut int64 `json:"packets_out"`
}

type ocsfTLS struct {
	Version     string           `json:"version"`
	Cipher      string           `json:"cipher,omitempty"`
	SNI         string           `json:"sni,omitempty"`
	JA3         *ocsfFingerprint `json:"ja3_hash,omitempty"`
	JA3S        *ocsfFingerprint `json:"ja3s_hash,omitempty"`
	Certificate *ocsfCertificate `json:"certificate,omitempty"`
}

type ocsfFingerprint struct {
	Algorithm int    `json:"algorithm_id"` // 1: MD5, 3: SHA-256
	Name      string `json:"algorithm"`
	Value     string `json:"value"`
}

type ocsfCertificate struct {
	Subject      string            `json:"subject,omitempty"`
	Issuer       string            `json:"issuer"`
	Serial       string            `json:"serial_number"`
	Fingerprints []ocsfFingerprint `json:"fingerprints"`
	Created      int64             `json:"created_time,omitempty"`
	Expires      int64             `json:"expiration_time,omitempty"`
}

// ocsfFlowRest is what of a flow the class has no attribute for.
type ocsfFlowRest struct {
	CommunityID string            `json:"community_id"`
	Webex       bool              `json:"webex"`
	Service     record.Service    `json:"service,omitempty"`
	Function    record.Function   `json:"function,omitempty"`
	Transport   record.Transport  `json:"transport,omitempty"`
	Confidence  record.Confidence `json:"confidence,omitempty"`
	EndReason   string            `json:"end_reason,omitempty"`
	Initiator   string            `json:"initiator,omitempty"`
	DNSName     string            `json:"dns_name,omitempty"`
	JA4         string            `json:"ja4,omitempty"`
	DSCPFwd     record.DSCP       `json:"dscp_fwd,omitempty"`
	DSCPRev     record.DSCP       `json:"dscp_rev,omitempty"`
	Streams     []ocsfStream      `json:"media_streams,omitempty"`
}

// ocsfStream are the numbers of an RTP stream of the flow.
type ocsfStream struct {
	StreamID     string      `json:"stream_id"`
	Direction    string      `json:"direction"`
	SSRC         uint32      `json:"ssrc"`
	Kind         string      `json:"kind"`
	Packets      int64       `json:"packets"`
	Expected     int64       `json:"expected"`
	Lost         int64       `json:"lost"`
	CaptureLost  int64       `json:"capture_lost"`
	JitterMeanMs *float64    `json:"jitter_mean_ms,omitempty"`
	MaxGapMs     float64     `json:"max_gap_ms"`
	DSCP         record.DSCP `json:"dscp"`
}

// writeOCSFFlows writes an event for each flow.
func writeOCSFFlows(w io.Writer, set *record.Set, v *view.View, _ Options) error {
	o := newOCSF(w, v)
	streams := map[string][]ocsfStream{}
	for _, m := range set.Streams {
		streams[m.FlowID] = append(streams[m.FlowID], ocsfStream{m.StreamID, m.Direction, m.SSRC, m.Kind, m.Packets,
			m.Expected, m.Lost, m.CaptureLost, m.JitterMeanMs, m.MaxGapMs, m.DSCP})
	}
	err := set.Source().Read(0, set.NumFlows(), func(_ int, f *record.Flow, t *record.TLSSession) error {
		return o.write(o.flow(f, t, streams[f.FlowID]))
	})
	return errors.Join(err, o.w.Flush())
}

func (o *ocsfWriter) flow(f *record.Flow, t *record.TLSSession, streams []ocsfStream) *ocsfFlow {
	x := &ocsfFlow{ocsfEvent: o.event(ocsfNetwork, 6, f.FlowID), Src: endpoint(f, f.SrcIP, f.SrcPort),
		Dst: endpoint(f, f.DstIP, f.DstPort)}
	x.Severity, x.SeverityName = 1, "Informational"
	x.Time, x.Start, x.End, x.Count = millis(f.StartTime), millis(f.StartTime), millis(f.EndTime), f.Flows
	x.Duration = x.End - x.Start
	x.Dst.Hostname = f.SNI
	if x.Dst.Hostname == "" {
		x.Dst.Hostname = f.DNSName
	}
	x.Connection = ocsfConnection{UID: f.FlowID, Protocol: f.Proto, Number: protocolNumber(f.Proto), Version: 4}
	if f.SrcIP.Unmap().Is6() {
		x.Connection.Version = 6
	}
	x.Connection.Direction, x.Connection.DirectionName = 0, "Unknown"
	switch {
	case !f.Webex || !f.Client.IsValid():
	case f.Client == f.SrcIP:
		x.Connection.Direction, x.Connection.DirectionName = 2, "Outbound"
	case f.Client == f.DstIP:
		x.Connection.Direction, x.Connection.DirectionName = 1, "Inbound"
	}
	x.Traffic = ocsfTraffic{f.BytesFwd + f.BytesRev, f.BytesRev, f.BytesFwd, f.PacketsFwd + f.PacketsRev, f.PacketsRev,
		f.PacketsFwd}
	if f.Webex {
		x.App = strings.TrimSpace("Webex " + string(f.Service))
	}
	x.TLS = ocsfHandshake(t)
	x.Unmapped = ocsfFlowRest{f.CommunityID, f.Webex, f.Service, f.Function, f.Transport, f.Confidence, f.EndReason,
		f.Initiator, f.DNSName, f.JA4, f.DSCPFwd, f.DSCPRev, streams}
	return x
}

// endpoint of a flow; the numbers of ICMP are no ports.
func endpoint(f *record.Flow, ip netip.Addr, port int) ocsfEndpoint {
	e := ocsfEndpoint{IP: ip}
	if f.Proto == "tcp" || f.Proto == "udp" || f.Proto == "sctp" {
		e.Port = &port
	}
	return e
}

// protocolNumber is that of IANA.
func protocolNumber(proto string) int {
	numbers := map[string]int{"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "sctp": 132}
	n, known := numbers[proto]
	if known {
		return n
	}
	for _, c := range proto {
		if c < '0' || c > '9' {
			return -1 // as the schema says of what is not known
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// ocsfHandshake is the TLS object, which needs the version; its certificate needs issuer, serial number and digest.
func ocsfHandshake(t *record.TLSSession) *ocsfTLS {
	if t == nil || t.TLSVersion == "" {
		return nil
	}
	x := &ocsfTLS{Version: t.TLSVersion, Cipher: t.CipherSuite, SNI: t.SNI, JA3: md5Of(t.JA3), JA3S: md5Of(t.JA3S)}
	if t.CertIssuer != "" && t.CertSerial != "" && t.CertSHA256 != "" {
		x.Certificate = &ocsfCertificate{Subject: t.CertSubject, Issuer: t.CertIssuer, Serial: t.CertSerial,
			Fingerprints: []ocsfFingerprint{{3, "SHA-256", t.CertSHA256}}, Created: millis(t.CertNotBefore),
			Expires: millis(t.CertNotAfter)}
	}
	return x
}

func md5Of(value string) *ocsfFingerprint {
	if value == "" {
		return nil
	}
	return &ocsfFingerprint{1, "MD5", value}
}
