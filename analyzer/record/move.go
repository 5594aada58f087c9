package record

import "encoding/binary"

// MoveFiles adds to every index into Run.Files that the flow has: so many files came before its own.
func (f *Flow) MoveFiles(by int) {
	if by == 0 {
		return
	}
	for i := range f.KeyPackets {
		f.KeyPackets[i].File += by
	}
	for i := range f.DSCPChanges {
		f.DSCPChanges[i].File += by
	}
	for i := range f.Lookups {
		f.Lookups[i].File += by
	}
	if f.STUN != nil {
		for i := range f.STUN.Rebound {
			f.STUN.Rebound[i].File += by
		}
	}
	f.Packets = f.Packets.moved(by)
}

// moved is the set in files that follow so many others.
func (s PacketSet) moved(by int) PacketSet {
	first, n := binary.Varint([]byte(s))
	if n <= 0 {
		return s
	}
	return PacketSet(binary.AppendVarint(nil, first+int64(by))) + s[n:]
}
