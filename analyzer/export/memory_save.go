package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// remembered is the latest name that a client got for an address.
type remembered struct {
	Client netip.Addr  `json:"client"`
	Addr   netip.Addr  `json:"addr"`
	Time   record.Time `json:"time"`
	Name   string      `json:"name"`
}

// saved is what of a memory is written down: names. What hosts were seen to be shows itself again within minutes, while
// a client may not ask for a name again before the answer has expired.
type saved struct {
	Schema string       `json:"schema"`
	Names  []remembered `json:"names"`
}

const savedSchema = "webexaudit.names/1"

// maxSaved bounds the names that are written down, the latest ones: some two megabytes.
const maxSaved = 20_000

// MarshalJSON writes down what a program that begins anew goes on with.
func (m *Memory) MarshalJSON() ([]byte, error) {
	s := saved{Schema: savedSchema, Names: []remembered{}}
	for k, list := range m.names().byClient {
		if last := len(list) - 1; last >= 0 {
			s.Names = append(s.Names, remembered{k[0], k[1], record.Time(list[last].last), list[last].name})
		}
	}
	slices.SortFunc(s.Names, func(a, b remembered) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), a.Client.Compare(b.Client), a.Addr.Compare(b.Addr))
	})
	s.Names = s.Names[:min(len(s.Names), maxSaved)]
	return json.Marshal(s)
}

// UnmarshalJSON goes on with what another memory wrote down.
func (m *Memory) UnmarshalJSON(text []byte) error {
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s.Schema != savedSchema {
		return fmt.Errorf("schema %.40q: want %s", s.Schema, savedSchema)
	}
	m.table = newNameTable()
	for _, x := range s.Names[:min(len(s.Names), maxSaved)] {
		m.table.add(x.Client, x.Addr, int64(x.Time), x.Name)
	}
	m.table.sort()
	return nil
}
