package reports

import (
	"webexaudit/analyzer/record"
)

// tlsRow is what a TLS handshake showed.
type tlsRow struct {
	lakeHead
	FlowID          string   `parquet:"flow_id,id(5)"`
	CommunityID     string   `parquet:"community_id,id(6)"`
	StartTime       *int64   `parquet:"start_time,optional,timestamp(microsecond),id(7)"` // of the flow; NULL where its record is missing
	SNI             *string  `parquet:"sni,optional,dict,id(8)"`
	TLSVersion      *string  `parquet:"tls_version,optional,dict,id(9)"`
	CipherSuite     *string  `parquet:"cipher_suite,optional,dict,id(10)"`
	ALPN            *string  `parquet:"alpn,optional,dict,id(11)"`
	Resumed         *bool    `parquet:"resumed,optional,id(12)"`
	ECH             bool     `parquet:"ech,id(13)"`
	JA3             *string  `parquet:"ja3,optional,dict,id(14)"`
	JA3S            *string  `parquet:"ja3s,optional,dict,id(15)"`
	JA4             *string  `parquet:"ja4,optional,dict,id(16)"`
	CertSubject     *string  `parquet:"cert_subject,optional,dict,id(17)"`
	CertIssuer      *string  `parquet:"cert_issuer,optional,dict,id(18)"`
	CertSANs        []string `parquet:"cert_sans,list,id(19)" parquet-element:",id(1019)"`
	CertNotBefore   *int64   `parquet:"cert_not_before,optional,timestamp(microsecond),id(20)"`
	CertNotAfter    *int64   `parquet:"cert_not_after,optional,timestamp(microsecond),id(21)"`
	CertSHA256      *string  `parquet:"cert_sha256,optional,dict,id(22)"`
	CertPartial     bool     `parquet:"cert_partial,id(23)"`
	ChainIssuers    []string `parquet:"chain_issuers,list,id(24)" parquet-element:",id(1024)"`
	Alerts          []string `parquet:"alerts,list,id(25)" parquet-element:",id(1025)"`
	Inspection      string   `parquet:"inspection,dict,id(26)"`
	InspectionSigns *string  `parquet:"inspection_signs,optional,id(27)"` // JSON text: name, value, weight
	Webex           bool     `parquet:"webex,id(28)"`
	handshakeColumns
}

func tlsToRow(h lakeHead, t *record.TLSSession, start record.Time) tlsRow {
	return tlsRow{
		lakeHead: h, FlowID: t.FlowID, CommunityID: t.CommunityID, StartTime: maybeMicros(start),
		SNI: known(t.SNI), TLSVersion: known(t.TLSVersion), CipherSuite: known(t.CipherSuite), ALPN: known(t.ALPN), Resumed: t.Resumed, ECH: t.ECH,
		JA3: known(t.JA3), JA3S: known(t.JA3S), JA4: known(t.JA4), CertSubject: known(t.CertSubject), CertIssuer: known(t.CertIssuer),
		CertSANs: allValid(t.CertSANs), CertNotBefore: maybeMicros(t.CertNotBefore), CertNotAfter: maybeMicros(t.CertNotAfter),
		CertSHA256: known(t.CertSHA256), CertPartial: t.CertPartial, ChainIssuers: allValid(t.ChainIssuers), Alerts: allValid(t.Alerts),
		Inspection: t.Inspection, InspectionSigns: jsonText(t.InspectionSigns), Webex: t.Webex, handshakeColumns: handshakeToColumns(t),
	}
}
