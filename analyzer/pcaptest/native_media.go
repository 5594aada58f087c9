package pcaptest

import (
	"encoding/binary"
	"slices"
	"time"
)

// audio is one stream of the client and one of each talker, each with its FEC in 2020.
func (n *native) audio() (list [2][]RTPStream) {
	for _, side := range []Side{Client, Server} {
		talkers := []int{1, n.Talkers}[side]
		pt := [][2]uint8{{PTAudioUp, PTAudioDown}, {PTAudio2023, PTAudio2023},
			{PTAudioBrowser, PTAudioBrowser}}[n.Generation][side]
		for range talkers {
			r := n.stream(side, pt, 48000)
			speaks := !n.Muted[side]
			if n.Generation == Native2023 {
				n.fill(&r, n.speech(side == Client, speaks), 0)
			} else {
				n.fill(&r, n.steady(), 0)
			}
			list[side] = append(list[side], r)
		}
		if n.Generation == Native2020 {
			for _, of := range slices.Clone(list[side]) {
				list[side] = append(list[side], n.fec(of, of.Slots))
			}
		}
	}
	return list
}

// steady is Opus of constant rate, a packet every 20 ms.
func (n *native) steady() (list []Slot) {
	for i := range int(n.mediaLasting() / (20 * time.Millisecond)) {
		list = append(list, Slot{Timestamp: uint32(960 * i), Size: n.s.Range(124, 154)})
	}
	return list
}

// speechSizes are the payloads of the call of 2023, as often as they came.
var speechSizes = []int{60, 92, 92, 92, 108, 140, 156, 172, 188, 188, 188, 204, 204, 204, 204, 204, 220, 220, 220}

// speech alternates between talk of one to seven seconds and silence of one to four. In silence comfort noise follows
// after 420 ms, seldom less. The marker stands on the first packet behind a gap.
func (n *native) speech(talks, ever bool) (list []Slot) {
	var ts uint32
	step := uint32(960)
	for end := n.mediaLasting(); ; talks = !talks {
		spell := n.s.Duration(time.Second, 4*time.Second)
		if talks = talks && ever; talks {
			spell = n.s.Duration(time.Second, 7*time.Second)
		}
		for until := ts + uint32(spell.Milliseconds()*48); ts < until; ts += step {
			if time.Duration(ts)*time.Second/48000 >= end {
				return list
			}
			x := Slot{Timestamp: ts, Marker: len(list) > 0 && step != 960, Size: 92}
			if talks {
				x.Size = speechSizes[n.s.Intn(len(speechSizes))]
			}
			list = append(list, x)
			if step = 960; !talks {
				step = []uint32{16320, 18240, 19200, 20160, 20160, 20160, 20160, 20160}[n.s.Intn(8)]
			}
		}
	}
}

// frameShape is a kind of picture: how many packets, and how many bytes of payload in each.
type frameShape struct{ packets, size int }

// pictures says how a video stream goes: steps between frames in units of 90 kHz, shapes of frames, one of them drawn
// for each, and the key frame that comes every so many frames.
type pictures struct {
	steps    []uint32
	frames   []frameShape
	key      frameShape
	keyEvery int
}

var (
	video2020 = pictures{[]uint32{3600}, []frameShape{{7, 760}, {8, 790}, {8, 800}, {8, 790}, {9, 830}},
		frameShape{20, 900}, 250}
	video360 = pictures{[]uint32{3600}, []frameShape{{2, 1090}, {3, 880}, {3, 920}}, frameShape{9, 1090}, 250}
	camera   = pictures{[]uint32{8100, 9000, 9000, 9900}, []frameShape{{5, 1020}, {6, 1070}, {6, 1085}, {7, 1090}},
		frameShape{53, 1075}, 50}
	content = pictures{[]uint32{16830, 18270, 18270, 18270, 18270, 19710, 35100},
		[]frameShape{{1, 460}, {1, 873}, {6, 900}, {6, 1000}, {6, 1070}, {15, 1070}, {27, 1080}, {40, 1090},
			{55, 1093}},
		frameShape{53, 1075}, 50}
	fromNode = pictures{[]uint32{8100, 9000, 9000, 9900},
		[]frameShape{{1, 205}, {1, 345}, {1, 345}, {1, 425}, {1, 425}, {1, 500}, {1, 825}, {4, 586}, {14, 884}},
		frameShape{48, 1057}, 40}
)

// video is one stream each way, with FEC as asked.
func (n *native) video() (list [2][]RTPStream) {
	for _, side := range []Side{Client, Server} {
		shape, pt := video2020, []uint8{PTVideoUp, PTVideoDown}[side]
		switch n.Generation {
		case Browser:
			shape, pt = video360, PTVideoBrowser
		case Native2023:
			shape, pt = fromNode, []uint8{PTVideoUp2023, PTVideoDown}[side]
			if side == Client {
				shape = camera
			}
			if side == Client && n.Content {
				shape = content
			}
		}
		r := n.stream(side, pt, 90000)
		n.fill(&r, n.frames(shape), 4)
		list[side] = []RTPStream{r}
		if n.VideoFEC > 0 && n.Generation == Native2020 {
			list[side] = append(list[side], n.fec(r, n.videoFEC(r.Slots)))
		}
	}
	return list
}

// frames are pictures one after the other; the packets of one follow each other by 30 µs, the last has the marker.
func (n *native) frames(p pictures) (list []Slot) {
	end := uint32(n.mediaLasting().Seconds() * 90000)
	for i, ts := 0, uint32(0); ts < end; i++ {
		f := p.frames[n.s.Intn(len(p.frames))]
		if i%p.keyEvery == 0 {
			f = p.key
		}
		size := f.size + n.s.Range(-f.size/20, 6)
		for j := range f.packets {
			list = append(list, Slot{At: time.Duration(j) * 30 * time.Microsecond, Timestamp: ts,
				Marker: j == f.packets-1, Size: size + j&1})
		}
		ts += p.steps[n.s.Intn(len(p.steps))]
	}
	return list
}

// videoFEC is the stream's share of FEC, spread evenly: behind a packet when another FEC packet is due.
func (n *native) videoFEC(of []Slot) (list []Slot) {
	for i, x := range of {
		if int(float64(i+1)*n.VideoFEC) > int(float64(i)*n.VideoFEC) {
			list = append(list, x)
		}
	}
	return list
}

// headStart is how long after the call's first packet its media begin.
const headStart = 100 * time.Millisecond

// stream is an empty one; those of the node start a moment later.
func (n *native) stream(side Side, pt uint8, rate int) RTPStream {
	return RTPStream{
		From: side, Start: n.start.Add(headStart + time.Duration(side)*3*time.Millisecond), PT: pt, ClockRate: rate,
		SSRC: n.s.Uint32(), FirstSeq: uint16(n.s.Uint32()), FirstTS: n.s.Uint32(), Profile: ProfileOneByte,
		CSRC: []uint32{n.s.Uint32() &^ 0xff},
	}
}

// fill gives a stream its packets: times from time stamps, with what the sender and the way add (a video frame is
// delayed as a whole), and header extensions.
func (n *native) fill(r *RTPStream, slots []Slot, virtual uint8) {
	wobble := []time.Duration{time.Millisecond, 8 * time.Millisecond}[r.From]
	var late time.Duration
	counter := n.s.Uint32() & 0xfffff
	for i := range slots {
		x := &slots[i]
		if i == 0 || x.Timestamp != slots[i-1].Timestamp {
			late = n.s.Duration(0, wobble)
		}
		sent := time.Duration(x.Timestamp) * time.Second / time.Duration(r.ClockRate)
		x.Extension = n.extension(r, virtual, counter+uint32(i), r.Start.Add(sent), i)
		x.At += sent + late
	}
	r.Slots, r.Packets = slots, len(slots)
}

// extension is the header extension of a packet: virtual id, audio level or frame marking, the time stamp of 100 µs
// with the number of the packet, for video orientation and transmission offset, and now and then the time of day.
func (n *native) extension(r *RTPStream, virtual uint8, counter uint32, sent time.Time, i int) []byte {
	if n.Generation == Browser {
		return Elements(Element{1, []byte{uint8(n.s.Range(0x10, 0x3f))}}, Element{4, []byte{'0' + virtual/4}},
			Element{3, binary.BigEndian.AppendUint16(nil, uint16(counter))})
	}
	list := []Element{{1, []byte{virtual}}, {2, []byte{0x20}}}
	if r.ClockRate == 90000 {
		list = append(list, Element{5, []byte{3}})
	} else {
		list[1].Value[0] = 0x80 | uint8(n.s.Range(0x10, 0x3f))
	}
	clock := binary.BigEndian.AppendUint32([]byte{byte(counter >> 16), byte(counter >> 8), byte(counter)},
		n.clockOf(r.From, sent))
	list = append(list, Element{4, clock})
	if r.ClockRate == 90000 {
		list = append(list, Element{3, []byte{0, 0x2b, 0xf2}})
	}
	if n.Generation == Native2023 && i%8 == 0 {
		list = append(list, Element{6, binary.BigEndian.AppendUint64(nil, ntp(n.ntpTime(r.From, sent)))})
	}
	return Elements(list...)
}

// clockOf is the sender's clock of 10 kHz.
func (n *native) clockOf(side Side, t time.Time) uint32 {
	return n.clock[side] + uint32(t.Sub(n.start)/(100*time.Microsecond))
}

// ntpTime is the time of day that a machine's reports tell: how long it has been running, counted from 1900.
func (n *native) ntpTime(side Side, t time.Time) time.Time {
	return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).Add(n.boot[side] + t.Sub(n.start))
}

// fec is the stream that protects another: 2 ms behind it, a packet as large for each slot.
func (n *native) fec(of RTPStream, slots []Slot) RTPStream {
	f := n.stream(of.From, []uint8{PTFECUp, PTFECDown}[of.From], of.ClockRate)
	f.CSRC = []uint32{of.SSRC}
	slots = slices.Clone(slots)
	for i := range slots {
		slots[i].At = 2 * time.Millisecond
		slots[i].Marker = false
	}
	n.fill(&f, slots, 0)
	return f
}
