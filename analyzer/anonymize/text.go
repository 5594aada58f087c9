package anonymize

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

// vocabulary are words of SIP, SDP, HTTP, XMPP and certificates that name nobody (RFC 3261, RFC 8866, RFC 9110). All
// other words are mapped.
var vocabulary = func() map[string]bool {
	v := map[string]bool{}
	for w := range strings.FieldsSeq(`sip sips tel udp tcp tls tls-sctp sctp ws wss http https rtp avp avpf savp savpf srtp
		invite ack bye cancel register options prack update info message notify subscribe refer publish
		get post put head connect delete patch trace websocket upgrade keep-alive close chunked gzip
		via from to tag branch rport received maddr ttl expires transport user phone lr ob q method
		ok trying ringing session progress moved unauthorized forbidden not found allowed proxy authentication required
		request timeout gone busy here terminated acceptable pending server internal error implemented bad gateway service
		unavailable version supported everywhere decline does exist anywhere established connection
		application sdp text plain html json cpl pidf isup multipart mixed boundary
		in ip4 ip6 audio video image data sendrecv sendonly recvonly inactive rtpmap fmtp ptime maxptime rtcp mux crypto
		pcmu pcma g722 g729 g729a opus telephone-event h264 h265 vp8 vp9 av1 rtx red ulpfec cn tias as ct rr rs
		packetization-mode profile-level-id mid group bundle setup actpass active passive fingerprint sha-1 sha-256 ice-ufrag
		candidate host srflx prflx relay typ raddr foundation label content main slides
		refresher uac uas min-se timer replaces norefersub gruu path outbound 100rel precondition
		basic digest negotiate ntlm kerberos bearer realm nonce qop auth opaque algorithm md5 stale false true
		stream xmlns client id xml version encoding utf-8 host port application zlib
		ca root authority g2 g3 g4 inc ltd llc gmbh co corp organization unit inspection ssh www com net org`) {
		v[w] = true
	}
	return v
}()

// text maps the names, addresses and words of a text, with grow to one of another length where addresses need it; then
// a Content-Length says what it said before of the new body. Without grow every address that needs another length
// becomes a word.
func (m *Mapper) text(b []byte, grow bool) []byte {
	head, body, found := bytes.Cut(b, []byte("\r\n\r\n"))
	if !grow || !found {
		return m.plain(b, grow)
	}
	mapped := m.plain(body, true)
	out := m.plain(head, true)
	out = relength(out, len(mapped)-len(body))
	return append(append(out, "\r\n\r\n"...), mapped...)
}

// relength adds to the number in Content-Length.
func relength(head []byte, delta int) []byte {
	for _, name := range []string{"\r\ncontent-length:", "\r\nl:"} {
		at := bytes.Index(bytes.ToLower(head), []byte(name))
		if at < 0 || delta == 0 {
			continue
		}
		at += len(name)
		line, _, _ := bytes.Cut(head[at:], []byte("\r\n"))
		n, err := strconv.Atoi(string(bytes.TrimSpace(line)))
		if err != nil {
			return head
		}
		return append(append(append([]byte(nil), head[:at]...), " "+strconv.Itoa(n+delta)...), head[at+len(line):]...)
	}
	return head
}

// plain maps a text run by run.
func (m *Mapper) plain(b []byte, grow bool) []byte {
	out := make([]byte, 0, len(b)+32)
	for i := 0; i < len(b); {
		if n := m.known(b[i:], i == 0 || b[i-1] == '\n'); n > 0 {
			out, i = append(out, b[i:i+n]...), i+n
			continue
		}
		n := runLength(b[i:])
		if n == 0 {
			out, i = append(out, b[i]), i+1
			continue
		}
		run := string(b[i : i+n])
		out, i = append(out, m.run(run, isUser(b[:i], b[i+n:]), grow)...), i+n
	}
	return out
}

// isUser reports whether what stands between is the user of a URI: of sip before its @, of tel always.
func isUser(before, after []byte) bool {
	for _, scheme := range []string{"tel:", ":+"} {
		if bytes.HasSuffix(before, []byte(scheme)) {
			return true
		}
	}
	sip := bytes.HasSuffix(before, []byte("sip:")) || bytes.HasSuffix(before, []byte("sips:"))
	return sip && bytes.HasPrefix(after, []byte("@"))
}

// known is how much of a line stays: the name of its field, and all of one that the pack knows a program by.
func (m *Mapper) known(b []byte, first bool) int {
	if !first {
		return 0
	}
	if len(b) > 1 && b[1] == '=' { // a line of SDP
		if bytes.HasPrefix(b, []byte("a=rtpmap:")) {
			line, _, _ := bytes.Cut(b, []byte("\n"))
			return len(line)
		}
		return 2
	}
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || len(name) > 40 || bytes.ContainsAny(name, " \t@=/.") {
		return 0
	}
	if _, is := m.pack.UserAgent(string(bytes.TrimSpace(value))); is && bytes.EqualFold(name, []byte("User-Agent")) {
		return len(line)
	}
	return len(name) + 1
}

// runLength is how many bytes belong together: a word, a name, an address.
func runLength(b []byte) int {
	n := 0
	for n < len(b) && (hexDigit(b[n]) || b[n] == ':' || b[n] == '.') {
		n++
	}
	if a, err := netip.ParseAddr(string(b[:n])); err == nil && a.Is6() {
		return n
	}
	for n = 0; n < len(b) && (alnum(b[n]) || n > 0 && joins(b[n])); n++ {
	}
	for n > 0 && (b[n-1] == '.' || b[n-1] == '-') {
		n--
	}
	return n
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

func joins(c byte) bool { return c == '.' || c == '-' || c == '_' }

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// unnumbered keeps a word that stands for an address from being read as one, of a machine that does not exist.
func unnumbered(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r - '0' + 'g'
	case r == '.' || r == ':':
		return '-'
	}
	return r
}

const cookie = "z9hG4bK" // that begins a branch (RFC 3261 section 8.1.1.7)

// longNumber is from how many digits on a number may be somebody's: ports and clock rates have fewer.
const longNumber = 6

func (m *Mapper) run(s string, person, grow bool) string {
	if a, err := netip.ParseAddr(s); err == nil {
		to := m.Addr(a).String()
		if grow || len(to) == len(s) {
			return to
		}
		return strings.Map(unnumbered, m.Word(s))
	}
	number := strings.Trim(s, digits+".") == ""
	switch {
	case person:
		return m.Name(s + ".x")[:len(s)]
	case number && (len(s) < longNumber || strings.Contains(s, ".")), vocabulary[strings.ToLower(s)]:
		return s
	case strings.HasPrefix(s, cookie):
		return cookie + m.Word(s[len(cookie):])
	case strings.Contains(s, "."):
		return m.Name(s)
	}
	return m.Word(s)
}
