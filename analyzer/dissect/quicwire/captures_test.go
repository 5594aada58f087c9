package quicwire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
)

// captures is where real captures lie beside the repository. They are other people's and not part of it.
const captures = "../../../../shared/captures/quic/"

// datagrams reads the UDP payloads of a classic capture file with Ethernet and IPv4: as little as this test needs. The
// direction of the first one is the client's.
func datagrams(t *testing.T, file string, each func(fromClient bool, payload []byte)) {
	t.Helper()
	b, err := os.ReadFile(captures + file)
	if err != nil {
		t.Skipf("real capture not here: %v", err)
	}
	var client []byte
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		frame := b[16:][:n]
		b = b[16+n:]
		if len(frame) < 42 || frame[23] != 17 {
			continue
		}
		udp := frame[14+int(frame[14]&15)*4:]
		if client == nil {
			client = udp[:2]
		}
		each(bytes.Equal(client, udp[:2]), udp[8:])
	}
}

// Types and sizes of the hellos as tshark 4.0 shows them; the first capture has a Retry and a HelloRetryRequest.
func TestCaptures(t *testing.T) {
	for file, want := range map[string]string{
		"ndpi__quic-29.pcap": "draft-29, client 297 264, server 52 86",
		"zeek__quic-curl-8.1.2-dev-http3-www-google-de.pcap": "1, client 263, server 86",
	} {
		var client Assembler
		server := NewServerAssembler(&client)
		datagrams(t, file, func(fromClient bool, payload []byte) {
			if fromClient {
				client.Add(payload)
			} else {
				server.Add(payload)
			}
		})
		got := VersionName(client.Version()) + ", client" + sizes(&client) + ", server" + sizes(server)
		check(t, file, got, want)
	}
}

// sizes are the lengths of the hellos' bodies.
func sizes(a *Assembler) string {
	var b strings.Builder
	for m := range a.Messages() {
		if m.Whole && (m.Type == 1 || m.Type == 2) {
			fmt.Fprintf(&b, " %d", len(m.Body))
		}
	}
	return b.String()
}
