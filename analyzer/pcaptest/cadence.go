package pcaptest

import "time"

// MediaCadence is what a call looks like inside TLS or TCP: every interval a message in each direction, audio-sized.
func MediaCadence(start time.Time, lasting, interval time.Duration) []Event {
	var out []Event
	for i := range int(lasting / interval) {
		t := start.Add(time.Duration(i) * interval)
		up, down := 62+int(unit(1, i)*20), 62+int(unit(2, i)*20)
		out = append(out,
			Event{At: t, From: Client, Data: make([]byte, up)},
			Event{At: t.Add(7 * time.Millisecond), From: Server, Data: make([]byte, down)})
	}
	return out
}

// WebSocketCadence is a notification channel: a ping and its pong every 15 s and now and then a message.
func WebSocketCadence(start time.Time, lasting time.Duration, rtt time.Duration) []Event {
	var out []Event
	for i := range int(lasting/(15*time.Second)) + 1 {
		t := start.Add(time.Duration(i) * 15 * time.Second)
		out = append(out,
			Event{At: t, From: Client, Data: make([]byte, 10)},
			Event{At: t.Add(rtt), From: Server, Data: make([]byte, 6)},
			Event{At: t.Add(rtt + 4*time.Second), From: Server, Data: make([]byte, 400+int(unit(3, i)*900))})
	}
	return out
}

// FileCadence is a download: a request, then full records one after the other at the given rate in bits per second.
func FileCadence(start time.Time, bytes, bitsPerSecond int) []Event {
	out := []Event{{At: start, From: Client, Data: make([]byte, 600)}}
	t := start.Add(60 * time.Millisecond)
	for left := bytes; left > 0; left -= 1 << 14 {
		n := min(left, 1<<14)
		out = append(out, Event{At: t, From: Server, Data: make([]byte, n)})
		t = t.Add(time.Duration(n) * 8 * time.Second / time.Duration(bitsPerSecond))
	}
	return out
}
