package dissect

import (
	"time"

	"webexaudit/analyzer/dissect/rtcp"
)

// Asked is what the receivers of a side's streams asked of it by MSTR. Anybody can write such a request, so it counts
// when the side answers it.
type Asked struct {
	open    wanted // not answered yet
	several bool   // requests that differ came before an answer
	rates   [4]wanted
}

type wanted struct {
	payloadType uint8
	rate        uint32
	time        int64 // 0: the place is free
}

// answerTime is how long an answer takes at most.
const answerTime = int64(2 * time.Second)

// ask notes a request.
func (a *Asked) ask(c *rtcp.Packet, now int64) {
	x, ok := c.StreamRequest()
	if !ok {
		return
	}
	r := wanted{x.PayloadType, x.Rate, max(now, 1)}
	pending := a.open.time != 0 && now-a.open.time <= answerTime
	a.several = pending && (a.several || a.open.rate != r.rate || a.open.payloadType != r.payloadType)
	a.open = r
}

// answer notes that the side answers a request.
func (a *Asked) answer(c *rtcp.Packet, now int64) {
	if a.open.time == 0 || !c.AnswersRequest() {
		return
	}
	r := a.open
	a.open = wanted{}
	if a.several || now-r.time > answerTime {
		return
	}
	for i := range a.rates {
		x := &a.rates[i]
		if x.time == 0 || x.payloadType == r.payloadType {
			r.rate = max(r.rate, x.rate)
			*x = r
			return
		}
	}
}

// Rate is the highest rate asked of a payload type, bits per second; 0: none.
func (a *Asked) Rate(payloadType uint8) uint32 {
	for _, x := range a.rates {
		if x.time != 0 && x.payloadType == payloadType {
			return x.rate
		}
	}
	return 0
}
