package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
)

// Syslog sends messages to a syslog server, in the form of RFC 5424: by UDP, a datagram each (RFC 5426), or by TCP with
// their lengths before them (RFC 6587 section 3.4.1). What is sent is the message's line; its kind is the MSGID.
type Syslog struct {
	Network string // udp or tcp
	Addr    string // host:port
}

// Ports that IANA has assigned to syslog.
const (
	syslogPort    = "514"
	syslogTCPPort = "601"
)

// NewSyslog reads syslog://host[:port] (UDP) or syslog+tcp://host[:port].
func NewSyslog(u *url.URL) (*Syslog, error) {
	s := &Syslog{Network: "udp"}
	port := syslogPort
	if u.Scheme == "syslog+tcp" {
		s.Network, port = "tcp", syslogTCPPort
	}
	if u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("%s is no syslog server: want syslog://host[:port]", u)
	}
	s.Addr = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
	return s, nil
}

// Facility and severities (RFC 5424 section 6.2.1).
const (
	local0  = 16
	warning = 4
	notice  = 5
)

// longestDatagram is what every receiver should take (RFC 5426 section 3.2); longer lines are cut there.
const longestDatagram = 2048

func (s *Syslog) String() string { return s.Network + "://" + s.Addr }

// Tell sends the message. By UDP nobody says whether it came.
func (s *Syslog) Tell(ctx context.Context, message []byte) error {
	var m Message
	if err := json.Unmarshal(message, &m); err != nil {
		return err
	}
	host, _ := os.Hostname()
	line := m.syslog(time.Now(), host, os.Getpid())
	if s.Network == "tcp" {
		line = fmt.Sprintf("%d %s", len(line), line)
	} else if len(line) > longestDatagram {
		line = strings.ToValidUTF8(line[:longestDatagram], "")
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, s.Network, s.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if end, ok := ctx.Deadline(); ok {
		_ = c.SetWriteDeadline(end)
	}
	_, err = c.Write([]byte(line))
	return err
}

// syslog is the message in the form of RFC 5424 section 6.
func (m *Message) syslog(now time.Time, host string, process int) string {
	severity := notice
	if m.Kind == "trouble" || len(m.New) > 0 {
		severity = warning
	}
	text := m.Text
	if m.Sensor != "" {
		text = m.Sensor + ": " + text
	}
	return fmt.Sprintf("<%d>1 %s %s webexaudit %d %s - \ufeff%s", local0*8+severity,
		now.UTC().Format("2006-01-02T15:04:05.000000Z"), cmp.Or(printable(host), "-"), process, m.Kind, text)
}

// printable leaves of a name what a field of the header may have.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, name[:min(len(name), 255)])
}
