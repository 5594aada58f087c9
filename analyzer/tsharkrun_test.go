package analyzer_test

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/record"
)

// tsharkFields are asked for in this order.
var tsharkFields = []string{
	"frame.number", "frame.time_epoch", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
	"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.stream", "udp.stream",
	"tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.certificate", "tls.handshake.ja3", "tls.handshake.ja3s",
	"tls.handshake.extensions_key_share_group", "tls.handshake.extensions_supported_group",
	"stun.type", "stun.att.software", "http.request.method", "http.request.uri", "dns.flags.response", "dns.qry.name", "dns.a", "dns.aaaa",
	"sip.Method", "sip.Status-Code", "sdp.media.media", "sdp.media.port", "sdp.media.proto",
	"dns.count.answers", "dns.resp.type", "http.host", "ntp.flags.mode", "dtls.handshake.type",
	"socks.version", "socks.command", "socks.dst", "socks.dstV6", "socks.remote_name", "socks.port", "h225.RasMessage", "q931.message_type",
	"ip.fragment.count", "ipv6.fragment.count",
}

// several separates the values of a field that occurs several times in a frame.
const several = "\x1f"

// frame is what tshark says of one frame: by field, its occurrences.
type frame map[string][]string

// tsharkRun is what tshark says of one capture.
type tsharkRun struct {
	frames  []frame
	streams []string // lines of the RTP statistics
}

// runTshark reads a capture once. That tshark complains of a damaged capture is no error: what it read before counts.
func runTshark(file string) (*tsharkRun, error) {
	args := []string{
		"-n", "-r", file, "--enable-heuristic", "rtp_udp", "--enable-heuristic", "rtcp_udp", "-z", "rtp,streams",
		"-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + several,
	}
	for _, f := range tsharkFields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	r := new(tsharkRun)
	table := false
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		columns := strings.Split(line, "\t")
		switch {
		case strings.HasPrefix(line, "==="):
			table = true
		case table:
			r.streams = append(r.streams, line)
		case len(columns) == len(tsharkFields):
			r.frames = append(r.frames, makeFrame(columns))
		case line != "":
			return nil, fmt.Errorf("a line of %d columns: %q", len(columns), line)
		}
	}
	return r, nil
}

func makeFrame(columns []string) frame {
	f := make(frame)
	for i, c := range columns {
		if c != "" {
			f[tsharkFields[i]] = strings.Split(c, several)
		}
	}
	return f
}

// nth is the value of the n-th occurrence, from 0; empty where there is none.
func (f frame) nth(field string, n int) string {
	if n < 0 || n >= len(f[field]) {
		return ""
	}
	return f[field][n]
}

// ends returns the addresses and ports of the innermost TCP or UDP header that is traffic of the capture, and not a
// quotation.
func (f frame) ends() (proto string, src, dst netip.AddrPort) {
	count := make(map[string]int)
	ip := ""
	for p := range strings.SplitSeq(f.nth("frame.protocols", 0), ":") {
		switch p {
		case "ip", "ipv6":
			ip, proto = p, ""
		case "tcp", "udp":
			proto = p
		case "icmp", "icmpv6":
			return "", src, dst
		case "sflow":
			return proto, src, dst
		}
		count[p]++
		if proto == p {
			src = f.end(ip, ".src", proto, ".srcport", count)
			dst = f.end(ip, ".dst", proto, ".dstport", count)
		}
	}
	return proto, src, dst
}

func (f frame) end(ip, side, proto, port string, count map[string]int) netip.AddrPort {
	a, _ := netip.ParseAddr(f.nth(ip+side, count[ip]-1))
	n, _ := strconv.ParseUint(f.nth(proto+port, count[proto]-1), 10, 16)
	return netip.AddrPortFrom(a, uint16(n))
}

// stream is one TCP or UDP stream as tshark numbers them.
type stream struct {
	tuple
	number string
}

// streamFacts is what the first hellos of a stream say.
type streamFacts struct {
	client                netip.AddrPort
	sni, ja3, ja3s, certs string
	group, groups         string // of the server's key share, and those offered
	http                  string // the first request
}

// tally is what is counted while going through the frames.
type tally struct {
	packets map[tuple]*[2]int64
	stun    map[string]int
	streams map[stream]*streamFacts
	names   []dnsAnswer
	sip     map[factKey]int
	ntp     map[tuple]*[2]int64 // of clients, of servers
	pieces  map[tuple]int64     // packets put together from fragments
}

// facts brings what tshark saw into our form. Our flows are needed only to ask for each whether DNS had named its
// destination.
func (r *tsharkRun) facts(ours *record.Set) facts {
	all := make(facts)
	n := &tally{
		packets: make(map[tuple]*[2]int64), stun: make(map[string]int), streams: make(map[stream]*streamFacts), sip: make(map[factKey]int),
		ntp: make(map[tuple]*[2]int64), pieces: make(map[tuple]int64),
	}
	for _, f := range r.frames {
		n.add(all, f)
	}
	for k, p := range n.packets {
		all.add("conversation", k, fmt.Sprint(*p))
	}
	for k, c := range n.pieces {
		all.add("fragmented", k, fmt.Sprint(c))
	}
	for k, c := range n.ntp {
		all.add("ntp", k, fmt.Sprint(*c))
	}
	for typ, c := range n.stun {
		all.add("stun-type", typ, fmt.Sprint(c))
	}
	for k, c := range n.sip {
		all.add(k.what, k.key, fmt.Sprint(c))
	}
	for id, s := range n.streams {
		all.add("sni", id.tuple, s.sni)
		all.add("certificate", id.tuple, s.certs)
		if id.proto == "tcp" {
			all.add("ja3", id.tuple, s.ja3)
			all.add("ja3s", id.tuple, s.ja3s)
			all.add("tls-group", id.tuple, s.group)
			all.add("tls-groups", id.tuple, s.groups)
		}
		all.add("http", id.tuple, s.http)
	}
	for _, line := range r.streams {
		addRTP(all, line)
	}
	addNames(all, ours, n.names)
	return all
}

func (n *tally) add(all facts, f frame) {
	proto, src, dst := f.ends()
	if proto == "" {
		return
	}
	k, swapped := makeTuple(proto, src, dst)
	if n.packets[k] == nil {
		n.packets[k] = new([2]int64)
	}
	if swapped {
		n.packets[k][1]++
	} else {
		n.packets[k][0]++
	}
	if len(f["ip.fragment.count"])+len(f["ipv6.fragment.count"]) > 0 {
		n.pieces[k]++
	}
	id := stream{k, f.nth(proto+".stream", len(f[proto+".stream"])-1)}
	if n.streams[id] == nil {
		n.streams[id] = new(streamFacts)
	}
	n.streams[id].tls(f, src)
	for _, typ := range f["stun.type"] {
		n.stun[typ]++
	}
	for _, s := range f["stun.att.software"] {
		all.add("stun-software", s, "seen")
	}
	if f.nth("http.request.method", 0) == "CONNECT" {
		all.add("connect", k, f.nth("http.request.uri", 0))
	}
	n.addSIP(all, k, f)
	n.protocols(all, f, k, n.streams[id])
	if src.Port() == 53 {
		n.names = append(n.names, f.answers(dst.Addr())...)
	}
}

// addSIP counts messages by conversation and method or status. Announced media are compared without their address,
// which tshark gives once for a session or once for each medium.
func (n *tally) addSIP(all facts, k tuple, f frame) {
	for _, m := range slices.Concat(f["sip.Method"], f["sip.Status-Code"]) {
		n.sip[factKey{"sip", k.String() + " " + m}]++
	}
	for i, kind := range f["sdp.media.media"] {
		if port := f.nth("sdp.media.port", i); len(f["sip.Method"])+len(f["sip.Status-Code"]) > 0 && port != "0" {
			all.add("sdp-media", k, kind+" "+port+" "+f.nth("sdp.media.proto", i))
		}
	}
}

// tls keeps the first ClientHello and server certificate, and the last ServerHello: the one after a HelloRetryRequest.
func (s *streamFacts) tls(f frame, src netip.AddrPort) {
	if slices.Contains(f["tls.handshake.type"], "1") && !s.client.IsValid() {
		s.client, s.sni, s.ja3 = src, f.nth("tls.handshake.extensions_server_name", 0), f.nth("tls.handshake.ja3", 0)
		s.groups = groupNames(f["tls.handshake.extensions_supported_group"])
	}
	if slices.Contains(f["tls.handshake.type"], "2") && !slices.Contains(f["tls.handshake.type"], "1") {
		if list := f["tls.handshake.extensions_key_share_group"]; len(list) > 0 {
			s.group = groupNames(list[len(list)-1:])
		}
	}
	if ja3s := f["tls.handshake.ja3s"]; len(ja3s) > 0 {
		s.ja3s = ja3s[len(ja3s)-1]
	}
	der, err := hex.DecodeString(f.nth("tls.handshake.certificate", 0))
	if err != nil || len(der) == 0 || s.certs != "" || s.client == src {
		return
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		s.certs = err.Error()
		return
	}
	s.certs = certName(rfc4514(c.RawSubject), rfc4514(c.RawIssuer), fmt.Sprintf("%x", sha256.Sum256(der)))
}

// groupNames is the names of the groups that tshark lists as numbers, without GREASE.
func groupNames(list []string) string {
	var names []string
	for _, s := range list {
		if v, err := strconv.ParseUint(s, 0, 16); err == nil && !tlswire.IsGREASE(uint16(v)) {
			names = append(names, tlswire.GroupName(uint16(v)))
		}
	}
	return strings.Join(names, " ")
}

// rfc4514 writes a name as the standard library does, with the two attribute types that LDAP spells in another way.
func rfc4514(name []byte) string {
	var n pkix.RDNSequence
	if _, err := asn1.Unmarshal(name, &n); err != nil {
		return err.Error()
	}
	return strings.NewReplacer("SERIALNUMBER=", "serialNumber=", "POSTALCODE=", "postalCode=").Replace(n.String())
}

// oneClock are the payload types, as tshark names them, whose clock rate nobody has to guess.
var oneClock = []string{"g711U", "g711A", "GSM", "g729", "g723"}

// addRTP reads a line of the RTP statistics: start, end, source, port, destination, port, SSRC, what it carries (maybe
// several words), packets, lost, share lost in brackets, …
func addRTP(all facts, line string) {
	c := strings.Fields(line)
	percent := slices.IndexFunc(c, func(s string) bool { return strings.HasPrefix(s, "(") && strings.HasSuffix(s, "%)") })
	if percent < 10 {
		return
	}
	n, err1 := strconv.Atoi(c[percent-2])
	lost, err2 := strconv.Atoi(c[percent-1])
	if err1 == nil && err2 == nil && n >= minRTP {
		key := fmt.Sprintf("%s:%s %s:%s 0x%s", c[2], c[3], c[4], c[5], strings.ToLower(c[6][2:]))
		all.add("rtp", key, fmt.Sprintf("%d of %d", n, n+lost))
		if len(c) > percent+5 && slices.Contains(oneClock, c[7]) {
			all.add("rtp-jitter", key, c[percent+5])
		}
	}
}

// dnsAnswer is one address that a client was given for a name.
type dnsAnswer struct {
	client, addr netip.Addr
	name         string
	time         float64 // seconds since 1970
}

func (f frame) answers(client netip.Addr) (list []dnsAnswer) {
	time, _ := strconv.ParseFloat(f.nth("frame.time_epoch", 0), 64)
	for _, s := range slices.Concat(f["dns.a"], f["dns.aaaa"]) {
		if a, err := netip.ParseAddr(s); err == nil {
			list = append(list, dnsAnswer{client, a, f.nth("dns.qry.name", 0), time})
		}
	}
	return list
}

// addNames says for each of our flows which name its client had been given last for the destination, else anybody.
func addNames(all facts, ours *record.Set, names []dnsAnswer) {
	for _, f := range ours.Flows {
		k, _ := tupleOf(f)
		if k.a.Port() == 53 || k.b.Port() == 53 || f.Proto != "tcp" && f.Proto != "udp" {
			continue
		}
		begin := float64(f.StartTime)/1e9 + 0.05 // an answer may be captured a little late
		var own, other string
		for _, n := range names {
			switch {
			case n.addr != f.DstIP || n.time > begin:
			case n.client == f.SrcIP:
				own = n.name
			default:
				other = n.name
			}
		}
		all.add("dns-name", k, cmp.Or(own, other))
	}
}
