package sdp

import (
	"fmt"
	"strings"
	"testing"
)

// rfc8866 is the example of RFC 8866 section 5, rfc3264 that of RFC 3264 section 10.1, srtp that of RFC 4568 section
// 9.1 (shortened), dtls that of RFC 5763 section 7.1.
const (
	rfc8866 = "v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call to John Smith\r\ni=SDP Offer #1\r\n" +
		"u=http://www.jdoe.example.com/home.html\r\ne=Jane Doe <jane@jdoe.example.com>\r\np=+1 617 555-6011\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n" +
		"m=audio 49170 RTP/AVP 0\r\nm=audio 49180 RTP/AVP 0\r\nm=video 51372 RTP/AVP 99\r\nc=IN IP6 2001:db8::2\r\na=rtpmap:99 h263-1998/90000\r\n"
	rfc3264 = "v=0\r\no=alice 2890844526 2890844526 IN IP4 host.anywhere.com\r\ns=\r\nc=IN IP4 host.anywhere.com\r\nt=0 0\r\n" +
		"m=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\nm=video 51372 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\nm=video 53000 RTP/AVP 32\r\na=rtpmap:32 MPV/90000\r\n"
	srtp = "v=0\r\no=sam 2890844526 2890842807 IN IP4 192.0.2.5\r\ns=SRTP Discussion\r\nc=IN IP4 192.0.2.2/127\r\nt=2873397496 2873404696\r\n" +
		"m=audio 49170 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n"
	dtls = "v=0\r\no=- 1181923068 1181923196 IN IP4 ua1.example.com\r\ns=example1\r\nc=IN IP4 ua1.example.com\r\na=setup:actpass\r\n" +
		"a=fingerprint: SHA-1 \\\r\nt=0 0\r\nm=audio 6056 RTP/AVP 0\r\na=sendrecv\r\na=tcap:1 UDP/TLS/RTP/SAVP RTP/AVP\r\na=pcfg:1 t=1\r\n"
)

// text sums a session up, one medium per line.
func text(s *Session) string {
	var out []string
	for _, m := range s.Media {
		line := fmt.Sprintf("%s %s:%d %s", m.Kind, m.Connection.Name, m.Port, m.Profile)
		if m.Connection.Addr.IsValid() != (strings.Trim(string(m.Connection.Name), "0123456789abcdef.:") == "" &&
			len(m.Connection.Name) > 0) {
			line += " WRONG " + m.Connection.Addr.String()
		}
		for _, t := range m.Types {
			line += fmt.Sprintf(" %d", t.Number)
			if t.Codec != nil {
				line += fmt.Sprintf("=%s/%d", t.Codec, t.Clock)
			}
		}
		if m.RTCP != 0 {
			line += fmt.Sprintf(" rtcp %d", m.RTCP)
		}
		if m.Crypto {
			line += " crypto"
		}
		if m.Fingerprint {
			line += " fingerprint"
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestParse(t *testing.T) {
	const head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
	for _, tt := range []struct{ name, in, want string }{
		{"RFC 8866 5", rfc8866, "audio 198.51.100.1:49170 RTP/AVP 0\naudio 198.51.100.1:49180 RTP/AVP 0\nvideo 2001:db8::2:51372 RTP/AVP 99=h263-1998/90000"},
		{"RFC 3264 10.1", rfc3264, "audio host.anywhere.com:49170 RTP/AVP 0=PCMU/8000\nvideo host.anywhere.com:51372 RTP/AVP 31=H261/90000\nvideo host.anywhere.com:53000 RTP/AVP 32=MPV/90000"},
		{"RFC 4568 9.1", srtp, "audio 192.0.2.2:49170 RTP/SAVP 0 crypto"},
		{"RFC 5763 7.1", dtls, "audio ua1.example.com:6056 RTP/AVP 0 fingerprint"},
		{"browser", head + "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\na=rtpmap:111 opus/48000/2\na=rtpmap:111 other/1\na=rtpmap:96 none/1\na=fingerprint:sha-256 AA\na=rtcp:9 IN IP4 0.0.0.0\n",
			"audio 192.0.2.1:9 UDP/TLS/RTP/SAVPF 111=opus/48000 0 rtcp 9 fingerprint"},
		{"Opus, events and slides", head + "m=audio 16384 RTP/SAVP 114 9 101\na=rtpmap:114 opus/48000/2\na=rtpmap:9 G722/8000\na=rtpmap:101 telephone-event/8000\nm=application 5070 UDP/BFCP *\nm=image 0 udptl t38\n",
			"audio 192.0.2.1:16384 RTP/SAVP 114=opus/48000 9=G722/8000 101=telephone-event/8000\napplication 192.0.2.1:5070 UDP/BFCP\nimage 192.0.2.1:0 udptl"},
		{"hierarchical encoding", head + "m=video 49170/2 RTP/AVP 31\n", "video 192.0.2.1:49170 RTP/AVP 31"},
		{"a line that is no medium takes its attributes with it", head + "m=audio 1 RTP/AVP 0\nm=video\na=crypto:1\nm=x 70000 y z\n", "audio 192.0.2.1:1 RTP/AVP 0"},
		{"types that are none", head + "m=audio 1 RTP/AVP 128 x 0 0 -1\na=rtpmap:0\na=rtpmap:0 /8000\n", "audio 192.0.2.1:1 RTP/AVP 0"},
		{"no media", head, ""},
		{"its last line without end", head + "m=audio 49170 RTP/AVP 0", "audio 192.0.2.1:49170 RTP/AVP 0"},
	} {
		var s Session
		if err := Parse([]byte(tt.in), true, &s); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := text(&s); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestParseCut(t *testing.T) {
	var s Session
	if err := Parse([]byte("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 1 RTP/AVP 0\r\nm=audio 491"), false, &s); err != nil || text(&s) != "audio 192.0.2.1:1 RTP/AVP 0" {
		t.Errorf("%v: %s", err, text(&s))
	}
	if Parse([]byte("m=audio 1 RTP/AVP 0"), true, &s) != ErrNotSDP {
		t.Error("no version line")
	}
}

func TestLimits(t *testing.T) {
	var s Session
	in := []byte("v=0\n" + strings.Repeat("m=audio 1 RTP/AVP"+strings.Repeat(" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34", 2)+"\n", 40) + "c=IN IP4 192.0.2.1\na=fingerprint:x\n")
	if err := Parse(in, true, &s); err != nil || len(s.Media) != MaxMedia || s.Dropped != 8 ||
		len(s.Media[0].Types) != MaxTypes || s.Fingerprint || s.Connection.Name != nil {
		t.Errorf("%v: %d media, %d dropped, %+v", err, len(s.Media), s.Dropped, s.Connection)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Parse(in, true, &s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func (m *Media) checkBounds(t *testing.T) {
	t.Helper()
	if m.Port < 0 || m.Port > 65535 || m.RTCP < 0 || m.RTCP > 65535 || len(m.Types) > MaxTypes || len(m.Profile) == 0 {
		t.Fatalf("%+v", m)
	}
	for _, p := range m.Types {
		if p.Number > 127 || p.Clock < 0 || p.Clock > maxClock {
			t.Fatalf("%+v", p)
		}
	}
}

// FuzzParse: what is read lies within its bounds, and a part never says more than the whole.
func FuzzParse(f *testing.F) {
	for _, s := range []string{rfc8866, rfc3264, srtp, dtls, "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=rtpmap:111 opus/48000/2\na=rtcp:9", "v="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s, part Session
		if Parse(b, true, &s) != nil {
			return
		}
		for i := range s.Media {
			s.Media[i].checkBounds(t)
		}
		if Parse(b[:len(b)/2], false, &part) == nil && len(part.Media) > len(s.Media) {
			t.Fatalf("%d media of a half, %d of the whole", len(part.Media), len(s.Media))
		}
	})
}

func ExampleParse() {
	var s Session
	if err := Parse([]byte(srtp), true, &s); err != nil {
		fmt.Println(err)
		return
	}
	m := &s.Media[0]
	fmt.Printf("%s to %v:%d, %s\n", m.Kind, m.Connection.Addr, m.Port, m.Profile)
	// Output: audio to 192.0.2.2:49170, RTP/SAVP
}
