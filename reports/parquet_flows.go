package reports

import (
	"webexaudit/analyzer/record"
)

// flowRow is one bidirectional flow.
type flowRow struct {
	lakeHead
	FlowID            string   `parquet:"flow_id,id(5)"`
	CommunityID       string   `parquet:"community_id,id(6)"`
	Proto             string   `parquet:"proto,dict,id(7)"`
	SrcIP             string   `parquet:"src_ip,dict,id(8)"`
	SrcPort           int32    `parquet:"src_port,id(9)"`
	DstIP             string   `parquet:"dst_ip,dict,id(10)"`
	DstPort           int32    `parquet:"dst_port,id(11)"`
	Initiator         string   `parquet:"initiator,dict,id(12)"`
	PacketsFwd        int64    `parquet:"packets_fwd,id(13)"`
	PacketsRev        int64    `parquet:"packets_rev,id(14)"`
	BytesFwd          int64    `parquet:"bytes_fwd,id(15)"`
	BytesRev          int64    `parquet:"bytes_rev,id(16)"`
	PayloadBytesFwd   int64    `parquet:"payload_bytes_fwd,id(17)"`
	PayloadBytesRev   int64    `parquet:"payload_bytes_rev,id(18)"`
	Duplicates        int64    `parquet:"duplicates,id(19)"`
	StartTime         int64    `parquet:"start_time,timestamp(microsecond),id(20)"`
	EndTime           int64    `parquet:"end_time,timestamp(microsecond),id(21)"`
	EndReason         string   `parquet:"end_reason,dict,id(22)"`
	FirstPacket       int64    `parquet:"first_packet,id(23)"`
	LastPacket        int64    `parquet:"last_packet,id(24)"`
	FirstFile         *string  `parquet:"first_file,optional,dict,id(25)"`
	LastFile          *string  `parquet:"last_file,optional,dict,id(26)"`
	Webex             bool     `parquet:"webex,id(27)"`
	Service           *string  `parquet:"service,optional,dict,id(28)"`
	Function          *string  `parquet:"function,optional,dict,id(29)"`
	Transport         *string  `parquet:"transport,optional,dict,id(30)"`
	Confidence        *string  `parquet:"confidence,optional,dict,id(31)"`
	Reason            *string  `parquet:"reason,optional,dict,id(32)"`
	SignatureIDs      []string `parquet:"signature_ids,list,id(33)" parquet-element:",id(1033)"`
	Client            *string  `parquet:"client,optional,dict,id(34)"`
	SNI               *string  `parquet:"sni,optional,dict,id(35)"`
	DNSName           *string  `parquet:"dns_name,optional,dict,id(36)"`
	ALPN              *string  `parquet:"alpn,optional,dict,id(37)"`
	JA3               *string  `parquet:"ja3,optional,dict,id(38)"`
	JA4               *string  `parquet:"ja4,optional,dict,id(39)"`
	TLSVersion        *string  `parquet:"tls_version,optional,dict,id(40)"`
	DSCPFwd           *string  `parquet:"dscp_fwd,optional,dict,id(41)"` // JSON text: packets by code point
	DSCPRev           *string  `parquet:"dscp_rev,optional,dict,id(42)"`
	ECNCE             int64    `parquet:"ecn_ce,id(43)"`
	TTLFwd            *int32   `parquet:"ttl_fwd,optional,id(44)"`
	TTLRev            *int32   `parquet:"ttl_rev,optional,id(45)"`
	VLAN              []string `parquet:"vlan,list,id(46)" parquet-element:",id(1046)"`
	Tunnels           []string `parquet:"tunnels,list,id(47)" parquet-element:",id(1047)"`
	Prefix            *string  `parquet:"prefix,optional,dict,id(48)"`
	MediaClass        *string  `parquet:"media_class,optional,dict,id(49)"`
	ExpectedDSCP      []string `parquet:"expected_dscp,list,id(50)" parquet-element:",id(1050)"`
	Device            *string  `parquet:"device,optional,dict,id(51)"`
	PortPlan          *string  `parquet:"port_plan,optional,dict,id(52)"`
	Retired           *string  `parquet:"retired,optional,dict,id(53)"`
	Inspection        *string  `parquet:"inspection_policy,optional,dict,id(54)"`
	TCPSYN            *int64   `parquet:"tcp_syn,optional,id(55)"` // tcp_*: NULL where the flow is not TCP
	TCPSYNACK         *bool    `parquet:"tcp_syn_ack,optional,id(56)"`
	TCPHandshakeRTTMs *float64 `parquet:"tcp_handshake_rtt_ms,optional,id(57)"`
	TCPRetransFwd     *int64   `parquet:"tcp_retransmitted_fwd,optional,id(58)"`
	TCPRetransRev     *int64   `parquet:"tcp_retransmitted_rev,optional,id(59)"`
	TCPOutOfOrder     *int64   `parquet:"tcp_out_of_order,optional,id(60)"`
	TCPUnseenFwd      *int64   `parquet:"tcp_unseen_bytes_fwd,optional,id(61)"`
	TCPUnseenRev      *int64   `parquet:"tcp_unseen_bytes_rev,optional,id(62)"`
	TCPZeroWindow     *int64   `parquet:"tcp_zero_window,optional,id(63)"`
	TCPResetBy        *string  `parquet:"tcp_reset_by,optional,dict,id(64)"`
	TCPResetTTL       *int32   `parquet:"tcp_reset_ttl,optional,id(65)"`
	TCPMSSFwd         *int32   `parquet:"tcp_mss_fwd,optional,id(66)"`
	TCPMSSRev         *int32   `parquet:"tcp_mss_rev,optional,id(67)"`
	STUNRequests      *int64   `parquet:"stun_requests,optional,id(68)"` // stun_*: NULL where the flow has no STUN
	STUNAnswered      *int64   `parquet:"stun_answered,optional,id(69)"`
	STUNRetries       *int64   `parquet:"stun_retries,optional,id(70)"`
	STUNErrors        *string  `parquet:"stun_errors,optional,id(71)"`     // JSON text: responses by error code
	STUNTypes         *string  `parquet:"stun_types,optional,dict,id(72)"` // JSON text: messages by type
	STUNSoftware      []string `parquet:"stun_software,list,id(73)" parquet-element:",id(1073)"`
	STUNUsername      *string  `parquet:"stun_username,optional,id(74)"`
	STUNMapped        []string `parquet:"stun_mapped,list,id(75)" parquet-element:",id(1075)"`
	STUNFlowInfo      *bool    `parquet:"stun_flow_info,optional,id(76)"`
	STUNRTTMs         *float64 `parquet:"stun_rtt_median_ms,optional,id(77)"`
	STUNLastAnswer    *int64   `parquet:"stun_last_answer,optional,timestamp(microsecond),id(78)"`
	ConnectHost       *string  `parquet:"connect_host,optional,dict,id(79)"`
	ConnectPort       *int32   `parquet:"connect_port,optional,id(80)"`
	ConnectStatus     *int32   `parquet:"connect_status,optional,id(81)"`
	ConnectSchemes    []string `parquet:"connect_auth_schemes,list,id(82)" parquet-element:",id(1082)"`
	ConnectTries      *int32   `parquet:"connect_tries,optional,id(83)"`
	ConnectDelayMs    *float64 `parquet:"connect_delay_ms,optional,id(84)"`
	PatternWindows    *int32   `parquet:"media_pattern_windows,optional,id(85)"` // media_pattern_*: NULL where it was not measured
	PatternMediaBoth  *int32   `parquet:"media_pattern_media_both,optional,id(86)"`
	PatternMediaOne   *int32   `parquet:"media_pattern_media_one,optional,id(87)"`
	PatternRateFwd    *float64 `parquet:"media_pattern_rate_fwd,optional,id(88)"`
	PatternRateRev    *float64 `parquet:"media_pattern_rate_rev,optional,id(89)"`
	PatternMedianFwd  *int32   `parquet:"media_pattern_median_size_fwd,optional,id(90)"`
	PatternMedianRev  *int32   `parquet:"media_pattern_median_size_rev,optional,id(91)"`
	PatternGapFwd     *float64 `parquet:"media_pattern_gap_20ms_fwd,optional,id(92)"`
	PatternGapRev     *float64 `parquet:"media_pattern_gap_20ms_rev,optional,id(93)"`
	ICMPType          *int32   `parquet:"icmp_error_type,optional,id(94)"`
	ICMPCode          *int32   `parquet:"icmp_error_code,optional,id(95)"`
	ICMPFrom          *string  `parquet:"icmp_error_from,optional,dict,id(96)"`
	ICMPCount         *int64   `parquet:"icmp_error_count,optional,id(97)"`
	Lookups           *string  `parquet:"lookups,optional,id(98)"`       // JSON text: DNS questions and answers
	KeyPackets        *string  `parquet:"key_packets,optional,id(99)"`   // JSON text
	PCPFwd            *string  `parquet:"pcp_fwd,optional,dict,id(100)"` // JSON text: packets by 802.1p priority
	PCPRev            *string  `parquet:"pcp_rev,optional,dict,id(101)"`
	ECNECT            int64    `parquet:"ecn_ect,id(102)"`
	Fragmented        int64    `parquet:"fragmented,id(103)"`
	DSCPChanges       *string  `parquet:"dscp_changes,optional,id(104)"` // JSON text
	ClientRole        *string  `parquet:"client_role,optional,dict,id(106)"`
	ServerRole        *string  `parquet:"server_role,optional,dict,id(107)"`
	RolesLearnt       bool     `parquet:"roles_learnt,id(108)"`
	PairPlan          *string  `parquet:"pair_plan,optional,dict,id(109)"`
	STUNRebound       *string  `parquet:"stun_rebound,optional,id(105)"` // JSON text
	Region            *string  `parquet:"region,optional,dict,id(110)"`
	SIPMessages       *int64   `parquet:"sip_messages,optional,id(120)"` // sip_*: NULL where the flow has no SIP in clear
	SIPRequests       *string  `parquet:"sip_requests,optional,id(121)"` // JSON text: by method
	SIPAnswers        *string  `parquet:"sip_answers,optional,id(122)"`  // JSON text: by status code
	SIPCallID         *string  `parquet:"sip_call_id,optional,id(123)"`
	SIPAgents         []string `parquet:"sip_agents,list,id(124)" parquet-element:",id(1124)"`
	SIPCut            *int64   `parquet:"sip_cut,optional,id(125)"`
	SIPShort          *int64   `parquet:"sip_short,optional,id(126)"`
	SIPLong           *int64   `parquet:"sip_long,optional,id(127)"`
	SIPCompared       *string  `parquet:"sip_compared,optional,id(128)"`  // JSON text: by place
	SIPAddresses      *string  `parquet:"sip_addresses,optional,id(129)"` // JSON text
	SIPMedia          *string  `parquet:"sip_media,optional,id(130)"`     // JSON text
	SIPAddrDropped    *int64   `parquet:"sip_addresses_dropped,optional,id(131)"`
	SIPMediaDropped   *int64   `parquet:"sip_media_dropped,optional,id(132)"`
	Network           *string  `parquet:"network,optional,dict,id(140)"`
	Overlap           bool     `parquet:"overlap,id(141)"`
	tcpColumns
	App              *string `parquet:"app,optional,dict,id(200)"`
	ConnectProtocol  *string `parquet:"connect_protocol,optional,dict,id(201)"`
	ConnectReply     *int32  `parquet:"connect_socks_reply,optional,id(202)"`
	STUNRelayed      *string `parquet:"stun_relayed,optional,id(203)"` // JSON text: a list
	STUNLifetimeS    *int64  `parquet:"stun_lifetime_s,optional,id(204)"`
	STUNChannelData  *int64  `parquet:"stun_channel_data,optional,id(205)"`
	HTTPRequests     *int64  `parquet:"http_requests,optional,id(206)"`  // http_*: NULL where there is no HTTP/1 in clear
	HTTPExchanges    *string `parquet:"http_exchanges,optional,id(207)"` // JSON text: the first requests and their answers
	HTTPUserAgent    *string `parquet:"http_user_agent,optional,dict,id(208)"`
	HTTPUpgrade      *string `parquet:"http_upgrade,optional,dict,id(209)"`
	HTTPServer       *string `parquet:"http_server,optional,dict,id(210)"`
	HTTPVia          *string `parquet:"http_via,optional,dict,id(211)"`
	HTTPLocation     *string `parquet:"http_location,optional,dict,id(212)"`
	HTTPFields       *string `parquet:"http_fields,optional,id(213)"`       // JSON text: a list
	HTTPSchemes      *string `parquet:"http_auth_schemes,optional,id(214)"` // JSON text: a list
	NTPRequests      *int64  `parquet:"ntp_requests,optional,id(215)"`      // ntp_*: NULL where the flow is not NTP
	NTPAnswered      *int64  `parquet:"ntp_answered,optional,id(216)"`
	NTPStray         *int64  `parquet:"ntp_stray,optional,id(217)"`
	NTPNoTime        *int64  `parquet:"ntp_no_time,optional,id(218)"`
	NTPVersion       *int32  `parquet:"ntp_version,optional,id(219)"`
	NTPStratum       *int32  `parquet:"ntp_stratum,optional,id(220)"`
	NTPKiss          *string `parquet:"ntp_kiss,optional,dict,id(221)"`
	DTLSClientHello  *bool   `parquet:"dtls_client_hello,optional,id(222)"` // dtls_*: NULL where no hello was seen
	DTLSServerHello  *bool   `parquet:"dtls_server_hello,optional,id(223)"`
	DTLSVersion      *string `parquet:"dtls_version,optional,dict,id(224)"`
	DTLSSRTPOffered  *string `parquet:"dtls_srtp_offered,optional,id(225)"` // JSON text: a list
	DTLSSRTPSelected *string `parquet:"dtls_srtp_selected,optional,dict,id(226)"`
	SSHSoftwareFwd   *string `parquet:"ssh_software_fwd,optional,dict,id(227)"`
	SSHSoftwareRev   *string `parquet:"ssh_software_rev,optional,dict,id(228)"`
	XMPPTo           *string `parquet:"xmpp_to,optional,dict,id(229)"`
	XMPPFrom         *string `parquet:"xmpp_from,optional,dict,id(230)"`
	XMPPStartTLS     *string `parquet:"xmpp_starttls,optional,dict,id(231)"`
	H323Messages     *string `parquet:"h323_messages,optional,id(232)"` // JSON text: messages by name
}

func flowToRow(h lakeHead, f *record.Flow) flowRow {
	r := flowRow{
		lakeHead: h, FlowID: f.FlowID, CommunityID: f.CommunityID, Proto: f.Proto,
		SrcIP: address(f.SrcIP), SrcPort: int32(f.SrcPort), DstIP: address(f.DstIP), DstPort: int32(f.DstPort), Initiator: f.Initiator,
		PacketsFwd: f.PacketsFwd, PacketsRev: f.PacketsRev, BytesFwd: f.BytesFwd, BytesRev: f.BytesRev,
		PayloadBytesFwd: f.PayloadBytesFwd, PayloadBytesRev: f.PayloadBytesRev, Duplicates: f.Duplicates,
		StartTime: micros(f.StartTime), EndTime: micros(f.EndTime), EndReason: f.EndReason,
		FirstPacket: f.FirstPacket, LastPacket: f.LastPacket, FirstFile: known(f.FirstFile), LastFile: known(f.LastFile),
		Webex: f.Webex, Service: known(f.Service), Function: known(f.Function), Transport: known(f.Transport),
		Confidence: known(f.Confidence), Reason: known(f.Reason), SignatureIDs: allValid(f.SignatureIDs), Client: known(address(f.Client)),
		SNI: known(f.SNI), DNSName: known(f.DNSName), ALPN: known(f.ALPN), JA3: known(f.JA3), JA4: known(f.JA4), TLSVersion: known(f.TLSVersion),
		DSCPFwd: jsonText(f.DSCPFwd), DSCPRev: jsonText(f.DSCPRev), ECNCE: f.ECNCE, TTLFwd: narrow(f.TTLFwd), TTLRev: narrow(f.TTLRev),
		VLAN: numbers(f.VLAN), Tunnels: allValid(f.Tunnels), Prefix: known(f.Prefix), Region: known(f.Region), MediaClass: known(f.MediaClass),
		ExpectedDSCP: numbers(f.ExpectedDSCP), Device: known(f.Device), PortPlan: known(f.PortPlan), Retired: known(f.Retired), Inspection: known(f.Inspection),
		Lookups: jsonText(f.Lookups), KeyPackets: jsonText(f.KeyPackets), PCPFwd: jsonText(f.PCPFwd), PCPRev: jsonText(f.PCPRev),
		ClientRole: known(f.ClientRole), ServerRole: known(f.ServerRole), RolesLearnt: f.RolesLearnt, PairPlan: known(f.PairPlan),
		ECNECT: f.ECNECT, Fragmented: f.Fragments, DSCPChanges: jsonText(f.DSCPChanges),
		App: known(f.App),
	}
	r.Network, r.Overlap = known(f.Network), f.Overlap
	r.addTCP(f.TCP)
	r.tcpColumns = tcpToColumns(f.TCP)
	r.addSTUN(f.STUN)
	r.addConnect(f.Connect)
	r.addSIP(f.SIP)
	r.addMediaPattern(f.MediaPattern)
	r.addICMP(f.ICMP)
	r.addProtocols(f)
	return r
}

func (r *flowRow) addTCP(t *record.TCPFacts) {
	if t == nil {
		return
	}
	r.TCPSYN, r.TCPSYNACK, r.TCPHandshakeRTTMs = &t.SYN, &t.SYNACK, t.HandshakeRTTMs
	r.TCPRetransFwd, r.TCPRetransRev, r.TCPOutOfOrder = &t.RetransFwd, &t.RetransRev, &t.OutOfOrder
	r.TCPUnseenFwd, r.TCPUnseenRev, r.TCPZeroWindow = &t.UnseenFwd, &t.UnseenRev, &t.ZeroWindow
	r.TCPResetBy, r.TCPResetTTL = known(t.ResetBy), narrow(t.ResetTTL)
	r.TCPMSSFwd, r.TCPMSSRev = maybe(int32(t.MSSFwd)), maybe(int32(t.MSSRev))
}

func (r *flowRow) addSTUN(s *record.STUNFacts) {
	if s == nil {
		return
	}
	r.STUNRequests, r.STUNAnswered, r.STUNRetries = &s.Requests, &s.Answered, &s.Retries
	r.STUNErrors, r.STUNTypes, r.STUNSoftware = jsonText(s.Errors), jsonText(s.Types), allValid(s.Software)
	r.STUNUsername, r.STUNMapped, r.STUNFlowInfo = known(s.Username), allValid(s.Mapped), &s.FlowInfo
	r.STUNRTTMs, r.STUNLastAnswer, r.STUNRebound = s.RTTMs, maybeMicros(s.LastAnswer), jsonText(s.Rebound)
	r.STUNRelayed, r.STUNLifetimeS, r.STUNChannelData = jsonText(s.Relayed), maybe(s.LifetimeS), &s.ChannelData
}

func (r *flowRow) addConnect(c *record.ConnectFacts) {
	if c == nil {
		return
	}
	r.ConnectProtocol, r.ConnectReply = known(c.Protocol), narrow(c.Reply)
	r.ConnectHost, r.ConnectPort, r.ConnectStatus = known(c.Host), narrow(&c.Port), maybe(int32(c.Status))
	r.ConnectSchemes, r.ConnectTries, r.ConnectDelayMs = allValid(c.Schemes), narrow(&c.Tries), c.DelayMs
}

func (r *flowRow) addSIP(s *record.SIPFacts) {
	if s == nil {
		return
	}
	r.SIPMessages, r.SIPRequests, r.SIPAnswers = &s.Messages, jsonText(s.Requests), jsonText(s.Answers)
	r.SIPCallID, r.SIPAgents = known(s.CallID), allValid(s.Agents)
	r.SIPCut, r.SIPShort, r.SIPLong, r.SIPCompared = &s.Cut, &s.Short, &s.Long, jsonText(s.Compared)
	r.SIPAddresses, r.SIPMedia, r.SIPAddrDropped, r.SIPMediaDropped = jsonText(s.Addresses), jsonText(s.Media), &s.AddressesDropped, &s.MediaDropped
}

func (r *flowRow) addMediaPattern(x *record.MediaPattern) {
	if x == nil {
		return
	}
	r.PatternWindows, r.PatternMediaBoth, r.PatternMediaOne = narrow(&x.Windows), narrow(&x.MediaBoth), narrow(&x.MediaOne)
	r.PatternRateFwd, r.PatternRateRev = &x.RateFwd, &x.RateRev
	r.PatternMedianFwd, r.PatternMedianRev = narrow(&x.MedianFwd), narrow(&x.MedianRev)
	r.PatternGapFwd, r.PatternGapRev = &x.Gap20msFwd, &x.Gap20msRev
}

func (r *flowRow) addICMP(e *record.ICMPError) {
	if e == nil {
		return
	}
	r.ICMPType, r.ICMPCode, r.ICMPFrom, r.ICMPCount = narrow(&e.Type), narrow(&e.Code), known(address(e.From)), &e.Count
}
