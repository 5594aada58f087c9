package decode

import "testing"

func TestSYNOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
		want SYNOptions
	}{
		{"none", nil, SYNOptions{}},
		{"Windows", []byte{2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2}, SYNOptions{MSS: 1460, Scale: 8, HasScale: true, SACK: true}},
		{"Linux", []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}, SYNOptions{MSS: 1460, Scale: 7, HasScale: true, SACK: true, Timestamps: true}},
		{"WAN optimizer", []byte{2, 4, 5, 180, 76, 6, 1, 1, 10, 0, 78, 3, 1}, SYNOptions{MSS: 1460, Other: 76}},
		{"scale 0 is an option", []byte{3, 3, 0}, SYNOptions{HasScale: true}},
		{"end of list", []byte{4, 2, 0, 2, 4, 5, 180}, SYNOptions{SACK: true}},
		{"cut", []byte{4, 2, 2, 4, 5}, SYNOptions{SACK: true}},
		{"length 0", []byte{4, 2, 8, 0, 2, 4, 5, 180}, SYNOptions{SACK: true}},
		{"length 1", []byte{8, 1, 4, 2}, SYNOptions{}},
		{"MSS of a wrong length", []byte{2, 3, 5, 4, 2}, SYNOptions{SACK: true, Other: 2}},
	} {
		if got := synOptions(tt.in); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func FuzzSYNOptions(f *testing.F) {
	f.Add([]byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7})
	f.Add([]byte{1, 1, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if x := synOptions(b); x.Scale != 0 && !x.HasScale || x.Other == optNop {
			t.Errorf("%+v", x)
		}
	})
}
