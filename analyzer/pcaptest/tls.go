package pcaptest

import "time"

// TLS says how a session goes. The zero value is TLS 1.2 without SNI and without a certificate.
type TLS struct {
	Version uint16 // negotiated; 0: TLS12
	Offered uint16 // by the client; 0: TLS13, or Version where that is lower than 1.2
	SNI     string
	ALPN    []string // offered; the first is chosen
	Cipher  uint16
	GREASE  bool
	Bare    bool
	Chain   [][]byte // DER, leaf first; in TLS 1.3 it only gives the encrypted flight its size
	Resumed bool     // no certificate is sent

	// TLS 1.3 only. Groups are offered, the first with a key share; Group is what the server chooses, with a
	// HelloRetryRequest if it is not the first. Early is how many bytes of early data a resuming client sends. Flight
	// gives the protected records of the server's flight other sizes, in bytes of their payload.
	Groups []uint16
	Group  uint16
	Early  int
	Flight []int

	// Think is how long the server takes to answer the hello beyond the round trip. ClientChain is what the client
	// shows when the server asks for a certificate (TLS 1.2).
	Think       time.Duration
	ClientChain [][]byte

	// Abort ends the handshake. NoAnswer: the server says nothing after the hello. ServerReset: a reset instead of an
	// answer. ClientAlert: the client refuses the server's flight with this alert (48 unknown_ca …) and closes.
	// ServerAlert: the server does so with the client's (TLS 1.2).
	NoAnswer, ServerReset    bool
	ClientAlert, ServerAlert uint8
}

// TLSSession is a pipe of application data. What Put is given is not in the capture: its length is, and bytes that look
// encrypted.
type TLSSession struct {
	*conn
	under  Pipe
	opts   TLS
	random *Rand
}

// versions sets those that are not given.
func (o *TLS) versions() {
	if o.Version == 0 {
		o.Version = TLS12
	}
	if o.Offered == 0 {
		o.Offered = TLS13
		if o.Version < TLS12 {
			o.Offered = o.Version
		}
	}
}

// TLS runs a handshake over a pipe, a TCP flow as a rule. After an abort the session must not be used.
func (s *Scenario) TLS(p Pipe, opts TLS) *TLSSession {
	opts.versions()
	t := &TLSSession{conn: p.base(), under: p, opts: opts, random: s.Rand}
	hello := ClientHello{Version: opts.Offered, SNI: opts.SNI, ALPN: opts.ALPN, GREASE: opts.GREASE, Bare: opts.Bare}
	s.Read(hello.Random[:])
	if opts.Offered >= TLS13 || opts.Resumed {
		hello.SessionID = s.Bytes(32)
	}
	hello.Groups, hello.PSK, hello.Early = opts.Groups, opts.Resumed && opts.Version >= TLS13, opts.Early > 0
	p.Put(Client, Record(22, TLS10, hello.Message()))
	if opts.Early > 0 {
		p.Put(Client, append(t.show(false), t.sealed(opts.Early)...))
	}
	if opts.NoAnswer || opts.ServerReset {
		if flow, ok := p.(interface{ Reset(Side) *TCPFlow }); ok && opts.ServerReset {
			flow.Reset(Server)
		}
		return t
	}
	if opts.Think > 0 {
		t.Wait(t.path.RTT + opts.Think)
	}
	answer := ServerHello{Version: opts.Version, Cipher: opts.Cipher}
	s.Read(answer.Random[:])
	if opts.Version >= TLS13 {
		answer.SessionID, answer.Group, answer.PSK = hello.SessionID, opts.Group, opts.Resumed
		if t.retries() {
			t.retry(hello, answer)
		}
		t.handshake13(answer)
	} else {
		t.handshake12(answer, hello.SessionID)
	}
	return t
}

// handshake12 is the rest of a handshake up to TLS 1.2: one server flight, one client flight, two closing messages.
func (t *TLSSession) handshake12(answer ServerHello, session []byte) {
	v := t.opts.Version
	if len(t.opts.ALPN) > 0 {
		answer.ALPN = t.opts.ALPN[0]
	}
	if t.opts.Resumed {
		answer.SessionID = session
		t.under.Put(Server, append(Record(22, v, answer.Message()), t.finished12()...))
		t.under.Put(Client, t.finished12())
		return
	}
	answer.SessionID = t.random.Bytes(32)
	flight := Record(22, v, answer.Message())
	if t.opts.Chain != nil {
		flight = append(flight, Record(22, v, CertificateMessage(t.opts.Chain))...)
	}
	exchange := append([]byte{3, 0, 0x1d}, vector(1, t.random.Bytes(32))...) // named curve x25519
	if v >= TLS12 {
		exchange = append(exchange, 8, 4)
	}
	exchange = append(exchange, vector(2, t.random.Bytes(256))...)
	flight = append(flight, Record(22, v, handshake(12, exchange))...)
	if t.opts.ClientChain != nil {
		// rsa_sign; SHA-256 with RSA; any authority
		asked := append(vector(1, []byte{1}), vector(2, words([]uint16{0x0401}))...)
		flight = append(flight, Record(22, v, handshake(13, append(asked, 0, 0)))...)
	}
	flight = append(flight, Record(22, v, handshake(14, nil))...)
	t.under.Put(Server, flight)
	if t.opts.ClientAlert != 0 {
		t.under.Put(Client, Alert(v, 2, t.opts.ClientAlert))
		t.close()
		return
	}
	t.finish12(v)
}

// finish12 is the client's flight, and how the server answers it.
func (t *TLSSession) finish12(v uint16) {
	key := Record(22, v, handshake(16, vector(1, t.random.Bytes(32))))
	if t.opts.ClientChain != nil {
		key = append(Record(22, v, CertificateMessage(t.opts.ClientChain)), key...)
		key = append(key, Record(22, v, handshake(15, append([]byte{4, 1}, vector(2, t.random.Bytes(256))...)))...)
	}
	t.under.Put(Client, append(key, t.finished12()...))
	if t.opts.ServerAlert != 0 {
		t.under.Put(Server, Alert(v, 2, t.opts.ServerAlert))
		t.close()
		return
	}
	t.under.Put(Server, t.finished12())
}

// finished12 is ChangeCipherSpec and an encrypted Finished of 16 bytes and overhead.
func (t *TLSSession) finished12() []byte {
	v := t.opts.Version
	return append(Record(20, v, []byte{1}), Record(22, v, t.random.Bytes(16+24))...)
}

// retries reports whether the client has to send a key of another group.
func (t *TLSSession) retries() bool {
	return len(t.opts.Groups) > 0 && t.opts.Group != 0 && t.opts.Group != t.opts.Groups[0]
}

// show is the ChangeCipherSpec that each side sends once, for middleboxes (RFC 8446 appendix D.4).
func (t *TLSSession) show(sent bool) []byte {
	if sent {
		return nil
	}
	return Record(20, TLS12, []byte{1})
}

// retry is a HelloRetryRequest and the client's second hello.
func (t *TLSSession) retry(hello ClientHello, answer ServerHello) {
	answer.Retry = true
	t.under.Put(Server, append(Record(22, TLS12, answer.Message()), t.show(false)...))
	hello.Shares, hello.Early = []uint16{answer.Group}, false
	t.under.Put(Client, append(t.show(t.opts.Early > 0), Record(22, TLS12, hello.Message())...))
}

// flight13 is the server's protected records from EncryptedExtensions to Finished.
func (t *TLSSession) flight13() (flight []byte) {
	if t.opts.Flight != nil {
		for _, n := range t.opts.Flight {
			flight = append(flight, Record(23, TLS12, t.random.Bytes(n))...)
		}
		return flight
	}
	flight = t.sealed(6 + 4) // EncryptedExtensions
	if !t.opts.Resumed {
		size := 4 + 4
		for _, der := range t.opts.Chain {
			size += len(der) + 5
		}
		flight = append(flight, t.sealed(size)...)
		flight = append(flight, t.sealed(4+4+256)...) // CertificateVerify
	}
	return append(flight, t.sealed(4+48)...) // Finished
}

// handshake13 is the rest of a TLS 1.3 handshake: everything behind the server's hello is in records of type 23.
func (t *TLSSession) handshake13(answer ServerHello) {
	shown := t.retries() || t.opts.Early > 0 // by the client
	flight := append(Record(22, TLS12, answer.Message()), t.show(t.retries())...)
	flight = append(flight, t.flight13()...)
	t.under.Put(Server, flight)
	if t.opts.ClientAlert != 0 {
		t.under.Put(Client, append(t.show(shown), t.sealed(2)...))
		t.close()
		return
	}
	answered := t.show(shown)
	if t.opts.Early > 0 && !t.retries() {
		answered = t.sealed(4) // EndOfEarlyData
	}
	t.under.Put(Client, append(answered, t.sealed(4+48)...))
}

func (t *TLSSession) close() {
	if flow, ok := t.under.(interface{ Close(...Side) *TCPFlow }); ok {
		flow.Close()
	}
}

// sealed returns records of type 23 for n bytes of plain text.
func (t *TLSSession) sealed(n int) []byte {
	overhead := 24 // explicit nonce and tag of AES-GCM in TLS 1.2
	if t.opts.Version >= TLS13 {
		overhead = 17 // content type and tag
	}
	var out []byte
	for ; n > 0; n -= 1 << 14 {
		body := t.random.Bytes(min(n, 1<<14) + overhead)
		out = append(out, 23, 3, 3, byte(len(body)>>8), byte(len(body)))
		out = append(out, body...)
	}
	return out
}

// Put sends len(b) bytes of application data.
func (t *TLSSession) Put(from Side, b []byte, faults ...Fault) {
	t.under.Put(from, t.sealed(len(b)), faults...)
}

// Send sends n bytes of application data to the server, Recv n bytes back.
func (t *TLSSession) Send(n int) *TLSSession { t.Put(Client, make([]byte, n)); return t }

// Recv is Send for the server.
func (t *TLSSession) Recv(n int) *TLSSession { t.Put(Server, make([]byte, n)); return t }

// Close sends close_notify and ends the connection.
func (t *TLSSession) Close() {
	notify := Record(21, min(t.opts.Version, TLS12), t.random.Bytes(2+24))
	if t.opts.Version >= TLS13 {
		notify = t.sealed(2)
	}
	t.under.Put(Client, notify)
	t.close()
}
