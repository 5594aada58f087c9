package media

// Thinned keeps every value of few, and of many every second, fourth …, spread over all.
type Thinned[T any] struct {
	List        []T // in the order of adding
	every, left int // as many lie between two that are kept, and are still to be left out
}

// Add takes the next value; at most so many are kept, always the same even number.
func (k *Thinned[T]) Add(v T, most int) {
	if k.left > 0 {
		k.left--
		return
	}
	if len(k.List) == most {
		for i := range most / 2 {
			k.List[i] = k.List[2*i]
		}
		k.List, k.every = k.List[:most/2], 2*k.every+1
	}
	k.List, k.left = append(k.List, v), k.every
}
