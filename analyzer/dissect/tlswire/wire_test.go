package tlswire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// tap is one end of a pipe. It keeps what is written, and writes never wait for the reader, as both sides of a
// HelloRetryRequest write at the same time.
type tap struct {
	net.Conn
	sent  []byte
	queue chan []byte
	once  sync.Once
}

func newTap(c net.Conn) *tap {
	c.SetDeadline(time.Now().Add(20 * time.Second))
	t := &tap{Conn: c, queue: make(chan []byte, 1000)}
	go func() {
		for b := range t.queue {
			t.Conn.Write(b)
		}
		t.Conn.Close()
	}()
	return t
}

func (c *tap) Write(b []byte) (int, error) {
	c.sent = append(c.sent, b...)
	c.queue <- bytes.Clone(b)
	return len(b), nil
}

// SetWriteDeadline does nothing: tls.Conn.Close uses it to forbid writes, and ours may still be in the queue.
func (c *tap) SetWriteDeadline(time.Time) error { return nil }

func (c *tap) Close() error {
	c.once.Do(func() { close(c.queue) })
	return nil
}

// converse runs one TLS connection over a pipe and returns what each side sent. The server says one line and closes.
// Errors of either side are part of what the tests provoke.
func converse(t testing.TB, client, server *tls.Config) (fromClient, fromServer []byte) {
	t.Helper()
	a, b := net.Pipe()
	left, right := newTap(a), newTap(b)
	var wg sync.WaitGroup
	wg.Go(func() {
		conn := tls.Server(right, server)
		if conn.Handshake() == nil {
			io.WriteString(conn, "220 ready\r\n")
		}
		conn.Close()
		right.Close()
	})
	conn := tls.Client(left, client)
	if conn.Handshake() == nil {
		io.Copy(io.Discard, conn)
	}
	left.Close()
	wg.Wait()
	return left.sent, right.sent
}

// authority is a CA with one leaf certificate under it.
type authority struct {
	pool *x509.CertPool
	leaf tls.Certificate // with the CA's certificate behind it
}

var leafTemplate = x509.Certificate{
	SerialNumber: big.NewInt(0x4711),
	Subject: pkix.Name{
		CommonName: "linus1.example.test", Organization: []string{"Example, Inc."}, OrganizationalUnit: []string{"Media"}, Country: []string{"US"},
	},
	NotBefore:             time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	NotAfter:              time.Date(2046, 1, 2, 3, 4, 5, 0, time.UTC),
	KeyUsage:              x509.KeyUsageDigitalSignature,
	ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	BasicConstraintsValid: true,
	DNSNames:              []string{"linus1.example.test", "external-media1.public.example.test"},
	IPAddresses:           []net.IP{net.IPv4(192, 0, 2, 7)},
	OCSPServer:            []string{"http://ocsp.example.test"},
	IssuingCertificateURL: []string{"http://ca.example.test/ca.der"},
	CRLDistributionPoints: []string{"http://crl.example.test/ca.crl"},
}

var newAuthority = sync.OnceValue(func() authority {
	caKey, leafKey := newKey(), newKey()
	caTemplate := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Issuing CA", Organization: []string{"Example Trust"}},
		NotBefore: leafTemplate.NotBefore, NotAfter: leafTemplate.NotAfter, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	caDER := must(x509.CreateCertificate(rand.Reader, &caTemplate, &caTemplate, caKey.Public(), caKey))
	ca := must(x509.ParseCertificate(caDER))
	leafDER := must(x509.CreateCertificate(rand.Reader, &leafTemplate, ca, leafKey.Public(), caKey))
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return authority{pool, tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: leafKey}}
})

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// configs are a client and a server that trust each other, at the given version.
func configs(version uint16) (client, server *tls.Config) {
	ca := newAuthority()
	client = &tls.Config{
		ServerName: "linus1.example.test", RootCAs: ca.pool, MinVersion: version, MaxVersion: version, NextProtos: []string{"h2", "http/1.1"},
	}
	server = &tls.Config{
		Certificates: []tls.Certificate{ca.leaf}, ClientCAs: ca.pool, MinVersion: version, MaxVersion: version, NextProtos: []string{"h2"},
	}
	return client, server
}

// hello is the ClientHello message, with header, that the configuration sends first.
func hello(t testing.TB, client *tls.Config) []byte {
	t.Helper()
	sent, _ := converse(t, client, &tls.Config{})
	h, ok := ParseRecordHeader(sent)
	if !ok || h.Type != RecordHandshake {
		t.Fatalf("client sent % x", sent)
	}
	return sent[HeaderLen : HeaderLen+h.Length]
}

// records wraps payload in records of at most size bytes.
func records(typ byte, payload []byte, size int) []byte {
	var out []byte
	for len(payload) > 0 {
		n := min(size, len(payload))
		out = append(out, typ, 3, 1, byte(n>>8), byte(n))
		out = append(out, payload[:n]...)
		payload = payload[n:]
	}
	return out
}
