package reports

import (
	"webexaudit/analyzer/record"
)

// handshakeColumns end the row of a TLS session: what was offered, how large the flights were, and more of the certificates.
type handshakeColumns struct {
	VersionsOffered     []string `parquet:"versions_offered,list,id(29)" parquet-element:",id(1029)"`
	GroupsOffered       []string `parquet:"groups_offered,list,id(30)" parquet-element:",id(1030)"`
	KeyShares           []string `parquet:"key_shares,list,id(31)" parquet-element:",id(1031)"`
	Group               *string  `parquet:"group,optional,dict,id(32)"`
	ALPNOffered         []string `parquet:"alpn_offered,list,id(33)" parquet-element:",id(1033)"`
	PSKOffered          bool     `parquet:"psk_offered,id(34)"`
	EarlyData           bool     `parquet:"early_data,id(35)"`
	EarlyDataBytes      int64    `parquet:"early_data_bytes,id(36)"`
	HelloRetry          bool     `parquet:"hello_retry,id(37)"`
	ServerDelayMs       *float64 `parquet:"server_delay_ms,optional,id(38)"`
	ServerFlightBytes   *int64   `parquet:"server_flight_bytes,optional,id(39)"`
	ServerFlightCount   *int32   `parquet:"server_flight_count,optional,id(40)"`
	ServerFlightRecords []string `parquet:"server_flight_records,list,id(41)" parquet-element:",id(1041)"`
	ClientFlightBytes   *int64   `parquet:"client_flight_bytes,optional,id(42)"`
	ClientFlightCount   *int32   `parquet:"client_flight_count,optional,id(43)"`
	ClientFlightRecords []string `parquet:"client_flight_records,list,id(44)" parquet-element:",id(1044)"`
	FlightsCut          bool     `parquet:"flights_cut,id(45)"`
	CertSerial          *string  `parquet:"cert_serial,optional,dict,id(46)"`
	CertSignature       *string  `parquet:"cert_signature_algorithm,optional,dict,id(47)"`
	CertKeyType         *string  `parquet:"cert_key_type,optional,dict,id(48)"`
	CertKeyBits         *int32   `parquet:"cert_key_bits,optional,id(49)"`
	CertValidityDays    *int32   `parquet:"cert_validity_days,optional,id(50)"`
	CertEKUs            []string `parquet:"cert_ekus,list,id(51)" parquet-element:",id(1051)"`
	CertSelfIssued      bool     `parquet:"cert_self_issued,id(52)"`
	CertSCT             *bool    `parquet:"cert_sct,optional,id(53)"`
	CertOCSP            *bool    `parquet:"cert_ocsp,optional,id(54)"`
	CertCRL             *bool    `parquet:"cert_crl,optional,id(55)"`
	CertCAIssuers       *bool    `parquet:"cert_ca_issuers,optional,id(56)"`
	ChainSHA256         []string `parquet:"chain_sha256,list,id(57)" parquet-element:",id(1057)"`
	ClientCertRequested bool     `parquet:"client_cert_requested,id(58)"`
	ClientCertSubject   *string  `parquet:"client_cert_subject,optional,dict,id(59)"`
	ClientCertIssuer    *string  `parquet:"client_cert_issuer,optional,dict,id(60)"`
	ClientCertSHA256    *string  `parquet:"client_cert_sha256,optional,dict,id(61)"`
	ClientCertEKUs      []string `parquet:"client_cert_ekus,list,id(62)" parquet-element:",id(1062)"`
}

func handshakeToColumns(t *record.TLSSession) handshakeColumns {
	r := handshakeColumns{
		VersionsOffered: t.VersionsOffered, GroupsOffered: t.GroupsOffered, KeyShares: t.KeyShares, Group: known(t.Group),
		ALPNOffered: allValid(t.ALPNOffered), PSKOffered: t.PSKOffered, EarlyData: t.EarlyData, EarlyDataBytes: t.EarlyDataBytes,
		HelloRetry: t.HelloRetry, ServerDelayMs: t.ServerDelayMs,
		ServerFlightBytes: maybe(t.ServerFlightBytes), ServerFlightCount: maybe(int32(t.ServerFlightCount)), ServerFlightRecords: numbers(t.ServerFlightRecords),
		ClientFlightBytes: maybe(t.ClientFlightBytes), ClientFlightCount: maybe(int32(t.ClientFlightCount)), ClientFlightRecords: numbers(t.ClientFlightRecords),
		FlightsCut: t.FlightsCut, ClientCertRequested: t.ClientCertRequested, ChainSHA256: t.ChainSHA256,
		ClientCertSubject: known(t.ClientCertSubject), ClientCertIssuer: known(t.ClientCertIssuer), ClientCertSHA256: known(t.ClientCertSHA256),
		ClientCertEKUs: t.ClientCertEKUs,
	}
	r.leaf(t)
	return r
}

// leaf stays NULL where no certificate was seen.
func (r *handshakeColumns) leaf(t *record.TLSSession) {
	if t.CertIssuer == "" && t.CertSubject == "" && t.CertSerial == "" {
		return
	}
	r.CertSerial, r.CertSignature, r.CertKeyType = known(t.CertSerial), known(t.CertSignatureAlgorithm), known(t.CertKeyType)
	r.CertKeyBits, r.CertValidityDays, r.CertEKUs, r.CertSelfIssued = maybe(int32(t.CertKeyBits)), narrow(t.CertValidityDays), t.CertEKUs, t.CertSelfIssued
	r.CertSCT, r.CertOCSP, r.CertCRL, r.CertCAIssuers = t.CertSCT, t.CertOCSP, t.CertCRL, t.CertCAIssuers
}
