package ingest

import (
	"sort"
	"sync/atomic"
)

// Numbers tells where packets are: they are numbered through all inputs, and people look for them in files. It knows
// the inputs that have begun, so it can be asked of any packet that was read, by any goroutine.
type Numbers struct {
	live       bool
	interfaces func(input int) []string
	starts     atomic.Pointer[[]start]
}

// NumbersOf are those of inputs that have all been read.
func NumbersOf(inputs []Input, live bool) *Numbers {
	n := &Numbers{live: live}
	n.of(inputs)
	return n
}

func (n *Numbers) of(inputs []Input) {
	n.interfaces = func(i int) []string { return inputs[i].Info.Interfaces }
	for i := range inputs {
		if inputs[i].Read > 0 && !n.live {
			n.begin(i, inputs[i].Base)
		}
	}
}

// start is where an input begins.
type start struct {
	input int
	base  int64 // packets of the inputs before it
}

// begin notes that an input begins behind so many packets. One goroutine does so.
func (n *Numbers) begin(input int, base int64) {
	var list []start
	if old := n.starts.Load(); old != nil {
		list = *old
	}
	list = append(list[:len(list):len(list)], start{input, base})
	n.starts.Store(&list)
}

// File is the index of the input that holds a packet, and the packet's number within it. Packets of interfaces are
// numbered together.
func (n *Numbers) File(number int64) (input int, local int64) {
	input, local, _ = n.at(number)
	return input, local
}

// at is File, and the number of the last packet of that input, through all inputs; 0: it has not ended.
func (n *Numbers) at(number int64) (input int, local, last int64) {
	list := n.starts.Load()
	if n.live || list == nil {
		return 0, number, 0
	}
	i := max(sort.Search(len(*list), func(i int) bool { return (*list)[i].base >= number })-1, 0)
	s := (*list)[i]
	if i+1 < len(*list) {
		last = (*list)[i+1].base
	}
	return s.input, number - s.base, last
}

// Ranges parts a run of numbers where files end.
func (n *Numbers) Ranges(first, last int64, each func(input int, first, last int64)) {
	for first <= last {
		input, local, end := n.at(first)
		if end == 0 || end > last {
			end = last
		}
		each(input, local, local+end-first)
		first = end + 1
	}
}

// Interface is the name of an interface of an input; "" where it has none.
func (n *Numbers) Interface(input, i int) string {
	if names := n.interfaces(input); i < len(names) {
		return names[i]
	}
	return ""
}

// interfacesOf are the names that an input gives to its interfaces; one that is read live is its interface.
func (p *pipeline) interfacesOf(input int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	in := p.inputs[input]
	if len(in.Info.Interfaces) == 0 && p.live {
		return []string{in.Name}
	}
	return in.Info.Interfaces
}
