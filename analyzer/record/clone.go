package record

// Cloner copies flows that are lent. What it has copied stays as long as any of it is in use, so there should be one
// for a bounded number of flows.
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

// Flow is a copy of a flow. The error is of a value that cannot be shown as JSON.
func (c *Cloner) Flow(f *Flow) (copied *Flow, err error) {
	c.packer.Start(c.buffer[:0], f.StartTime, f.FirstPacket)
	c.packer.packFlow(f)
	if c.buffer, err = c.packer.End(); err != nil {
		return nil, err
	}
	copied = new(Flow)
	c.unpacker.Start(c.buffer, c.words.List(), f.StartTime, f.FirstPacket)
	c.unpacker.unpackFlow(copied)
	_, err = c.unpacker.End()
	return copied, err
}

// TLS is a copy of a TLS session.
func (c *Cloner) TLS(t *TLSSession) (copied *TLSSession, err error) {
	c.packer.Start(c.buffer[:0], 0, 0)
	c.packer.packTLSSession(t)
	if c.buffer, err = c.packer.End(); err != nil {
		return nil, err
	}
	copied = new(TLSSession)
	c.unpacker.Start(c.buffer, c.words.List(), 0, 0)
	c.unpacker.unpackTLSSession(copied)
	_, err = c.unpacker.End()
	return copied, err
}
