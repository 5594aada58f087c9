package pcaptest

import "time"

// EveryNth is true for packets n-1, 2n-1 …: exactly one in n.
func EveryNth(n int) func(int) bool { return func(i int) bool { return i%n == n-1 } }

// Chance is true for a share p of the packets, at random but the same for the same seed.
func Chance(seed uint64, p float64) func(int) bool {
	return func(i int) bool { return unit(seed, i) < p }
}

// Runs is true for length packets out of every period, the last ones: bursts of loss.
func Runs(period, length int) func(int) bool {
	return func(i int) bool { return i%period >= period-length }
}

// Between is true for packets with low <= i < high: an outage.
func Between(low, high int) func(int) bool { return func(i int) bool { return i >= low && i < high } }

// Only is true for the packets named.
func Only(packets ...int) func(int) bool {
	set := make(map[int]bool, len(packets))
	for _, i := range packets {
		set[i] = true
	}
	return func(i int) bool { return set[i] }
}

// Always gives the same value for every packet: a payload size, a mark.
func Always[T any](v T) func(int) T { return func(int) T { return v } }

// Sizes gives sizes in [low, high], at random but the same for the same seed.
func Sizes(seed uint64, low, high int) func(int) int {
	return func(i int) int { return low + int(unit(seed, i)*float64(high-low+1)) }
}

// Jitter gives delays in [0, most), at random but the same for the same seed.
func Jitter(seed uint64, most time.Duration) func(int) time.Duration {
	return func(i int) time.Duration { return time.Duration(unit(seed, i) * float64(most)) }
}

// unit is a number in [0, 1) that depends on seed and i only.
func unit(seed uint64, i int) float64 { return float64(mix(mix(seed+1)+uint64(i))>>11) / (1 << 53) }
