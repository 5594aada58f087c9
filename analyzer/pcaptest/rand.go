package pcaptest

import (
	"encoding/binary"
	"time"
)

// Rand is a SplitMix64 sequence (Steele, Lea and Flood, 2014). It is our own, because the sequences behind math/rand
// may change between Go releases and the bytes of a capture must not. The zero value is the sequence of seed 0.
type Rand struct{ state uint64 }

// NewRand starts the sequence of a seed.
func NewRand(seed uint64) *Rand { return &Rand{seed} }

// Uint64 returns the next 64 bits.
func (r *Rand) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Uint32 returns the next 32 bits.
func (r *Rand) Uint32() uint32 { return uint32(r.Uint64() >> 32) }

// Intn returns a number in [0, n); n must be positive.
func (r *Rand) Intn(n int) int { return int((r.Uint64() >> 1) % uint64(n)) }

// Range returns a number in [low, high], both included.
func (r *Rand) Range(low, high int) int { return low + r.Intn(high-low+1) }

// Float64 returns a number in [0, 1).
func (r *Rand) Float64() float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// Duration returns a duration in [low, high).
func (r *Rand) Duration(low, high time.Duration) time.Duration {
	return low + time.Duration(r.Float64()*float64(high-low))
}

// Read fills b and never fails: a Rand is an io.Reader.
func (r *Rand) Read(b []byte) (int, error) {
	n := len(b)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, r.Uint64())
		b = b[8:]
	}
	for i := range b {
		b[i] = byte(r.Uint64())
	}
	return n, nil
}

// Bytes returns n bytes.
func (r *Rand) Bytes(n int) []byte {
	b := make([]byte, n)
	r.Read(b)
	return b
}

// Text returns n letters and digits, as ICE user names and SIP tags have them.
func (r *Rand) Text(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.Intn(len(alphabet))]
	}
	return string(b)
}
