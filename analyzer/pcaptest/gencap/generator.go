package main

import "webexaudit/analyzer/pcaptest"

// step writes the next frame, after the flows that begin before it; it reports whether anything is left.
func (g *generator) step() bool {
	for len(g.large) > 0 && (len(g.live) == 0 || g.origin+g.large[0].at <= g.live[0].at) &&
		g.large[0].at <= g.nextSmall() {
		l := g.large[0]
		g.large = g.large[1:]
		g.start(l)
	}
	for g.drawn < g.small && (len(g.live) == 0 || g.origin+g.nextSmall() <= g.live[0].at) {
		f := g.flow(g.nextSmall())
		g.drawn++
		g.draw(f)
		g.known(f)
		g.live.push(f)
	}
	if len(g.live) == 0 {
		return len(g.large) > 0 || g.drawn < g.small
	}
	f := g.live[0]
	if f.at-g.origin > g.span || !f.advance(g) {
		g.live.pop()
	} else {
		g.live.fix()
	}
	return true
}

// nextSmall is when the next small flow begins, since the origin.
func (g *generator) nextSmall() int64 {
	if g.small == 0 || g.drawn == g.small {
		return g.span
	}
	return int64(float64(g.span) * float64(g.drawn) / float64(g.small))
}

// draw picks a kind by share.
func (g *generator) draw(f *flow) {
	n := g.rnd.Intn(1000)
	for i := range g.mix.kinds {
		if n -= g.mix.kinds[i].share; n < 0 {
			g.fill(&g.mix.kinds[i], f)
			return
		}
	}
}

// flow makes a flow that begins at a time since the origin.
func (g *generator) flow(at int64) *flow {
	g.order++
	f := &flow{at: g.origin + at, order: g.order, rnd: *pcaptest.NewRand(g.rnd.Uint64())}
	f.rtt = int64(f.rnd.Range(8, 120)) * 1e6
	f.ttl = [2]uint8{63, uint8(f.rnd.Range(44, 60))}
	f.id = [2]uint16{uint16(f.rnd.Uint32()), uint16(f.rnd.Uint32())}
	f.seq = [2]uint32{f.rnd.Uint32(), f.rnd.Uint32()}
	return f
}

// hosts gives a flow a client of its own address and port: 2,000 hosts, 30,000 ports each.
func (g *generator) hosts(f *flow, port uint16) uint16 {
	host := f.order % 2000
	f.addr[client] = [4]byte{10, 20, byte(1 + host/250), byte(1 + host%250)}
	f.port[client] = uint16(33000 + f.order/2000%30000)
	return port
}

// known makes the server of a flow one of those that there are, where they are counted.
func (g *generator) known(f *flow) {
	if a := &f.addr[server]; g.servers > 0 && g.mix.large {
		n := (int(a[2])<<8 | int(a[3])) % g.servers
		a[2], a[3] = a[2]&^0x3f+byte(n/250), byte(1+n%250) // media nodes have the upper addresses of their networks
	}
}

func (f *flow) udp(port uint16, to [4]byte) { f.proto, f.port[server], f.addr[server] = udp, port, to }
func (f *flow) tcp(port uint16, to [4]byte) { f.proto, f.port[server], f.addr[server] = tcp, port, to }

// start begins a planned flow, or the two of a call.
func (g *generator) start(l large) {
	if !l.call {
		g.download(l)
		return
	}
	node := mediaNode(&g.rnd)
	host, callers := int(g.order), 1<<16
	if g.servers > 0 {
		callers = g.servers
	}
	marked := g.rnd.Intn(5) > 0
	for i, video := range []bool{false, true} {
		if video && !l.video {
			break
		}
		f := g.flow(l.at)
		f.addr[client] = [4]byte{10, 21, byte(host % callers >> 8), byte(host % callers)}
		f.port[client] = uint16(52000 + 100*i + host/callers%48)
		f.udp(5004, node)
		g.known(f)
		if marked {
			f.dscp[client] = [2]uint8{pcaptest.EF, pcaptest.AF41}[i]
		}
		f.stream = &media{end: f.at + l.length, sources: g.sources(&f.rnd, f.at, video)}
		g.live.push(f)
	}
}

// download is a large answer in TLS or QUIC.
func (g *generator) download(l large) {
	f := g.flow(l.at)
	rate := int64(f.rnd.Range(8, 60)) * 1e6 / 8
	b := &bulk{left: l.bytes, gap: 1460 * 1e9 / rate}
	if l.quic {
		f.udp(g.hosts(f, 443), [4]byte{142, 250, byte(f.rnd.Intn(200)), byte(f.rnd.Intn(250))})
		b.script = []beat{{from: client, data: g.lib.quic[f.rnd.Intn(len(g.lib.quic))]},
			{from: server, turn: true, data: shortHeader, noise: 1199}}
	} else {
		f.tcp(g.hosts(f, 443), [4]byte{151, 101, byte(f.rnd.Intn(200)), byte(f.rnd.Intn(250))})
		script := g.lib.web[f.rnd.Intn(len(g.lib.web))]
		b.script = script[:len(script)-3] // without its end
	}
	f.stream = b
	g.known(f)
	g.live.push(f)
}
