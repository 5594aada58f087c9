package audit

import (
	"cmp"
	"fmt"
	"testing"
)

// A table that was split keeps the same keys and values as one that saw everything.
func TestTable(t *testing.T) {
	table := func(keys ...int) *Table[int, int] {
		x := NewTable(3, cmp.Compare[int], func(int) *int { return new(int) }, func(into, from *int) { *into += *from })
		for _, k := range keys {
			*x.At(k)++
		}
		return &x
	}
	var keys, even, odd []int
	for i := range 100 {
		k := (i * 37) % 50
		keys = append(keys, k)
		if i%3 == 0 {
			even = append(even, k)
		} else {
			odd = append(odd, k)
		}
	}
	list := func(x *Table[int, int]) (text string) {
		for k, v := range x.All {
			text += fmt.Sprint(k, ":", *v, " ")
		}
		return text + fmt.Sprint(x.Over)
	}
	parts := table(even...)
	parts.Merge(table(odd...))
	for _, x := range []*Table[int, int]{table(keys...), parts} {
		if got := list(x); got != "0:2 1:2 2:2 true" {
			t.Error(got)
		}
	}
	if got := list(table(5, 5, 1)); got != "1:1 5:2 false" {
		t.Error(got)
	}
}
