package sip

import (
	"fmt"
	"strings"
	"testing"
)

// message puts CRLF after each line and the empty line behind the head.
func message(head ...string) string { return strings.Join(head, "\r\n") + "\r\n\r\n" }

// register is F1 of RFC 3261 section 24.1, trying and ok are F5 and F11 of section 24.2.
var (
	register = message(
		"REGISTER sip:registrar.biloxi.com SIP/2.0",
		"Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7",
		"Max-Forwards: 70",
		"To: Bob <sip:bob@biloxi.com>",
		"From: Bob <sip:bob@biloxi.com>;tag=456248",
		"Call-ID: 843817637684230@998sdasdh09",
		"CSeq: 1826 REGISTER",
		"Contact: <sip:bob@192.0.2.4>",
		"Expires: 7200",
		"Content-Length: 0")
	trying = message(
		"SIP/2.0 100 Trying",
		"Via: SIP/2.0/UDP bigbox3.site3.atlanta.com;branch=z9hG4bK77ef4c2312983.1 ;received=192.0.2.2",
		"Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8 ;received=192.0.2.1",
		"To: Bob <sip:bob@biloxi.com>",
		"From: Alice <sip:alice@atlanta.com>;tag=1928301774",
		"Call-ID: a84b4c76e66710",
		"CSeq: 314159 INVITE",
		"Content-Length: 0")
	ok = message(
		"SIP/2.0 200 OK",
		"Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8 ;received=192.0.2.1",
		"To: Bob <sip:bob@biloxi.com>;tag=a6c85cf",
		"From: Alice <sip:alice@atlanta.com>;tag=1928301774",
		"Call-ID: a84b4c76e66710",
		"CSeq: 314159 INVITE",
		"Contact: <sip:bob@192.0.2.4>",
		"Content-Type: application/sdp",
		"Content-Length: 131") + strings.Repeat("x", 131)
)

// tortuous is RFC 4475 section 3.1.1.1, rport is section 5 of RFC 3581's answer with an address.
var (
	tortuous = message(
		"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
		"TO :",
		" sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
		`from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>`,
		"  ;",
		"  tag = 98asjd8",
		"MaX-fOrWaRdS: 0068",
		"Call-ID: wsinv.ndaksdj@192.0.2.1",
		"Content-Length   : 150",
		"cseq: 0009",
		"  INVITE",
		"Via  : SIP  /   2.0",
		" /UDP",
		"    192.0.2.2;branch=390skdjuw",
		"s :",
		"NewFangledHeader:   newfangled value",
		" continued newfangled value",
		"UnknownHeaderWithUnusualValue: ;;,,;;,;",
		"Content-Type: application/sdp",
		"Route:",
		" <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
		"v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
		"  branch  =   z9hG4bK9ikj8  ,",
		" SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
		" z9hG4bK30239",
		`m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =`,
		"      newvalue ;",
		"  secondparam ; q = 0.33") +
		"v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n" +
		"m=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"
	rport = message(
		"SIP/2.0 200 OK",
		"Via: SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=9988;branch=z9hG4bKkjshdyff",
		"Call-ID: zznzHd@1", "CSeq: 1 INVITE")
)

// text sums a message up.
func text(m *Message) string {
	var b strings.Builder
	if m.Method != nil {
		fmt.Fprintf(&b, "%s %s", m.Method, m.URI)
	} else {
		fmt.Fprint(&b, m.Status)
	}
	for _, v := range m.Via {
		fmt.Fprintf(&b, " via %s %s:%d", v.Transport, v.Host, v.Port)
		if v.Received != nil {
			fmt.Fprintf(&b, " received %s", v.Received)
		}
		if v.RPort {
			fmt.Fprintf(&b, " rport %d", v.Source)
		}
	}
	for _, c := range m.Contact {
		fmt.Fprintf(&b, " contact %s:%d", c.Host, c.Port)
	}
	fmt.Fprintf(&b, " id %s cseq %d %s", m.CallID, m.CSeq, m.CSeqMethod)
	if m.ContentType != nil {
		fmt.Fprintf(&b, " type %s", m.ContentType)
	}
	if m.UserAgent != nil || m.Server != nil {
		fmt.Fprintf(&b, " agent %s%s", m.UserAgent, m.Server)
	}
	if m.Expires >= 0 {
		fmt.Fprintf(&b, " expires %d", m.Expires)
	}
	fmt.Fprintf(&b, " length %d", m.ContentLength)
	if m.Whole {
		fmt.Fprintf(&b, " body %d", len(m.Body))
	}
	return b.String()
}

func TestParse(t *testing.T) {
	line := "OPTIONS sip:a.example SIP/2.0"
	for _, tt := range []struct{ name, in, want string }{
		{"RFC 3261 24.1 F1", register, "REGISTER sip:registrar.biloxi.com via UDP bobspc.biloxi.com:5060 contact 192.0.2.4:0 id 843817637684230@998sdasdh09 cseq 1826 REGISTER expires 7200 length 0 body 0"},
		{"RFC 3261 24.2 F5", trying, "100 via UDP bigbox3.site3.atlanta.com:0 received 192.0.2.2 via UDP pc33.atlanta.com:0 received 192.0.2.1 id a84b4c76e66710 cseq 314159 INVITE length 0 body 0"},
		{"RFC 3261 24.2 F11", ok, "200 via UDP pc33.atlanta.com:0 received 192.0.2.1 contact 192.0.2.4:0 id a84b4c76e66710 cseq 314159 INVITE type application/sdp length 131 body 131"},
		{"RFC 4475 3.1.1.1", tortuous, "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam via UDP 192.0.2.2:0 via TCP spindle.example.com:0 via UDP 192.168.255.111:0 contact example.com:0 id wsinv.ndaksdj@192.0.2.1 cseq 9 INVITE type application/sdp length 150 body 150"},
		{"RFC 3581", rport, "200 via UDP 10.1.1.1:4540 received 192.0.2.1 rport 9988 id zznzHd@1 cseq 1 INVITE length -1 body 0"},
		{"compact forms", message(line, "v: SIP/2.0/TCP [2001:db8::9]:5062;rport", "m: <sip:[2001:db8::9]:5062;transport=tcp>", "i: 1", "l: 7", "c: application/sdp;x=y"),
			"OPTIONS sip:a.example via TCP 2001:db8::9:5062 rport 0 contact 2001:db8::9:5062 id 1 cseq 0  type application/sdp length 7 body 0"},
		{"line ends without CR", strings.ReplaceAll(register, "\r", ""), "REGISTER sip:registrar.biloxi.com via UDP bobspc.biloxi.com:5060 contact 192.0.2.4:0 id 843817637684230@998sdasdh09 cseq 1826 REGISTER expires 7200 length 0 body 0"},
		{"lengths that are none", message(line, "Content-Length: -999", "Expires: 36893488147419103232"), "OPTIONS sip:a.example id  cseq 0  length -1 body 0"},
		{"contacts", message(line, `Contact: "a, b <c>" <sip:u;p=1@192.0.2.7:5070>;q=1, sips:192.0.2.8;lr, *`, "Contact: <tel:+1>, <mailto:a@b.example>"),
			"OPTIONS sip:a.example contact 192.0.2.7:5070 contact 192.0.2.8:0 id  cseq 0  length -1 body 0"},
		{"agents", message("SIP/2.0 404 ", "Server: x", "User-Agent: y", "User-Agent: z"), "404 id  cseq 0  agent yx length -1 body 0"},
		{"cut in a field", register[:len("REGISTER sip:registrar.biloxi.com SIP/2.0\r\nVia: SIP/2.0/UDP bobspc.biloxi.com:50")], "REGISTER sip:registrar.biloxi.com id  cseq 0  length -1"},
		{"cut behind a field, which might go on", line + "\r\nCall-ID: 1\r\n", "OPTIONS sip:a.example id  cseq 0  length -1"},
		{"cut in the start line", "INVITE sip:b", "INVITE  id  cseq 0  length -1"},
		{"no field", message(line, "what", ": x"), "OPTIONS sip:a.example id  cseq 0  length -1 body 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if err := Parse([]byte(tt.in), &m); err != nil {
				t.Fatal(err)
			}
			if got := text(&m); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if m.Whole && m.Head+len(m.Body) != len(tt.in) {
				t.Errorf("head %d and body %d of %d bytes", m.Head, len(m.Body), len(tt.in))
			}
		})
	}
}

func TestAddr(t *testing.T) {
	for in, want := range map[string]string{"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::1", "a.example": "invalid IP", "": "invalid IP", strings.Repeat("1", 99): "invalid IP"} {
		v, c := Via{Host: []byte(in)}, Contact{Host: []byte(in)}
		if v.Addr().String() != want || c.Addr() != v.Addr() {
			t.Errorf("%s: %v and %v", in, v.Addr(), c.Addr())
		}
	}
}

func TestLists(t *testing.T) {
	in := message("OPTIONS sip:a SIP/2.0", "Via: "+strings.Repeat("SIP/2.0/UDP a,", 20), "Contact: "+strings.Repeat("sip:a,", 20))
	var m Message
	if err := Parse([]byte(in), &m); err != nil || len(m.Via) != MaxVia || len(m.Contact) != MaxContact {
		t.Errorf("%d Via, %d Contact, %v", len(m.Via), len(m.Contact), err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Parse([]byte(nil), &m); _ = Parse(registerBytes, &m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var registerBytes = []byte(register)

func TestIs(t *testing.T) {
	for in, want := range map[string]bool{
		register: true, "SIP/2.0 200 OK": true, "SIP/2.0 183": true, "SIP/2.0 99 x": false, "SIP/2.0 700 x": false, "SIP/2.0 2000": false, "SIP/2.1 200 OK": false,
		"OPTIONS sips:x SIP/2.0\r\n": true, "INVITE tel:+1 SIP/2.0\n": true, "INVITE SIP:x SIP/2.0\r\n": true, "NEWMETHOD sip:x SIP/2.0\r\n": true,
		"NEWMETHOD sip:x": false, "ACK sip:x": true, "INVITE x": false, "INVITE sip:x HTTP/1.1\r\n": false, "GET / HTTP/1.1\r\n": false,
		"options sip:x SIP/2.0\r\n": false, "": false, "\r\n\r\n": false, "M-SEARCH * HTTP/1.1\r\n": false,
	} {
		if Is([]byte(in)) != want {
			t.Errorf("%.40q: %v", in, !want)
		}
	}
}

func TestStream(t *testing.T) {
	for in, want := range map[string]bool{"S": true, "SIP/2.0 20": true, "INV": true, "INVITE": true, "INVITE si": true,
		"INVITE http:": false, "v=0": false, "INVITE\r\n": false, "": false, "X Y": false, "XYZ Y": true, "AB": true} {
		if MayBecome([]byte(in)) != want {
			t.Errorf("%q may become a message: %v", in, !want)
		}
	}
	for in, want := range map[string]int{"\r\n\r\n": 4, "\r\n" + register: 2, "    ": 4, register: 0, "": 0, "\x00": 1} {
		if got := KeepAlive([]byte(in)); got != want {
			t.Errorf("%.12q: %d bytes keep alive, want %d", in, got, want)
		}
	}
	for in, want := range map[string]int{register: -1, "a=x\r\n" + register: 5, "\n" + ok: 1, "x" + register: -1,
		register + ok: len(register)} {
		if got := NextStart([]byte(in)); got != want {
			t.Errorf("%.12q: next message at %d, want %d", in, got, want)
		}
	}
}
