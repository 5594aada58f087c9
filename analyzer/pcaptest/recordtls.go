package pcaptest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
)

// Flight is what one side wrote at once.
type Flight struct {
	From Side
	Data []byte
}

// RecordTLS runs a real handshake of crypto/tls in memory and, after it, one message in each direction. It returns what
// both sides wrote, in order, for parser tests that want genuine bytes. These are not the same on every run.
func RecordTLS(client, server *tls.Config) ([]Flight, error) {
	log := &flightLog{}
	up, down := newQueue(), newQueue()
	addr, _ := net.Pipe() // only lends its address and deadline methods
	c := tls.Client(&tap{addr, Client, log, down, up}, client)
	s := tls.Server(&tap{addr, Server, log, up, down}, server)
	done := make(chan error, 1)
	go func() {
		err := exchange(s, "pong", false)
		down.close()
		done <- err
	}()
	err := exchange(c, "ping", true)
	up.close()
	return log.flights, errors.Join(err, <-done)
}

// exchange shakes hands, then speaks first or second.
func exchange(c *tls.Conn, say string, first bool) error {
	if err := c.Handshake(); err != nil {
		return err
	}
	heard := make([]byte, 64)
	if first {
		if _, err := c.Write([]byte(say)); err != nil {
			return err
		}
	}
	if _, err := c.Read(heard); err != nil {
		return err
	}
	if first {
		return nil
	}
	_, err := c.Write([]byte(say))
	return err
}

type flightLog struct {
	sync.Mutex
	flights []Flight
}

// tap is one end of a connection with unbounded buffers: with net.Pipe both sides could write at once and wait forever.
type tap struct {
	net.Conn
	from    Side
	log     *flightLog
	in, out *queue
}

func (t *tap) Read(b []byte) (int, error) { return t.in.read(b) }

func (t *tap) Write(b []byte) (int, error) {
	t.log.Lock()
	t.log.flights = append(t.log.flights, Flight{t.from, append([]byte(nil), b...)})
	t.log.Unlock()
	t.out.write(b)
	return len(b), nil
}

func (t *tap) Close() error { t.out.close(); return nil }

type queue struct {
	*sync.Cond
	bytes  []byte
	closed bool
}

func newQueue() *queue { return &queue{Cond: sync.NewCond(&sync.Mutex{})} }

func (q *queue) write(b []byte) {
	q.L.Lock()
	q.bytes = append(q.bytes, b...)
	q.L.Unlock()
	q.Signal()
}

func (q *queue) close() {
	q.L.Lock()
	q.closed = true
	q.L.Unlock()
	q.Signal()
}

func (q *queue) read(b []byte) (int, error) {
	q.L.Lock()
	defer q.L.Unlock()
	for len(q.bytes) == 0 && !q.closed {
		q.Wait()
	}
	if len(q.bytes) == 0 {
		return 0, io.EOF
	}
	n := copy(b, q.bytes)
	q.bytes = q.bytes[n:]
	return n, nil
}

// TestCertificate returns the certificate's chain with its key, for servers of RecordTLS.
func TestCertificate(chain [][]byte) tls.Certificate {
	return tls.Certificate{Certificate: chain, PrivateKey: testKey()}
}
