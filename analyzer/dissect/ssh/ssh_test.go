package ssh

import (
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want ID
		n    int
		err  error
	}{
		{"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n\x00\x00", ID{"2.0", "OpenSSH_9.6p1", "Ubuntu-3"}, 32, nil},
		{"SSH-2.0-billsSSH_3.6.3q3\r\n", ID{"2.0", "billsSSH_3.6.3q3", ""}, 26, nil}, // the example of RFC 4253 section 5.1
		{"SSH-1.99-Cisco-1.25\n", ID{"1.99", "Cisco-1.25", ""}, 20, nil},
		{"SSH-2.0-a b c\n", ID{"2.0", "a", "b c"}, 14, nil},
		{"SSH-2.0-OpenSSH", ID{}, 0, ErrShort},
		{"SSH-2.0-" + strings.Repeat("x", 247), ID{}, 0, ErrSyntax},
		{"SSH-2.0-\r\n", ID{}, 0, ErrSyntax},
		{"SSH-2.0-a\x00b\r\n", ID{}, 0, ErrSyntax},
		{"SSH-1.5-old\r\n", ID{}, 0, ErrSyntax},
		{"HTTP/1.1 200 OK\r\n", ID{}, 0, ErrSyntax},
		{"", ID{}, 0, ErrSyntax},
	} {
		if id, n, err := ParseID([]byte(tt.in)); id != tt.want || n != tt.n || err != tt.err {
			t.Errorf("%q: %+v, %d, %v", tt.in, id, n, err)
		}
	}
}

// FuzzParseID: the parts stand in the line, in order.
func FuzzParseID(f *testing.F) {
	for _, s := range []string{"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n", "SSH-1.99-Cisco-1.25\n", "SSH-2.0-a\x00\n", "SSH-2.0-", "SSH-2.0- \n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		id, n, err := ParseID(b)
		if err != nil {
			if n != 0 || id != (ID{}) {
				t.Fatalf("%v, yet %+v", err, id)
			}
			return
		}
		line := strings.TrimRight(string(b[:n]), "\r\n")
		want := "SSH-" + id.Version + "-" + id.Software
		if n > maxLine || id.Software == "" || !strings.HasPrefix(line, want) || !strings.HasSuffix(line, id.Comment) {
			t.Fatalf("%+v from %q", id, b[:n])
		}
	})
}
