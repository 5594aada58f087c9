package tlswire

// msgHeader is the length of a handshake message's header: type and 24-bit length.
const msgHeader = 4

// handshake reads payload of handshake records. Messages that lie whole in p are not copied.
func (r *Reader) handshake(p []byte, emit func(Event)) {
	for len(p) > 0 && r.mode == modeHandshake {
		switch {
		case r.skip > 0:
			n := min(r.skip, len(p))
			r.skip -= n
			p = p[n:]
		case len(r.msg) == 0:
			p = r.direct(p, emit)
		default:
			p = r.collect(p, emit)
		}
	}
	if r.left == 0 && r.ccs && len(r.msg) > 0 && len(r.msg) < msgHeader+2 {
		r.protect(emit) // too short to tell; encryption has begun, so it is most likely that
	}
}

// direct takes a message from the start of p, or leaves it to collect if more bytes are needed.
func (r *Reader) direct(p []byte, emit func(Event)) []byte {
	n := r.want(p)
	switch {
	case n == 0:
		r.protect(emit)
		return nil
	case n > len(p) || n > r.limit():
		return r.collect(p, emit)
	}
	r.message(p[:n], false, emit)
	return p[n:]
}

// collect adds to the message in r.msg until it is whole or as long as is allowed; it returns what it did not use of p.
func (r *Reader) collect(p []byte, emit func(Event)) []byte {
	for {
		n := r.want(r.msg)
		if n == 0 {
			r.protect(emit)
			return nil
		}
		keep := min(n, r.limit())
		if len(r.msg) == keep {
			r.skip = n - keep
			r.message(r.msg, r.skip > 0, emit)
			r.release()
			return p
		}
		if len(p) == 0 {
			return nil
		}
		take := min(keep-len(r.msg), len(p))
		r.add(p[:take])
		p = p[take:]
	}
}

// want is how long the message that begins with m has to become for the next decision, in bytes with header: first the
// header, of hellos also the version, then the whole message. It is 0 where m cannot be a handshake message in clear.
func (r *Reader) want(m []byte) int {
	if len(m) < msgHeader {
		return msgHeader
	}
	length := int(m[1])<<16 | int(m[2])<<8 | int(m[3])
	if !plausible(m[0], length, r.ccs) {
		return 0
	}
	if isHello(m[0]) {
		if len(m) < msgHeader+2 {
			return msgHeader + 2
		}
		if m[4] != 3 && m[4] != draftMajor {
			return 0
		}
	}
	return msgHeader + length
}

// limit is the longest message that is kept. Below 64 bytes nothing could be decided.
func (r *Reader) limit() int {
	if r.MaxMessage == 0 {
		return DefaultMaxMessage
	}
	return max(r.MaxMessage, 64)
}

// message reports a message m, given with its header.
func (r *Reader) message(m []byte, cut bool, emit func(Event)) {
	body := m[msgHeader:]
	r.emit(Event{Kind: kindOf(m[0], body), Body: body, Cut: cut, Size: msgHeader + uint24(m[1:])}, emit)
}

// protect gives up on the current handshake record: its content is encrypted.
func (r *Reader) protect(emit func(Event)) {
	r.release()
	r.mode = modeSkip
	r.emit(Event{Kind: KindProtected, Size: r.rec.Length}, emit)
}

// flush reports an unfinished message as cut, if enough of it is there to know what it is.
func (r *Reader) flush(emit func(Event)) {
	r.skip = 0
	if len(r.msg) == 0 {
		return
	}
	if r.rec.Version == VersionSSL2 {
		r.emit(Event{Kind: KindClientHello, Body: r.msg, Cut: true}, emit)
	} else if n := r.want(r.msg); n > len(r.msg) && len(r.msg) >= msgHeader &&
		(!isHello(r.msg[0]) || len(r.msg) >= msgHeader+2) {
		r.message(r.msg, true, emit)
	}
	r.release()
}

// sslv2 collects a ClientHello in SSLv2 framing. Its body keeps the type byte: see [ClientHello.Decode].
func (r *Reader) sslv2(p []byte, emit func(Event)) {
	n := min(r.limit()-len(r.msg), len(p))
	r.add(p[:n])
	whole := r.left == 0 && n == len(p)
	if !whole && len(r.msg) < r.limit() {
		return
	}
	r.emit(Event{Kind: KindClientHello, Body: r.msg, Cut: !whole}, emit)
	r.release()
	r.mode = modeSkip
}
