package privilege

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

func init() { children["confine"] = confineChild }

// confineChild confines itself to "in", "tree", "within" and "out" of a directory, and "pipe" to write to, and attempts
// this and that on a thread of before. It tells of each attempt whether it was allowed.
func confineChild(args []string) any {
	at := func(name string) string { return filepath.Join(args[0], name) }
	kept, err := os.OpenFile(at("kept"), os.O_RDWR, 0)
	if err != nil {
		return map[string]string{"kept": err.Error()}
	}
	threads()
	err = Confine(Paths{
		Read: []string{at("in"), at("missing"), "/dev/fd/0"}, Trees: []string{at("tree")}, Write: []string{at("pipe")},
		Within: []string{at("within")}, Publish: []string{at("out")}, Connect: []uint16{tcpPort(args[2])}, Listen: []uint16{4789},
	})
	if err != nil {
		return map[string]string{"confine": err.Error()}
	}
	result := map[string]string{}
	onOther(func() {
		for name, attempt := range attempts(at) {
			if result[name] = "yes"; attempt() != nil {
				result[name] = "no"
			}
		}
		if _, err := kept.WriteString("x"); err == nil {
			result["open file"] = "yes"
		}
		if _, err := net.Dial("tcp", args[1]); err != nil {
			result["connect"] = "no"
		}
		if c, err := net.Dial("tcp", args[2]); err == nil {
			result["connect to what is named"] = "yes"
			c.Close()
		}
	})
	return result
}

func tcpPort(address string) uint16 { return netip.MustParseAddrPort(address).Port() }

// attempts to open, make and remove files below a directory.
func attempts(at func(string) string) map[string]func() error {
	list := map[string]func() error{
		"publish": func() error {
			return errors.Join(os.WriteFile(at("out/.new"), nil, 0o600), os.Rename(at("out/.new"), at("out/new")))
		},
		"link and remove": func() error {
			return errors.Join(os.Link(at("out/old"), at("out/also")), os.Remove(at("out/also")))
		},
		"make":             func() error { return os.MkdirAll(at("out/dt=1/sensor=2"), 0o700) },
		"remove elsewhere": func() error { return os.Remove(at("secret")) },
		"steal":            func() error { return os.Link(at("secret"), at("out/secret")) },
		"pipe":             func() error { _, err := os.OpenFile(at("pipe"), os.O_WRONLY, 0); return err },
		"list within":      func() error { _, err := os.ReadDir(at("within")); return err },
		"standard input":   func() error { _, err := os.Open("/dev/fd/0"); return err },
	}
	for _, name := range []string{"in", "tree/below/file", "within/file", "secret", "out/old"} {
		list["read "+name] = func() error { _, err := os.ReadFile(at(name)); return err }
	}
	for _, name := range []string{"in", "elsewhere", "tree/new"} {
		list["write "+name] = func() error { return os.WriteFile(at(name), nil, 0o600) }
	}
	return list
}

// TestConfine: nothing can be read or written but what was named, on any thread.
func TestConfine(t *testing.T) {
	version, err := ll.LandlockGetABIVersion()
	if err != nil {
		t.Skip("this kernel has no Landlock: ", err)
	}
	dir := t.TempDir()
	for _, d := range []string{"tree/below", "within", "out"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"in", "tree/below/file", "within/file", "secret", "kept", "out/old", "pipe"} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	named, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer named.Close()
	want := map[string]string{
		"read in": "yes", "read tree/below/file": "yes", "read within/file": "yes", "list within": "no", "read secret": "no", "read out/old": "yes",
		"write in": "no", "write elsewhere": "no", "write tree/new": "no", "publish": "yes", "link and remove": "yes",
		"make": "yes", "remove elsewhere": "no", "steal": "no", "pipe": "yes", "standard input": "yes", "open file": "yes",
		"connect": "no", "connect to what is named": "yes",
	}
	if version < 4 {
		delete(want, "connect") // which was not restricted
	}
	got := child[map[string]string](t, "confine", dir, l.Addr().String(), named.Addr().String())
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %q, want %q", name, got[name], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
}
