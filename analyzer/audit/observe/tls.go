package observe

import "webexaudit/analyzer/record"

// Inspected reports whether the session's inspection is at least probable.
func Inspected(t *record.TLSSession) bool {
	return record.Confidence(t.Inspection).Rank() >= record.Probable.Rank()
}

// CertificateCut reports whether the session's certificate was sent in the clear and is missing because packets were
// cut: TLS 1.3 and resumed sessions show none in any capture. No record says of a single packet that it was cut.
func (t *TLS) CertificateCut() bool {
	hidden := t.TLSVersion == "1.3" || t.Resumed != nil && *t.Resumed
	return t.CertIssuer == "" && !hidden && (t.CertPartial || t.Flow.Truncated)
}

// IssuerSubject groups sessions by the authority that signed them, else by the client's site or subnet.
func (t *TLS) IssuerSubject() record.Subject {
	if t.CertIssuer != "" {
		return record.Subject{Kind: "issuer", Key: t.CertIssuer}
	}
	return t.Flow.Subject
}
