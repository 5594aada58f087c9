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

// A counter keeps the smallest keys, and what it counted of the rest as one number, however it was dealt.
func TestCounter(t *testing.T) {
	whole, even, odd := NewCounter(3), NewCounter(3), NewCounter(3)
	for i := range 100 {
		key := fmt.Sprintf("%02d", i%50)
		whole.Add(key, 2)
		if i%2 == 0 {
			even.Add(key, 2)
		} else {
			odd.Add(key, 2)
		}
	}
	even.Merge(&odd)
	for _, c := range []*Counter{&whole, &even} {
		if got := fmt.Sprint(c.Keys(), c.Count("01"), c.Total(), c.Other); got != "[00 01 02] 4 200 188" {
			t.Error(got)
		}
	}
}

// A set keeps its smallest members and says whether there were more.
func TestSet(t *testing.T) {
	for n, over := range map[int]bool{3: false, 4: true, 50: true} {
		a, b := NewSet[int](3), NewSet[int](3)
		for i := range 2 * n {
			a.Add(n - 1 - i%n)
			b.Add(i % n)
		}
		a.Merge(&b)
		if got := fmt.Sprint(a.List(), a.Len(), a.Has(2), a.Has(3)); got != "[0 1 2] 3 true false" || a.Over != over {
			t.Errorf("of %d: %s, over %v", n, got, a.Over)
		}
	}
}
