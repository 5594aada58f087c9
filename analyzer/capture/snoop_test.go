package capture

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// snoopHeader is a file header of RFC 1761.
func snoopHeader(version, link uint32) []byte {
	return append([]byte(magicSnoop), big.u32(version, link)...)
}

// snoopRecord is a record of second 1, padded to 32 bits.
func snoopRecord(data string, original uint32) []byte {
	inner := pad([]byte(data))
	return append(big.u32(original, uint32(len(data)), uint32(24+len(inner)), 0, 1, 5), inner...)
}

func TestSnoop(t *testing.T) {
	data := join(snoopHeader(2, 4), snoopRecord("abc", 60), snoopRecord("", 60))
	got, info, err := readBytes(t, data, blockSize)
	want := []packet{{1, 1_000_005_000, 60, 0, LinkEthernet, "abc"}, {2, 1_000_005_000, 60, 0, LinkEthernet, ""}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, packets (-want +got):\n%s", err, diff)
	}
	wantInfo := Info{Name: "test", Format: "snoop", Bytes: int64(len(data)), Packets: 2, LinkTypes: []LinkType{LinkEthernet}}
	if diff := cmp.Diff(wantInfo, info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
}

// TestSnoopLargeFrames has frames larger than pcapgo takes, one of them cut off.
func TestSnoopLargeFrames(t *testing.T) {
	jumbo := string(make([]byte, 9001))
	data := join(snoopHeader(2, 4), snoopRecord("abc", 60), snoopRecord(jumbo, 9001), snoopRecord("def", 60),
		snoopRecord(jumbo, 9001))
	got, _, err := readBytes(t, data[:len(data)-1], blockSize)
	want := &DamageError{File: "test", Offset: int64(len(data) - 9028), Packet: 4, What: "the file ends inside a record (9027 bytes of it)"}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got) != 3 || got[1].Data != jumbo || got[2].Data != "def" {
		t.Errorf("%d packets", len(got))
	}
}

func TestSnoopDamage(t *testing.T) {
	for name, record := range map[string][]byte{
		"captured more than the original":    snoopRecord("abcd", 3),
		"captured more than the maximum":     big.u32(maxFrame+1, maxFrame+1, maxFrame+25, 0, 0, 0),
		"record shorter than its own header": big.u32(4, 4, 10, 0, 0, 0),
	} {
		got, _, err := readBytes(t, join(snoopHeader(2, 4), snoopRecord("abc", 60), record), blockSize)
		var damaged *DamageError
		if !errors.As(err, &damaged) || damaged.Offset != 44 || damaged.Packet != 2 || len(got) != 1 {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
		}
	}
}

// TestSnoopBlocks has more than one block.
func TestSnoopBlocks(t *testing.T) {
	data := snoopHeader(2, 4)
	for range 1000 {
		data = append(data, snoopRecord(string(make([]byte, 1000)), 1000)...)
	}
	s := mustOpen(t, data, blockSize)
	var b Block
	blocks, packets := 0, int64(0)
	for s.Next(&b) == nil {
		if blocks++; b.First != packets+1 || cap(b.Data) > blockSize {
			t.Errorf("block %d begins with packet %d and holds %d bytes", blocks, b.First, cap(b.Data))
		}
		packets += int64(len(b.Frames))
	}
	if blocks != 4 || packets != 1000 {
		t.Errorf("%d packets in %d blocks", packets, blocks)
	}
}
