package record

// Cloner copies what is lent. What it has copied stays as long as any of it is in use, so there should be one for a
// bounded number of records.
type Cloner struct {
	words    *Words
	packer   *Packer
	buffer   []byte
	unpacker Unpacker
}

// NewCloner makes one.
func NewCloner() *Cloner {
	words := NewWords()
	return &Cloner{words: words, packer: NewPacker(words)}
}

// Copy reads by unpack what pack appends. The error is of a value that cannot be shown as JSON.
func (c *Cloner) Copy(pack func(*Packer), unpack func(*Unpacker)) (err error) {
	c.packer.Start(c.buffer[:0], 0, 0)
	pack(c.packer)
	if c.buffer, err = c.packer.End(); err != nil {
		return err
	}
	c.unpacker.Start(c.buffer, c.words.List(), 0, 0)
	unpack(&c.unpacker)
	_, err = c.unpacker.End()
	return err
}

// Flow is a copy of a flow.
func (c *Cloner) Flow(f *Flow) (*Flow, error) {
	r := new(Flow)
	return r, c.Copy(func(p *Packer) { p.packFlow(f) }, func(u *Unpacker) { u.unpackFlow(r) })
}
