package record

import (
	"hash/maphash"
	"strings"
)

// Bounds of Words. What finds no place is packed as it is.
const (
	maxWords     = 1 << 15
	maxWordBytes = 4 << 20 // of all texts together
	longestWord  = 512
	sights       = 1 << 12 // hashes of texts that were seen once
	nearWords    = 1 << 10
)

// Words numbers the texts that come again and again in packed records, in a table of bounded size. A text is taken in
// when it comes in a second part, so that identifiers, of which each is seen in one only, fill nothing.
type Words struct {
	list  []string // by number
	bytes int
	slots []wordSlot // open addressing, at most half full; its length is a power of two
	seen  [sights]uint64
	seed  maphash.Seed
	near  [nearWords]nearWord // by a hash that costs next to nothing
}

// nearWord is a text that was found of late, and its number.
type nearWord struct {
	text   string
	number uint32
}

// wordSlot is a number and a part of its text's hash; the number counts from 1.
type wordSlot struct{ hash, number uint32 }

// NewWords makes an empty table.
func NewWords() *Words { return &Words{slots: make([]wordSlot, 1<<10), seed: maphash.MakeSeed()} }

// List are the texts by number. The list only grows: what was packed before needs no more than it has.
func (w *Words) List() []string { return w.list }

// Bytes is about how much memory the table takes.
func (w *Words) Bytes() int64 {
	return int64(w.bytes + 16*cap(w.list) + 8*(len(w.slots)+sights) + 24*nearWords)
}

// nearOf is the place of a text among the near words: by its length and both its ends.
func (w *Words) nearOf(s string) *nearWord {
	var h uint64
	switch n := len(s); {
	case n >= 8:
		h = eight(s) ^ eight(s[n-8:])*0x9e3779b97f4a7c15
	case n >= 2:
		h = uint64(s[0]) | uint64(s[1])<<8 | uint64(s[n/2])<<16 | uint64(s[n-1])<<24
	case n == 1:
		h = uint64(s[0])
	}
	h = (h ^ uint64(len(s))) * 0x9e3779b97f4a7c15
	return &w.near[h>>54]
}

// eight are the first eight bytes of a text.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func (w *Words) hash(s string) uint64 { return maphash.String(w.seed, s) }

// number is that of a text; ok is false where it has none.
func (w *Words) number(s string, hash uint64) (n uint32, ok bool) {
	mask := uint64(len(w.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := w.slots[i]
		if slot.number == 0 {
			return 0, false
		}
		if slot.hash == uint32(hash>>32) && w.list[slot.number-1] == s {
			return slot.number - 1, true
		}
	}
}

// admit gives a number to a text that has none, where it comes again and there is room.
func (w *Words) admit(s string, hash uint64) (n uint32, ok bool) {
	if last := &w.seen[hash%sights]; *last != hash {
		*last = hash
		return 0, false
	}
	if len(w.list) == maxWords || len(s) > longestWord || w.bytes+len(s) > maxWordBytes {
		return 0, false
	}
	if 2*len(w.list) >= len(w.slots) {
		w.grow()
	}
	w.list = append(w.list, strings.Clone(s))
	w.bytes += len(s)
	w.place(hash, uint32(len(w.list)))
	return uint32(len(w.list) - 1), true
}

func (w *Words) place(hash uint64, number uint32) {
	mask := uint64(len(w.slots) - 1)
	i := hash & mask
	for w.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	w.slots[i] = wordSlot{uint32(hash >> 32), number}
}

func (w *Words) grow() {
	w.slots = make([]wordSlot, 2*len(w.slots))
	for i, s := range w.list {
		w.place(w.hash(s), uint32(i+1))
	}
}

// WordsOf is a table of these texts, for what was packed with it before.
func WordsOf(list []string) *Words {
	w := &Words{list: list}
	for _, s := range list {
		w.bytes += len(s)
	}
	return w
}
