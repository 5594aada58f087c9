package media

import (
	"math"
	"time"
)

// videoClock is the clock rate of all video payload formats (RFC 3551 section 5), in Hz.
const videoClock = 90000

// frames groups packets by RTP timestamp. A frame is complete with its last packet.
type frames struct {
	open        bool
	stamp       uint32
	last        int64 // arrival of the current frame's latest packet
	first, prev int64 // completion of the first frame and of the one before
	prevStamp   uint32
	opened      int64 // packets missing when the current frame began
	before      int64 // and the one before
	n           int64
	mean        float64 // of the times between frames, ns, over about the last 30
	deviation   float64 // sum, ns
	freezes     int64
	frozen      int64
}

func (s *Stream) frame(p *Packet) {
	f := &s.frames
	switch step := int32(p.Timestamp - f.stamp); {
	case !f.open:
		f.open = true
	case step == 0:
		f.last = p.Time
		return
	case step < 0: // a packet of an old frame
		return
	default:
		f.complete()
	}
	f.stamp, f.last = p.Timestamp, p.Time
	f.before, f.opened = f.opened, s.Expected()-s.Packets
}

// complete ends the current frame.
func (f *frames) complete() {
	if f.n++; f.n == 1 {
		f.first = f.last
	} else {
		f.spacing()
	}
	f.prev, f.prevStamp = f.last, f.stamp
}

// A freeze is what W3C's webrtc-stats (freezeCount) calls one: a time between two frames of at least max(3δ, δ + 150
// ms), δ the mean of the last 30. Theirs are frames shown, ours are frames complete at the capture point; so that a
// sender that pauses does not count, packets must be missing, or the frame must be 150 ms behind its RTP time.
const (
	freezeFactor = 3
	freezeExtra  = float64(150 * time.Millisecond)
	freezeFrames = 30
)

func (f *frames) spacing() {
	d := float64(f.last - f.prev)
	behind := d - float64(int32(f.stamp-f.prevStamp))*1e9/videoClock
	f.deviation += math.Abs(behind)
	if f.n > 3 && d >= max(freezeFactor*f.mean, f.mean+freezeExtra) && (f.opened > f.before || behind >= freezeExtra) {
		f.freezes++
		f.frozen += f.last - f.prev
	}
	f.mean += (d - f.mean) / float64(min(f.n-1, freezeFrames))
}

// Video is what the frames of a video stream show.
type Video struct {
	Rate     float64 // frames per second
	JitterMs float64 // mean difference between the spacing of frames and that of their RTP times
	Freezes  int64
	FrozenMs float64
}

// Video sums the frames up; false for streams of fewer than two seconds, whose rate says nothing. It makes sense for
// clocks of 90 kHz.
func (s *Stream) Video() (v Video, ok bool) {
	f := s.frames
	if f.open {
		f.complete()
	}
	span := f.last - f.first
	if f.n < 3 || span < 2*second {
		return Video{}, false
	}
	return Video{
		Rate: float64(f.n-1) / float64(span) * 1e9, JitterMs: f.deviation / float64(f.n-1) / 1e6,
		Freezes: f.freezes, FrozenMs: float64(f.frozen) / 1e6,
	}, true
}
