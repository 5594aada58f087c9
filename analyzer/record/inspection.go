package record

// Names of the signs for and against TLS inspection, as InspectionSign.Name has them.
const (
	SignCorporate  = "issuer is a declared corporate CA"
	SignProduct    = "issuer of an interception product"
	SignForeign    = "issuer outside the expected set"
	SignBare       = "leaf unlike a public one"
	SignProxied    = "behind a proxy's CONNECT"
	SignManyNames  = "one issuer for unrelated names"
	SignLongLived  = "valid longer than public certificates may be"
	SignHello      = "server hello unlike the service's"
	SignFlight     = "certificate flight unlike the service's"
	SignNear       = "handshake near, answer far"
	SignTTL        = "fewer hops than other peers"
	SignDowngrade  = "less than other clients get"
	SignRejected   = "client alert"
	SignPublic     = "issuer in the expected set"
	SignLogged     = "leaf bears timestamps of public logs"
	SignBeforeLogs = "leaf of a time before public logs were required"
	SignCapped     = "not backed by a certificate" // takes off what only a certificate may prove
)

// HasSign reports whether the session bears a sign of that name.
func (t *TLSSession) HasSign(name string) bool {
	for _, s := range t.InspectionSigns {
		if s.Name == name {
			return true
		}
	}
	return false
}
