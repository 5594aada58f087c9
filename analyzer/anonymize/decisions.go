package anonymize

import "strings"

// decision is how a text of a record is mapped, and whether only when all values of the set are known. The zero value
// blanks it.
type decision struct {
	do   func(x *setMapper, s string) string
	late bool
}

func (d decision) of(x *setMapper, s string) string {
	if d.do == nil {
		return ""
	}
	return d.do(x, s)
}

var (
	keep      = decision{do: func(_ *setMapper, s string) string { return s }} // a word of the program or of the pack
	elsewhere = keep                                                           // setMapper.record maps it
	prose     = decision{do: (*setMapper).prose, late: true}                   // a sentence made of values
	leftOut   = decision{do: func(*setMapper, string) string { return omitted }}
	ident     = decision{do: (*setMapper).ident}
	file      = decision{do: (*setMapper).file}
	host      = decision{do: (*setMapper).host}
	word      = decision{do: (*setMapper).word}
	site      = decision{do: (*setMapper).site}
	plain     = decision{do: (*setMapper).plain}
	dn        = decision{do: (*setMapper).dn}
	mac       = decision{do: (*setMapper).mac}
	filter    = decision{do: (*setMapper).filter}

	fingerprint = decision{do: func(x *setMapper, s string) string {
		version, id, _ := strings.Cut(s, "-")
		return version + "-" + x.ident(id)
	}}
	username = decision{do: func(x *setMapper, s string) string {
		if _, known := x.m.pack.STUNUsername(s); known {
			return s
		}
		return x.know(s, x.m.Name(s))
	}}
	software = decision{do: func(x *setMapper, s string) string {
		if _, known := x.m.pack.STUNSoftware(s); known {
			return s
		}
		return x.plain(s)
	}}
	agent = decision{do: func(x *setMapper, s string) string {
		if _, known := x.m.pack.UserAgent(s); known {
			return s
		}
		return x.plain(s)
	}}
	alpn = oneOf("http/1.0 http/1.1 h2 h2c h3 http/0.9 webrtc c-webrtc ftp imap pop3 managesieve stun.turn " +
		"stun.nat-discovery xmpp-client xmpp-server acme-tls/1 mqtt dot doq ntske/1 sip/2 spdy/1 spdy/2 spdy/3 spdy/3.1 " +
		"coap irc smb postgresql tds/8.0")
	kiss = oneOf("ACST AUTH AUTO BCST CRYP DENY DROP RSTR INIT MCST NKEY NTSN RATE RMOT STEP")
	eku  = decision{do: func(x *setMapper, s string) string {
		if strings.HasPrefix(s, "1.3.6.1.4.1.") && !strings.HasPrefix(s, "1.3.6.1.4.1.311.") {
			return x.m.Word(s) // of an enterprise
		}
		return s
	}}
)

// omitted stands where a text was that somebody wrote.
const omitted = "(left out)"

// oneOf keeps registered words (RFC 7301, RFC 5905), and maps others.
func oneOf(words string) decision {
	known := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		known[w] = true
	}
	return decision{do: func(x *setMapper, s string) string {
		if known[s] {
			return s
		}
		return x.word(s)
	}}
}

// decisions has every member of a record that holds text, alone, in a list or as the keys of a map; what is missing is
// blank, and the test names it. Members with types of their own hold words of this program and of the pack.
var decisions = map[string]decision{
	"Run.Tool": keep, "Run.Version": keep, "Run.Arguments": elsewhere, "Run.Interface": word, "Run.Site": ident,
	"File.Path": file, "File.SHA256": ident, "File.XXH3": ident, "File.LinkTypes": keep, "File.Damage": prose,
	"Pack.ID": keep, "Pack.Date": keep, "Pack.Digest": keep, "Pack.Newest": keep,
	"Vantage.Value": keep, "Vantage.Reason": prose, "Shown.Client": host,
	"ListedRange.Prefix": host, "ListedRange.Kind": keep, "ListedRange.Why": keep,

	"CaptureHealth.File": file, "CaptureHealth.Interface": word, "CaptureHealth.DuplicatePairs": keep,
	"CaptureHealth.Undecodable": keep, "CaptureHealth.Unknown": keep, "CaptureHealth.LossEvidence": prose,
	"CaptureHealth.Damage": prose,

	"Flow.FlowID": ident, "Flow.CommunityID": elsewhere, "Flow.Proto": keep, "Flow.Initiator": keep, "Flow.EndReason": keep,
	"Flow.FirstFile": file, "Flow.LastFile": file, "Flow.Reason": prose, "Flow.SignatureIDs": keep,
	"Flow.ClientSubnet": host, "Flow.Site": site, "Flow.App": keep, "Flow.SNI": host, "Flow.DNSName": host,
	"Flow.ALPN": alpn, "Flow.JA3": keep, "Flow.JA4": keep, "Flow.TLSVersion": keep, "Flow.NextHop": mac,
	"Flow.Interface": word, "Flow.Tunnels": keep, "Flow.Network": keep, "Flow.Prefix": host, "Flow.Region": keep,
	"Flow.ServerAS": keep, "Flow.MediaClass": keep, "Flow.Device": keep, "Flow.PortPlan": keep, "Flow.ClientRole": keep,
	"Flow.ServerRole": keep, "Flow.PairPlan": keep, "Flow.BlockPage": keep, "Flow.Retired": keep,
	"Flow.Inspection": keep, "Network.Tunnel": keep, "DSCPChange.Direction": keep, "KeyPacket.Kind": keep,
	"TCPFacts.ResetBy": keep, "TCPFacts.OptionsFwd": keep, "TCPFacts.OptionsRev": keep, "TCPEnd.ClosedBy": keep,
	"ICMPError.Prefix": host,

	"STUNFacts.Types": keep, "STUNFacts.Software": software, "STUNFacts.Username": username, "STUNFacts.Mapped": host,
	"STUNFacts.Relayed": host, "Rebinding.From": host, "Rebinding.To": host,
	"ConnectFacts.Protocol": keep, "ConnectFacts.Host": host, "ConnectFacts.Schemes": plain,
	"SIPFacts.Requests": plain, "SIPFacts.CallID": plain, "SIPFacts.Agents": agent, "SIPFacts.Domains": host,
	"SIPFacts.Compared": keep, "SIPTimer.CallID": plain, "SIPTimer.Refresher": keep, "SIPTimer.EndedBy": keep,
	"SIPAddress.Where": keep, "SIPMedia.Direction": keep, "SIPMedia.Address": host, "SIPMedia.Kind": plain,
	"SIPMedia.Profile": plain, "SIPType.Codec": plain,
	"HTTPExchange.Method": plain, "HTTPExchange.Host": host, "HTTPFacts.UserAgent": agent, "HTTPFacts.Upgrade": plain,
	"HTTPFacts.Server": plain, "HTTPFacts.Via": plain, "HTTPFacts.Location": host, "HTTPFacts.Fields": plain,
	"HTTPFacts.Schemes": plain, "NTPFacts.Kiss": kiss, "DTLSFacts.Version": keep, "DTLSFacts.SRTPOffered": keep,
	"DTLSFacts.SRTPSelected": keep, "SSHFacts.SoftwareFwd": plain, "SSHFacts.SoftwareRev": plain, "XMPPFacts.To": host,
	"XMPPFacts.From": host, "XMPPFacts.StartTLS": keep, "H323Facts.Messages": keep,
	"Lookup.Name": host, "Lookup.QType": keep, "Lookup.RCode": keep, "Lookup.Answers": host, "Lookup.AnswerKind": keep,
	"Lookup.BlockPage": keep,

	"MediaStream.StreamID": ident, "MediaStream.FlowID": ident, "MediaStream.Direction": keep, "MediaStream.Kind": keep,
	"MediaStream.ClockSource": keep, "MediaStream.Profile": plain, "MediaStream.MOSInputs": keep,
	"MediaStream.ClientSubnet": host, "MediaStream.Site": site, "MediaInterval.StreamID": ident,
	"MediaInterval.FlowID": ident, "StreamLedger.RTTSource": keep, "StreamLedger.Unknown": keep, "Stretch.RTTSource": keep,
	"Stretch.Unknown": keep,

	"TLSSession.FlowID": ident, "TLSSession.CommunityID": elsewhere, "TLSSession.SNI": host, "TLSSession.TLSVersion": keep,
	"TLSSession.CipherSuite": keep, "TLSSession.ALPN": alpn, "TLSSession.JA3": keep, "TLSSession.JA3S": keep,
	"TLSSession.JA4": keep, "TLSSession.CertSubject": dn, "TLSSession.CertIssuer": dn, "TLSSession.CertSANs": host,
	"TLSSession.CertSHA256": ident, "TLSSession.ChainIssuers": dn, "TLSSession.Alerts": keep,
	"TLSSession.Inspection": keep, "TLSOffer.VersionsOffered": keep, "TLSOffer.GroupsOffered": keep,
	"TLSOffer.KeyShares": keep, "TLSOffer.Group": keep, "TLSOffer.ALPNOffered": alpn, "CertDetails.CertSerial": ident,
	"CertDetails.CertSignatureAlgorithm": keep, "CertDetails.CertKeyType": keep, "CertDetails.CertEKUs": eku,
	"CertDetails.ChainSHA256": ident, "CertDetails.ClientCertSubject": dn, "CertDetails.ClientCertIssuer": dn,
	"CertDetails.ClientCertSHA256": ident, "CertDetails.ClientCertEKUs": eku, "InspectionSign.Name": keep,
	"InspectionSign.Value": prose,

	"Reachability.Client": host, "Reachability.Prefix": host, "Reachability.Clients": host, "Reachability.FlowIDs": ident,
	"Session.SessionID": ident, "Session.ClientSubnet": host, "Session.Site": site, "Session.FallbackReason": elsewhere,
	"Session.Story": elsewhere, "Session.Reason": elsewhere, "Session.EndedBy": keep, "Session.Node": host,
	"Session.Region": keep, "Session.Proxy": host, "Session.Media": keep, "Session.FlowIDs": ident, "Session.CallID": ident,
	"Session.StreamIDs": ident, "Session.Why": elsewhere, "Session.CauseIDs": ident,

	"Point.Name": file, "Point.Files": file, "Point.Vantage": keep, "Comparison.Problem": prose,
	"Comparison.ClockMethod": keep, "Comparison.DelayProblem": prose, "ComparedStream.Kind": keep,
	"ComparedStream.Problem": prose, "ComparedStream.First": keep, "ComparedStream.FirstBy": keep,
	"StreamEnd.FlowID": ident,

	"Finding.FindingID": ident, "Finding.Fingerprint": fingerprint, "Finding.Rule": elsewhere, "Finding.RuleVersion": elsewhere,
	"Finding.Title": elsewhere, "Finding.Summary": elsewhere, "Finding.Clients": host, "Finding.ClientSubnets": host,
	"Finding.Sites": site, "Finding.Hosts": host, "Finding.FlowIDs": ident, "Finding.SessionIDs": ident,
	"Finding.CausedBy": ident, "Finding.Expected": elsewhere, "Finding.Actual": elsewhere, "Finding.Missing": elsewhere,
	"Finding.Remediation": elsewhere, "Finding.Baseline": keep, "Subject.Kind": keep, "Subject.Key": elsewhere,
	"Threshold.Name": elsewhere, "Threshold.Unit": elsewhere, "Threshold.Origin": elsewhere,
	"Evidence.Kind": keep, "Evidence.File": file, "Evidence.PacketNumbers": keep, "Evidence.CommunityID": elsewhere,
	"Evidence.Filter": filter, "Evidence.Fields": elsewhere,
	"Waiver.ID": word, "Waiver.Owner": leftOut, "Waiver.Reason": leftOut, "Waiver.Expires": keep, "Waiver.Ticket": leftOut,

	"Summary.Missing": prose, "Summary.Answer": elsewhere, "Summary.Instruction": elsewhere, "Summary.ExitReason": elsewhere,
	"Summary.Notices": leftOut, "Summary.Groups": keep,
}
