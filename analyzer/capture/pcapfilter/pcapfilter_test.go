package pcapfilter

import (
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
)

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                      `"": at its end: something is missing`,
		"udp prot 53":           `"udp prot 53": "prot" at character 5: want host, net, port, portrange, src or dst behind udp`,
		"tpc":                   `"tpc": "tpc" at character 1: not known`,
		"ether host 1":          `"ether host 1": "ether" at character 1: not known`,
		"port https":            `"port https": "https" at character 6: want a number up to 65535 (names are not looked up)`,
		"port 70000":            `"port 70000": "70000" at character 6: want a number up to 65535 (names are not looked up)`,
		"port 010":              `"port 010": "010" at character 6: want a number up to 65535 (names are not looked up)`,
		"portrange 1:2":         `"portrange 1:2": "1:2" at character 11: want a number up to 65535 (names are not looked up) or two with - between them`,
		"host www.webex.com":    `"host www.webex.com": "www.webex.com" at character 6: want an IPv4 or IPv6 address (names are not looked up)`,
		"ip host ::1":           `"ip host ::1": "::1" at character 9: not an address of ip`,
		"net 10.0.0.1/8":        `"net 10.0.0.1/8": "10.0.0.1/8" at character 5: bits behind the prefix are set; want 10.0.0.0/8`,
		"net 10/8":              `"net 10/8": "10/8" at character 5: want a prefix, such as 10.0.0.0/8 or 2001:db8::/32`,
		"net 10.0.0.0 mask 255": `"net 10.0.0.0 mask 255": "255" at character 19: want the mask of an IPv4 net, such as 255.0.0.0`,
		"tcp host 1.2.3.4":      `"tcp host 1.2.3.4": "host" at character 5: tcp has no host`,
		"ip port 5":             `"ip port 5": "port" at character 4: ip has no port`,
		"src proto 5":           `"src proto 5": "proto" at character 5: a proto has no direction`,
		"proto 256":             `"proto 256": "256" at character 7: want a number up to 255 (names are not looked up)`,
		"vlan 4096":             `"vlan 4096": "4096" at character 6: want a VLAN identifier up to 4095, or nothing`,
		"tcp or 53":             `"tcp or 53": "53" at character 8: not known, and no value of what stands before it`,
		"(tcp":                  `"(tcp": at its end: want )`,
		"port (80 or 443":       `"port (80 or 443": at its end: want )`,
		"tcp)":                  `"tcp)": ")" at character 4: want and, or, or the end`,
		"port 80 443":           `"port 80 443": "443" at character 9: want and, or, or the end`,
		"port":                  `"port": at its end: want a value for port`,
		"udp and":               `"udp and": at its end: something is missing`,
		"tcp[13] & 2 != 0":      `"tcp[13] & 2 != 0": "tcp[13]" at character 1: not known`,
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
	if _, err := Parse(strings.Repeat("(", 1000) + "tcp"); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
		t.Error(err)
	}
}

// TestPrecedence: and and or bind equally, from left to right, and a value alone has the last qualifiers.
func TestPrecedence(t *testing.T) {
	frame := func(proto byte, port uint16) []byte {
		f := make([]byte, 60)
		f[12], f[14], f[23], f[36], f[37] = 8, 0x45, proto, byte(port>>8), byte(port)
		return f
	}
	for text, want := range map[string][3]bool{ // TCP to port 80, UDP to port 53, UDP to port 80
		"tcp or udp and port 53":   {false, true, false},
		"tcp or (udp and port 53)": {true, true, false},
		"udp dst port 53 or 80":    {false, true, true},
		"not udp and port 53":      {false, false, false},
		"not (udp and port 53)":    {true, false, true},
		"dst port (53 or 80)":      {true, true, true},
		"port not 80":              {false, true, false},
		"net 0.0.0.0/0":            {true, true, true},
		"ip6":                      {},
	} {
		f, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		program, err := f.Program(capture.LinkEthernet, true)
		if err != nil {
			t.Fatal(err)
		}
		vm := machine(t, program)
		got := [3]bool{passes(t, vm, frame(6, 80)), passes(t, vm, frame(17, 53)), passes(t, vm, frame(17, 80))}
		if got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestLong: jumps over more than 255 instructions, and more than the kernel takes.
func TestLong(t *testing.T) {
	text := "port 1"
	for range 200 {
		text += " or host 10.0.0.1"
	}
	f, err := Parse(text + " or port 2")
	if err != nil {
		t.Fatal(err)
	}
	program, err := f.Program(capture.LinkEthernet, false)
	if err != nil || len(program) < 2000 {
		t.Fatalf("%d instructions, %v", len(program), err)
	}
	frame := make([]byte, 100)
	frame[12], frame[14], frame[23], frame[37] = 8, 0x45, 17, 2
	if !passes(t, machine(t, program), frame) {
		t.Error("port 2 does not pass")
	}
	if f, err = Parse(text + strings.TrimPrefix(text, "port 1")); err != nil {
		t.Fatal(err)
	}
	if _, err = f.Program(capture.LinkEthernet, false); err == nil || !strings.Contains(err.Error(), "the kernel takes 4096") {
		t.Error(err)
	}
}

func TestLinks(t *testing.T) {
	f, _ := Parse("vlan")
	if _, err := f.Program(capture.LinkRaw, false); err == nil || err.Error() != `"vlan": frames of this link have no VLAN tags` {
		t.Error(err)
	}
	if _, err := f.Program(capture.LinkIEEE80211, false); err == nil || !strings.Contains(err.Error(), "bytecode of tcpdump -ddd") {
		t.Error(err)
	}
}
