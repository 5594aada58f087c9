package reports

import (
	"webexaudit/analyzer/record"
)

// reachabilityRow is one cell of the reachability matrix.
type reachabilityRow struct {
	lakeHead
	Client       string   `parquet:"client,dict,id(5)"`
	Prefix       string   `parquet:"prefix,dict,id(6)"`
	Port         int32    `parquet:"port,id(7)"`
	Transport    string   `parquet:"transport,dict,id(8)"`
	Asked        int64    `parquet:"asked,id(9)"`
	Answered     int64    `parquet:"answered,id(10)"`
	Reset        int64    `parquet:"reset,id(11)"`
	ICMPRejected int64    `parquet:"icmp_rejected,id(12)"`
	Silent       int64    `parquet:"silent,id(13)"`
	RTTMedianMs  *float64 `parquet:"rtt_median_ms,optional,id(14)"`
	Requests     int64    `parquet:"requests,id(15)"`
	Clients      []string `parquet:"clients,list,id(16)" parquet-element:",id(1016)"`
	FlowIDs      []string `parquet:"flow_ids,list,id(17)" parquet-element:",id(1017)"`
	FirstSeen    *int64   `parquet:"first_seen,optional,timestamp(microsecond),id(18)"`
	LastSeen     *int64   `parquet:"last_seen,optional,timestamp(microsecond),id(19)"`
	Refused      int64    `parquet:"refused,id(20)"`
}

// sessionRow is one client's call or meeting.
type sessionRow struct {
	lakeHead
	SessionID  string   `parquet:"session_id,id(5)"`
	Client     *string  `parquet:"client,optional,dict,id(6)"`
	Service    string   `parquet:"service,dict,id(7)"`
	Transport  string   `parquet:"transport,dict,id(8)"`
	Transports *string  `parquet:"transports,optional,id(9)"` // JSON text: transport, start_time, end_time, bytes
	Cause      *string  `parquet:"fallback_reason,optional,dict,id(10)"`
	Node       *string  `parquet:"node,optional,dict,id(11)"`
	StartTime  int64    `parquet:"start_time,timestamp(microsecond),id(12)"`
	EndTime    int64    `parquet:"end_time,timestamp(microsecond),id(13)"`
	FlowIDs    []string `parquet:"flow_ids,list,id(14)" parquet-element:",id(1014)"`

	Story               *string  `parquet:"story,optional,id(15)"`
	Confidence          *string  `parquet:"confidence,optional,dict,id(16)"`
	Reason              *string  `parquet:"reason,optional,dict,id(17)"`
	StartedBefore       *bool    `parquet:"started_before,optional,id(18)"`
	EndedBy             *string  `parquet:"ended_by,optional,dict,id(19)"`
	Region              *string  `parquet:"region,optional,dict,id(20)"`
	Proxy               *string  `parquet:"proxy,optional,dict,id(21)"`
	Devices             *int32   `parquet:"devices,optional,id(22)"`
	Media               []string `parquet:"media,list,id(23)" parquet-element:",id(1023)"`
	StreamIDs           []string `parquet:"stream_ids,list,id(24)" parquet-element:",id(1024)"`
	UDPAsked            *int64   `parquet:"udp_asked,optional,id(25)"` // udp_* to tls_proxied_*: NULL where the transport was neither asked nor used
	UDPAnswered         *int64   `parquet:"udp_answered,optional,id(26)"`
	UDPReset            *int64   `parquet:"udp_reset,optional,id(27)"`
	UDPResetTTL         *int32   `parquet:"udp_reset_ttl,optional,id(28)"`
	UDPICMPRejected     *int64   `parquet:"udp_icmp_rejected,optional,id(29)"`
	UDPRefused          *int64   `parquet:"udp_refused,optional,id(30)"`
	UDPSeconds          *float64 `parquet:"udp_seconds,optional,id(31)"`
	UDPBytes            *int64   `parquet:"udp_bytes,optional,id(32)"`
	TCPAsked            *int64   `parquet:"tcp_asked,optional,id(33)"`
	TCPAnswered         *int64   `parquet:"tcp_answered,optional,id(34)"`
	TCPReset            *int64   `parquet:"tcp_reset,optional,id(35)"`
	TCPResetTTL         *int32   `parquet:"tcp_reset_ttl,optional,id(36)"`
	TCPICMPRejected     *int64   `parquet:"tcp_icmp_rejected,optional,id(37)"`
	TCPRefused          *int64   `parquet:"tcp_refused,optional,id(38)"`
	TCPSeconds          *float64 `parquet:"tcp_seconds,optional,id(39)"`
	TCPBytes            *int64   `parquet:"tcp_bytes,optional,id(40)"`
	TLSAsked            *int64   `parquet:"tls_asked,optional,id(41)"`
	TLSAnswered         *int64   `parquet:"tls_answered,optional,id(42)"`
	TLSReset            *int64   `parquet:"tls_reset,optional,id(43)"`
	TLSResetTTL         *int32   `parquet:"tls_reset_ttl,optional,id(44)"`
	TLSICMPRejected     *int64   `parquet:"tls_icmp_rejected,optional,id(45)"`
	TLSRefused          *int64   `parquet:"tls_refused,optional,id(46)"`
	TLSSeconds          *float64 `parquet:"tls_seconds,optional,id(47)"`
	TLSBytes            *int64   `parquet:"tls_bytes,optional,id(48)"`
	ProxiedAsked        *int64   `parquet:"tls_proxied_asked,optional,id(49)"`
	ProxiedAnswered     *int64   `parquet:"tls_proxied_answered,optional,id(50)"`
	ProxiedReset        *int64   `parquet:"tls_proxied_reset,optional,id(51)"`
	ProxiedResetTTL     *int32   `parquet:"tls_proxied_reset_ttl,optional,id(52)"`
	ProxiedICMPRejected *int64   `parquet:"tls_proxied_icmp_rejected,optional,id(53)"`
	ProxiedRefused      *int64   `parquet:"tls_proxied_refused,optional,id(54)"`
	ProxiedSeconds      *float64 `parquet:"tls_proxied_seconds,optional,id(55)"`
	ProxiedBytes        *int64   `parquet:"tls_proxied_bytes,optional,id(56)"`
}

func reachabilityToRow(h lakeHead, x *record.Reachability) reachabilityRow {
	return reachabilityRow{
		lakeHead: h, Client: valid(x.Client), Prefix: x.Prefix, Port: int32(x.Port), Transport: string(x.Transport),
		Asked: x.Asked, Answered: x.Answered, Reset: x.Reset, ICMPRejected: x.ICMPRejected, Silent: x.Silent,
		RTTMedianMs: x.RTTMedianMs, Requests: x.Requests, Clients: allValid(x.Clients), FlowIDs: x.FlowIDs,
		FirstSeen: maybeMicros(x.FirstSeen), LastSeen: maybeMicros(x.LastSeen), Refused: x.Refused,
	}
}

func sessionToRow(h lakeHead, x *record.Session) sessionRow {
	r := sessionRow{
		lakeHead: h, SessionID: x.SessionID, Client: known(address(x.Client)), Service: string(x.Service), Transport: string(x.Transport),
		Transports: jsonText(x.Transports), Cause: known(x.FallbackReason), Node: known(x.Node),
		StartTime: micros(x.StartTime), EndTime: micros(x.EndTime), FlowIDs: x.FlowIDs,
		Story: known(x.Story), Confidence: known(string(x.Confidence)), Reason: known(x.Reason), StartedBefore: &x.StartedBefore,
		EndedBy: known(x.EndedBy), Region: known(x.Region), Devices: maybe(int32(x.Devices)), Proxy: known(x.Proxy), Media: allValid(x.Media), StreamIDs: allValid(x.StreamIDs),
	}
	if q := x.UDP; q != nil {
		r.UDPAsked, r.UDPAnswered, r.UDPReset, r.UDPResetTTL = &q.Asked, &q.Answered, &q.Reset, narrow(q.ResetTTL)
		r.UDPICMPRejected, r.UDPRefused, r.UDPSeconds, r.UDPBytes = &q.ICMPRejected, &q.Refused, &q.Seconds, &q.Bytes
	}
	if q := x.TCP; q != nil {
		r.TCPAsked, r.TCPAnswered, r.TCPReset, r.TCPResetTTL = &q.Asked, &q.Answered, &q.Reset, narrow(q.ResetTTL)
		r.TCPICMPRejected, r.TCPRefused, r.TCPSeconds, r.TCPBytes = &q.ICMPRejected, &q.Refused, &q.Seconds, &q.Bytes
	}
	if q := x.TLS; q != nil {
		r.TLSAsked, r.TLSAnswered, r.TLSReset, r.TLSResetTTL = &q.Asked, &q.Answered, &q.Reset, narrow(q.ResetTTL)
		r.TLSICMPRejected, r.TLSRefused, r.TLSSeconds, r.TLSBytes = &q.ICMPRejected, &q.Refused, &q.Seconds, &q.Bytes
	}
	if q := x.TLSProxied; q != nil {
		r.ProxiedAsked, r.ProxiedAnswered, r.ProxiedReset, r.ProxiedResetTTL = &q.Asked, &q.Answered, &q.Reset, narrow(q.ResetTTL)
		r.ProxiedICMPRejected, r.ProxiedRefused, r.ProxiedSeconds, r.ProxiedBytes = &q.ICMPRejected, &q.Refused, &q.Seconds, &q.Bytes
	}
	return r
}
