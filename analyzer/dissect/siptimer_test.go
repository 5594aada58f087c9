package dissect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/flow"
)

// TestSIPTimer follows session timers message by message: who has to refresh, what was accepted, who ended the call.
func TestSIPTimer(t *testing.T) {
	const second = int64(time.Second)
	answer := func(cseq, method, expires string) string {
		return "SIP/2.0 200 OK\r\nCall-ID: c1\r\nFrom: <sip:a@Acme.webex.com>\r\nTo: \"x\" <sip:b@10.0.0.1>\r\nCSeq: " + cseq + " " + method + "\r\n" + expires + "\r\n"
	}
	const bye = "BYE sip:b@10.0.0.1 SIP/2.0\r\nCall-ID: c1\r\nCSeq: 9 BYE\r\n\r\n"
	for _, tt := range []struct {
		name     string
		messages []string // one a second; "A " or "B " before it says who sends
		want     string
	}{
		{"never refreshed", []string{"B " + answer("1", "INVITE", "Session-Expires: 180;refresher=uac\r\n"), "B " + bye}, "180 s by 0, 0 refreshes, ended 2 by 1"},
		{"the other side refreshes", []string{"B " + answer("1", "INVITE", "x: 1800 ; refresher=UAS\r\n"), "A " + answer("7", "UPDATE", "x: 900;refresher=uac\r\n"), "A " + bye}, "900 s by 1, 1 refreshes, ended 3 by 0"},
		{"the answer comes twice", []string{"B " + answer("1", "INVITE", "x: 180\r\n"), "B " + answer("1", "INVITE", "x: 180\r\n")}, "180 s by nobody, 0 refreshes, ended 0 by 0"},
		{"no timer", []string{"B " + answer("1", "INVITE", ""), "A " + bye}, ""},
	} {
		x := new(SIPFacts)
		for i, text := range tt.messages {
			var m sip.Message
			side := flow.Side(strings.IndexByte("AB", text[0]))
			if err := sip.Parse([]byte(text[2:]), &m); err != nil || !m.Whole {
				t.Fatalf("%s: %v", text, err)
			}
			x.domains(&m)
			x.timer(&m, side, int64(i+1)*second)
		}
		got := ""
		for _, s := range x.Timers {
			who := "nobody"
			if s.Known {
				who = fmt.Sprint(int(s.Refresher))
			}
			got = fmt.Sprintf("%d s by %s, %d refreshes, ended %d by %d", s.Expires, who, s.Refreshes, s.Ended/second, int(s.EndedBy))
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if len(x.Domains) != 1 || x.Domains[0] != "acme.webex.com" {
			t.Errorf("%s: domains %q", tt.name, x.Domains)
		}
	}
}
