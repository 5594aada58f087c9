package signatures

import "slices"

// Classes of a name: what a match of the SNI, a DNS answer or a CONNECT target proves on its own.
const (
	ClassStrong = "strong" // the flow is Webex
	ClassMedium = "medium" // the flow is Webex; web pages are told apart by their function
	ClassWeak   = "weak"   // counts only beside another Webex flow of the same host in the same window
	ClassNever  = "never"  // context only: a third party that Webex clients also use
)

// Kinds of an address range. KindRetired replaces the row's own kind once the range is withdrawn, so that a
// withdrawn range can never be taken for a current one.
const (
	KindGovernment    = "government"
	KindMediaVIMT     = "media-vimt"
	KindMedia         = "media"
	KindCalling       = "calling"
	KindCallingConfig = "calling-config"
	KindASSpace       = "as-space"
	KindRetired       = "retired"
)

// Tiers of an address range.
const (
	TierPublished = "published" // in Cisco's list
	TierProbable  = "probable"  // routed by Webex, or in a second-hand list
)

// What the address or name of the server must be before a port row may count. The port alone never makes Webex.
const (
	NeedsMedia         = "media"              // a media range: media, media-vimt or government
	NeedsCalling       = "calling"            // a Webex Calling range
	NeedsCallingConfig = "calling-config"     // a device configuration range
	NeedsName          = "name"               // a strong or medium name (SNI, DNS answer, CONNECT, certificate)
	NeedsTestTool      = "test-tool"          // a name whose role is test-tool
	NeedsMesh          = "mesh"               // a Video Mesh node, declared or learnt
	NeedsExpressway    = "expressway"         // an end that is a declared or learnt Expressway
	NeedsTraversal     = "traversal"          // both ends are Expressways
	NeedsPremises      = "premises"           // both ends inside the enterprise, one of them a known Webex client
	NeedsDeclared      = "declared"           // only where the site file names the role
	NeedsDedicated     = "dedicated-instance" // a name whose role is dedicated-instance
	NeedsAny           = "any"                // supporting service: never Webex by itself
)

// Ranks of a media port in the fallback order. RankRetired replaces the row's own rank once the port is retired.
const (
	RankPrimary   = "primary"
	RankFallback1 = "fallback1"
	RankFallback2 = "fallback2"
	RankRetired   = "retired"
)

// Inspection policy of a name or address range.
const (
	InspectionUnsupported = "unsupported" // Cisco says that TLS inspection breaks it
	InspectionDiscouraged = "discouraged" // works with a trusted CA, bypass recommended
)

// RoleMediaNode marks the names of media nodes.
const RoleMediaNode = "media-node"

// RoleDedicated marks the names of Dedicated Instances.
const RoleDedicated = "dedicated-instance"

// Clients that number RTP payload types differently.
const (
	ClientNative  = "native"
	ClientBrowser = "browser"
	ClientSIP     = "sip"
)

// Kinds of a certificate issuer.
const (
	IssuerPublic       = "public"
	IssuerInterception = "interception"
	IssuerCiscoDevice  = "cisco-device"
)

// SNINone is the condition of port rows that count only without SNI, or with the name of a media node.
const SNINone = "none-or-media-node"

var (
	services = []string{
		"meetings", "calling", "messaging", "identity", "content", "mesh", "edge-audio", "edge-connect",
		"hybrid-connector", "expressway", "contact-center", "government", "third-party", "other",
	}
	functions = []string{
		"media-audio", "media-video", "media-share", "media-mixed", "signalling", "websocket", "reachability", "turn",
		"telemetry", "update", "revocation", "name", "time", "file-transfer", "web", "other",
	}
	confidences = []string{"confirmed", "probable", "possible"}
	nameClasses = []string{ClassStrong, ClassMedium, ClassWeak, ClassNever}
	nameRoles   = []string{RoleMediaNode, "media-service", "media-discovery", "sip-edge", "test-tool", RoleDedicated}
	inspections = []string{InspectionUnsupported, InspectionDiscouraged}
	prefixKinds = []string{KindGovernment, KindMediaVIMT, KindMedia, KindCalling, KindCallingConfig, KindASSpace}
	tiers       = []string{TierPublished, TierProbable}
	protos      = []string{"udp", "tcp", "tls"}
	needs       = []string{NeedsMedia, NeedsCalling, NeedsCallingConfig, NeedsName, NeedsTestTool, NeedsMesh,
		NeedsExpressway, NeedsTraversal, NeedsPremises, NeedsDeclared, NeedsDedicated, NeedsAny}
	devices       = []string{"app", "room-device", "phone", "browser", "mesh-node", "local-gateway", "expressway"}
	roles         = slices.Concat(devices, []string{"expressway-c", "expressway-e", "cloud", "unified-cm", "edge-audio", "internet", "connector", "proxy"})
	mediaClasses  = []string{"audio", "video", "share", "mixed"}
	ranks         = []string{RankPrimary, RankFallback1, RankFallback2}
	sniConditions = []string{SNINone}
	directions    = []string{"up", "down", "both"}
	rtpClients    = []string{ClientNative, ClientBrowser, ClientSIP}
	payloadKinds  = []string{"audio", "video", "share", "fec", "rtx", "telephone-event"}
	issuerKinds   = []string{IssuerPublic, IssuerInterception, IssuerCiscoDevice}
	stunClasses   = []string{ClassStrong, ClassWeak}
	tlsVersions   = []string{"1.2", "1.3"}
	nameSystems   = []string{"ndpi", "nbar2"}
)
