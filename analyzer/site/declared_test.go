package site

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const declarations = `
sites: [{name: hq, prefixes: [10.20.0.0/16]}, {name: branch, prefixes: [10.30.0.0/16]}]
expressway_c: [10.9.0.5, 10.9.0.6]
expressway_e: [192.0.2.10]
edge_audio: [192.0.2.10]
hosts:
  - {addresses: [192.0.2.11], roles: [expressway-e, edge-audio]}
  - {addresses: [10.9.0.70], roles: [local-gateway, edge-audio]}
switch_classifies: [10.20.0.0/16]
shared_addresses: [10.20.8.0/24, 203.0.113.7]
dns_resolvers: [10.20.0.53, "2001:db8::53"]
block_pages: [10.20.0.99]
rtp_ports: {10.9.0.0/16: 8000-48199, 10.9.0.70: "16384-32767"}
expressway_clusters: [[10.9.0.5, 10.9.0.6], [192.0.2.10, 192.0.2.11]]
uplinks: {hq: 500, branch: 0.5}
edge_connect: {next_hops: ["00:11:22:AA:BB:CC"], interfaces: [eth2], prefixes: [170.72.0.0/16]}
`

func TestDeclared(t *testing.T) {
	s := load(t, declarations)
	lo, hi, ok := s.RTPPorts(netip.MustParseAddr("10.9.0.70"))
	for what, got := range map[string]string{
		"[expressway-e edge-audio] expressway-e\n":        fmt.Sprintln(s.Roles(netip.MustParseAddr("192.0.2.10")), s.Role(netip.MustParseAddr("192.0.2.10"))),
		"[expressway-e edge-audio]":                       fmt.Sprint(s.Roles(netip.MustParseAddr("192.0.2.11"))),
		"true true false":                                 roleTexts(s, "10.9.0.70", LocalGateway, EdgeAudio, ExpresswayE),
		"classifies true false":                           "classifies " + both(s.SwitchClassifies, "10.20.1.9", "10.30.1.9"),
		"shared true false":                               "shared " + both(s.IsShared, "::ffff:10.20.8.9", "10.20.9.1"),
		"block page true false":                           "block page " + both(s.IsBlockPage, "10.20.0.99", "146.112.61.104"),
		"[10.20.0.53 2001:db8::53]":                       fmt.Sprint(s.Resolvers()),
		"16384 32767 true":                                fmt.Sprint(lo, hi, ok),
		"[192.0.2.10 192.0.2.11]":                         fmt.Sprint(s.Cluster(netip.MustParseAddr("192.0.2.11"))),
		"500000000 500000 0":                              fmt.Sprint(s.UplinkBps("hq"), s.UplinkBps("branch"), s.UplinkBps("lab")),
		"{[] [00:11:22:aa:bb:cc] [eth2] [170.72.0.0/16]}": fmt.Sprint(s.EdgeConnect()),
	} {
		if got != what {
			t.Errorf("got %s, want %s", got, what)
		}
	}
	if all := load(t, "switch_classifies: true\n"); !all.SwitchClassifies(netip.MustParseAddr("10.1.1.1")) || !all.SwitchClassifies(netip.MustParseAddr("2001:db8::1")) {
		t.Error("all switches classify")
	}
	if none := load(t, "switch_classifies: false\n"); none.SwitchClassifies(netip.MustParseAddr("10.1.1.1")) {
		t.Error("no switch classifies")
	}
}

func both(f func(netip.Addr) bool, a, b string) string {
	return fmt.Sprint(f(netip.MustParseAddr(a)), f(netip.MustParseAddr(b)))
}

func roleTexts(s *Site, addr string, roles ...Role) string {
	var list []string
	for _, r := range roles {
		list = append(list, fmt.Sprint(s.HasRole(netip.MustParseAddr(addr), r)))
	}
	return strings.Join(list, " ")
}

func TestNilDeclared(t *testing.T) {
	var s *Site
	a := netip.MustParseAddr("10.1.1.1")
	if _, _, ok := s.RTPPorts(a); ok || s.SwitchClassifies(a) || s.IsShared(a) || s.IsBlockPage(a) ||
		s.Resolvers() != nil || s.Cluster(a) != nil || s.UplinkBps("hq") != 0 || s.Roles(a) != nil {
		t.Error("a nil site declares something")
	}
}

func TestDeclaredFaults(t *testing.T) {
	for text, want := range map[string]string{
		"expressway_c: [10.0.0.1]\nexpressway_e: [10.0.0.1]\n":                    "expressway_e[0]: 10.0.0.1/32 is declared as expressway-c already, and one machine cannot be expressway-e as well",
		"hosts: [{addresses: [10.0.0.1], roles: [phone, edge-audio]}]\n":          "hosts[0]: 10.0.0.1/32 is declared as phone already",
		"hosts: [{addresses: [10.0.0.1], roles: [gateway]}]\n":                    `hosts[0].roles[0]: "gateway" is none of expressway-c, expressway-e`,
		"hosts: [{addresses: [10.0.0.1]}]\n":                                      "hosts[0]: needs addresses and roles",
		"rtp_ports: {10.0.0.1: 9000}\n":                                           `rtp_ports.10.0.0.1: "9000" is no range of ports`,
		"rtp_ports: {gateway: 1-2}\n":                                             "rtp_ports.gateway: unknown key",
		"dns_resolvers: [10.0.0.0/8]\n":                                           "dns_resolvers[0]: 10.0.0.0/8 is a prefix, want one address",
		"uplinks: {hq: 100}\n":                                                    `uplinks: "hq" is none of the names under sites`,
		"uplinks: {hq: fast}\n":                                                   `uplinks.hq: "fast" is no rate in Mbit/s`,
		"expressway_clusters: [[10.0.0.1], [10.0.0.1]]\n":                         "expressway_clusters[1]: 10.0.0.1 is a peer of another cluster already",
		"expressway_e: [10.0.0.1]\nexpressway_clusters: [[10.0.0.1, 10.0.0.2]]\n": "10.0.0.1 and 10.0.0.2 are peers of one cluster, but only one of them is declared as expressway-e",
		"switch_classifies: maybe\n":                                              "switch_classifies: is \"maybe\", want a list",
		"edge_connect: {next_hops: [10.0.0.1], prefixes: [10.0.0.0/8]}\n":         `edge_connect.next_hops[0]: "10.0.0.1" is no MAC address of a router`,
	} {
		if _, err := Load(strings.NewReader(text), "site.yaml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// The company's public range may be internal where the capture is taken outside, and a machine may stand in two lists.
func TestNoContradiction(t *testing.T) {
	load(t, "vantage: wan\ninternal: [10.0.0.0/8, 203.0.113.0/24]\nvpn_pools: [10.40.0.0/16]\nphones: [10.40.0.0/16]\n")
}

// The site files of the cases load.
func TestCaseFiles(t *testing.T) {
	files, err := filepath.Glob("../../../shared/cases/*.site.yaml")
	if err != nil || len(files) == 0 {
		t.Skip("the cases are not here")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		load(t, string(text))
	}
}
