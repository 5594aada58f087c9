package decode

import (
	"bytes"
	"encoding/gob"
)

// savedCount is how a counter by kind is saved.
type savedCount struct {
	Kind [2]uint64
	N    int64
}

func saveCounts(list []savedCount, other int64) ([]byte, error) {
	var b bytes.Buffer
	e := gob.NewEncoder(&b)
	if err := e.Encode(list); err != nil {
		return nil, err
	}
	err := e.Encode(other)
	return b.Bytes(), err
}

func loadCounts(b []byte) (list []savedCount, other int64, err error) {
	d := gob.NewDecoder(bytes.NewReader(b))
	if err = d.Decode(&list); err == nil {
		err = d.Decode(&other)
	}
	return list, other, err
}

// GobEncode implements [gob.GobEncoder].
func (d DupPairs) GobEncode() ([]byte, error) {
	list := make([]savedCount, len(d.by))
	for i, c := range d.by {
		list[i] = savedCount{[2]uint64{uint64(c.First), uint64(c.Copy)}, c.n}
	}
	return saveCounts(list, d.other)
}

// GobDecode implements [gob.GobDecoder].
func (d *DupPairs) GobDecode(b []byte) (err error) {
	list, other, err := loadCounts(b)
	d.by, d.other = nil, other
	for _, c := range list {
		d.Add(DupPair{Network(c.Kind[0]), Network(c.Kind[1])}, c.N)
	}
	return err
}

// GobEncode implements [gob.GobEncoder].
func (u Unopened) GobEncode() ([]byte, error) {
	list := make([]savedCount, u.n)
	for i, k := range u.kinds[:u.n] {
		list[i] = savedCount{[2]uint64{uint64(k.key)}, k.bytes}
	}
	return saveCounts(list, u.other)
}

// GobDecode implements [gob.GobDecoder].
func (u *Unopened) GobDecode(b []byte) (err error) {
	list, other, err := loadCounts(b)
	*u = Unopened{other: other}
	for _, c := range list {
		u.add(uint32(c.Kind[0]), c.N)
	}
	return err
}
