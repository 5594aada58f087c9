package tlswire

// Handshake message types (RFC 8446 section 4, RFC 5246 section 7.4, and the registry "TLS HandshakeType").
const (
	msgHelloRequest       = 0
	msgClientHello        = 1
	msgServerHello        = 2
	msgNewSessionTicket   = 4
	msgHelloRetryDraft    = 6 // TLS 1.3 before draft 22
	msgCertificate        = 11
	msgServerKeyExchange  = 12
	msgCertificateRequest = 13
	msgServerHelloDone    = 14
	msgCertificateVerify  = 15
	msgClientKeyExchange  = 16
	msgCertificateStatus  = 22
)

// Kind says what an [Event] is.
type Kind byte

// The kinds of events. From KindClientHello to KindHandshake the event carries a handshake message in Body.
const (
	KindClientHello Kind = iota + 1
	KindServerHello
	KindHelloRetryRequest
	KindCertificate // of server or client, TLS 1.2 and older; see CertificateList
	KindCertificateStatus
	KindServerKeyExchange
	KindCertificateRequest
	KindServerHelloDone
	KindClientKeyExchange
	KindCertificateVerify
	KindNewSessionTicket
	KindHandshake        // any other handshake message in clear
	KindChangeCipherSpec // what follows in this direction is protected, or (TLS 1.3) it means nothing
	KindAlert            // an alert in clear
	KindProtected        // a record of any type whose payload cannot be read; Size is its length
)

var kindNames = [...]string{
	"none", "client-hello", "server-hello", "hello-retry-request", "certificate", "certificate-status", "server-key-exchange",
	"certificate-request", "server-hello-done", "client-key-exchange", "certificate-verify", "new-session-ticket", "handshake",
	"change-cipher-spec", "alert", "protected",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "none"
}

// kindOf is the kind of a handshake message; a ServerHello with the random of RFC 8446 section 4.1.3 is a
// HelloRetryRequest.
func kindOf(msgType byte, body []byte) Kind {
	switch msgType {
	case msgClientHello:
		return KindClientHello
	case msgServerHello:
		if isRetry(body) {
			return KindHelloRetryRequest
		}
		return KindServerHello
	case msgHelloRetryDraft:
		return KindHelloRetryRequest
	case msgNewSessionTicket:
		return KindNewSessionTicket
	case msgCertificate:
		return KindCertificate
	case msgServerKeyExchange:
		return KindServerKeyExchange
	case msgCertificateRequest:
		return KindCertificateRequest
	case msgServerHelloDone:
		return KindServerHelloDone
	case msgCertificateVerify:
		return KindCertificateVerify
	case msgClientKeyExchange:
		return KindClientKeyExchange
	case msgCertificateStatus:
		return KindCertificateStatus
	}
	return KindHandshake
}

// minHello is the shortest ClientHello or ServerHello body: version, random, empty session id, one suite, no
// compression byte, no extensions. (Drafts of TLS 1.3 had no session id.)
const minHello = 2 + 32 + 2

// plausible reports whether a message of this type may have this length (bytes of body). After a ChangeCipherSpec only
// hellos are sent in clear: those of a TLS 1.3 handshake with a HelloRetryRequest, where the ChangeCipherSpec is for
// show (RFC 8446 appendix D.4).
func plausible(msgType byte, length int, afterCCS bool) bool {
	if isHello(msgType) {
		return length >= minHello && length < 1<<16
	}
	if afterCCS {
		return false
	}
	switch msgType {
	case msgHelloRequest, msgServerHelloDone:
		return length == 0
	case msgCertificate:
		return length >= 3 && length < 1<<18
	case msgNewSessionTicket, msgHelloRetryDraft, msgServerKeyExchange, msgCertificateRequest, msgCertificateVerify,
		msgClientKeyExchange, msgCertificateStatus, 23: // 23: supplemental_data (RFC 4680)
		return length < 1<<16
	}
	return false
}

func isHello(msgType byte) bool { return msgType == msgClientHello || msgType == msgServerHello }
