package analyzer_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// TestCoverageNames: core and optional domains, each asked for by a client of its own by SNI, and which of them never
// make a flow Webex alone. The last word is what inspection does to it.
func TestCoverageNames(t *testing.T) {
	s := pcaptest.New(5, pcaptest.Start)
	ends := func(i int) ends {
		client := netip.AddrFrom4([4]byte{10, 61, byte(i), 1})
		server := netip.AddrFrom4([4]byte{18, 184, 40, byte(i)})
		return endsOf(client, 50010, server, 443)
	}
	lines := strings.Split(strings.TrimSpace(names), "\n")
	for i, line := range lines {
		tls(strings.Fields(line)[0])(s, ends(i))
	}
	set := watch(t, s.Capture(), "", "latest")
	for i, line := range lines {
		w := strings.Fields(line)
		f := pick(set, "tcp", ends(i))
		if f == nil {
			t.Fatalf("%s: no flow", w[0])
		}
		got := "-"
		if f.Webex {
			got = strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Service, f.Function, f.Inspection))
		} else if f.Service != "" {
			t.Errorf("%s: not Webex, yet called %s", w[0], f.Service)
		}
		if want := strings.Join(w[1:], " "); got != want {
			t.Errorf("%s: %q, want %q (%s)", w[0], got, want, f.Reason)
		}
	}
}

func endsOf(client netip.Addr, cport uint16, server netip.Addr, sport uint16) ends {
	return ends{netip.AddrPortFrom(client, cport), netip.AddrPortFrom(server, sport), true}
}

const names = `
acme.webex.com                           meetings signalling discouraged
sj1mcs12.webex.com                       meetings signalling unsupported
nyccb10.webex.com                        meetings signalling unsupported
txmcc3.webex.com                         meetings signalling unsupported
linus24.wamsm-a-4.prod.infra.webex.com   meetings turn unsupported
a.cloudconnector.webex.com               hybrid-connector signalling unsupported
idbroker.webex.com                       identity signalling discouraged
idbroker-b-us.webex.com                  identity signalling discouraged
locus.eu.prod.meetapi.webex.com          meetings signalling discouraged
mobius-us.prod.infra.webex.com           calling signalling discouraged
activation.webex.com                     identity signalling discouraged
a.livestream.webex.com                   meetings web discouraged
mediatest.webex.com                      meetings reachability discouraged
binaries.webex.com                       other update discouraged
admin.webex.com                          other web discouraged
www.webex.com                            other web discouraged
webex.com                                other web discouraged
u2c.wbx2.com                             messaging signalling discouraged
mercury-connection-a.wbx2.com            messaging websocket discouraged
locus-a.wbx2.com                         meetings signalling discouraged
calliope-a.wbx2.com                      meetings signalling discouraged
conv-a.wbx2.com                          messaging signalling discouraged
files-api-a.wbx2.com                     content file-transfer discouraged
client-upgrade-a.wbx2.com                other update discouraged
fos-a.wbx2.com                           expressway signalling discouraged
l2sip-cfa-01.wbx2.com                    expressway signalling discouraged
conv.a6.ciscospark.com                   messaging signalling discouraged
callservice.ciscospark.com               expressway signalling discouraged
webexapis.com                            messaging signalling discouraged
files-prod-us-east-2.webexcontent.com    content file-transfer discouraged
xsi.broadcloudpbx.com                    calling signalling discouraged
a.webexcallingpbx.com                    calling signalling discouraged
40462196.cisco-bcld.com                  calling signalling discouraged
a.sipflash.com                           calling signalling discouraged
a.huron-dev.com                          calling signalling discouraged
desktop.wxcc-us1.cisco.com               contact-center signalling discouraged
api.us1.ciscoccservice.com               contact-center signalling discouraged
api-usgov.webex.com                      government signalling discouraged
u2c.gov.ciscospark.com                   government signalling discouraged
software.cisco.com                       -
a.ucmgmt.cisco.com                       -
a.activate.cisco.com                     -
api.accompany.com                        -
app.slido.com                            -
a.socio.events                           -
a.vbrickrev.com                          -
acme.webex.com.cn                        -
ocsp.digicert.com                        -
ocsp.quovadisglobal.com                  -
r3.o.lencr.org                           -
ocsp.globalsign.com                      -
crl.godaddy.com                          -
validation.identrust.com                 -
media.giphy.com                          -
www.google.com                           -
safebrowsing.googleapis.com              -
captive.apple.com                        -
a.walkme.com                             -
a.eum-appdynamics.com                    -
api.amplitude.com                        -
d1.cloudfront.net                        -
a.akamaiedge.net                         -
a.sparkpostmail.com                      -
ocsp.intel.com                           -
cdn.jsdelivr.net                         -
speech.googleapis.com                    -
registry-1.docker.io                     -
notwebex.com                             -
webex.com.example.org                    -
mywbx2.com                               -
ciscospark.com.example.org               -
`
