package capture

import (
	"bytes"
	"testing"
)

// endless repeats records behind a file header.
type endless struct {
	records []byte
	at      int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], e.records[e.at:])
		n += k
		e.at = (e.at + k) % len(e.records)
	}
	return n, nil
}

func TestNoAllocations(t *testing.T) {
	classic, ng := manyPackets(t, false, 1000), manyPackets(t, true, 1000)
	firstPacket := bytes.Index(ng, little.u32(ngEnhancedPacket))
	for name, test := range map[string]struct{ header, records []byte }{
		"pcap":   {classic[:24], classic[24:]},
		"pcapng": {ng[:firstPacket], ng[firstPacket:]},
		"snoop":  {snoopHeader(2, 4), snoopRecord("some bytes", 60)},
	} {
		s, err := OpenReader(name, &reader{bytes.NewReader(test.header), &endless{records: test.records}})
		if err != nil {
			t.Fatal(err)
		}
		var b Block
		packets := 0
		next := func() {
			if err := s.Next(&b); err != nil {
				t.Fatal(err)
			}
			packets += len(b.Frames)
		}
		for range 50 {
			next()
		}
		if n := testing.AllocsPerRun(100, next); n != 0 || packets < 10_000 {
			t.Errorf("%s: %v allocations a block, %d packets", name, n, packets)
		}
	}
}

// reader is a header and then what never ends. (io.MultiReader allocates nothing either, but hides the length of
// reads.)
type reader struct {
	header *bytes.Reader
	rest   *endless
}

func (r *reader) Read(p []byte) (int, error) {
	if r.header.Len() > 0 {
		return r.header.Read(p)
	}
	return r.rest.Read(p)
}
