package pcapfilter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"webexaudit/analyzer/capture"
)

// frames are those of the captures at hand, on Ethernet, no two alike in what filters look at; some with tags put
// before the network layer.
func frames(t *testing.T) (list [][]byte) {
	t.Helper()
	seen := map[string]bool{}
	for _, dir := range []string{"../../../testdata/pcaps", "../../../../shared/captures"} {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				list = append(list, framesOf(path, seen)...)
			}
			return nil
		})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, f := range list {
		n := r.IntN(8)
		if n == 0 || n > 2 {
			continue
		}
		for range n {
			tag := binary.BigEndian.AppendUint16(nil, uint16(tagTypes[r.IntN(len(tagTypes))]))
			tag = binary.BigEndian.AppendUint16(tag, uint16(r.IntN(4)<<13|r.IntN(3)))
			f = slices.Concat(f[:12], tag, f[12:])
		}
		list = append(list, f)
	}
	return list
}

// framesOf takes a few frames of a capture.
func framesOf(path string, seen map[string]bool) (list [][]byte) {
	s, err := capture.Open(path)
	if err != nil {
		return nil
	}
	defer s.Close()
	var b capture.Block
	for err == nil && len(list) < 20 {
		err = s.Next(&b)
		for i, f := range b.Frames {
			data := b.Bytes(i)
			if f.Link != capture.LinkEthernet || len(data) < 40 || len(list) == 20 || seen[string(data[23:40])] {
				continue
			}
			seen[string(data[23:40])] = true
			list = append(list, bytes.Clone(data))
		}
	}
	return list
}

// withoutEthernet are the IP packets in frames.
func withoutEthernet(frames [][]byte) (list [][]byte) {
	for _, f := range frames {
		if t := binary.BigEndian.Uint16(f[12:]); t == typeIP || t == typeIP6 {
			list = append(list, f[14:])
		}
	}
	return list
}

// pool is what random filters are made of: addresses and ports of the frames.
type pool struct {
	r      *rand.Rand
	addrs  []netip.Addr
	ports  []uint16
	noTags bool
}

func newPool(frames [][]byte) *pool {
	p := &pool{r: rand.New(rand.NewPCG(3, 4))}
	for _, f := range frames {
		if len(f) < 14+60 {
			continue
		}
		f = f[14:]
		switch f[0] >> 4 {
		case 4:
			src, _ := netip.AddrFromSlice(f[12:16])
			p.addrs = append(p.addrs, src)
			p.ports = append(p.ports, binary.BigEndian.Uint16(f[20:]), binary.BigEndian.Uint16(f[22:]))
		case 6:
			for range 10 {
				src, _ := netip.AddrFromSlice(f[8:24])
				dst, _ := netip.AddrFromSlice(f[24:40])
				p.addrs = append(p.addrs, src, dst)
			}
			p.ports = append(p.ports, binary.BigEndian.Uint16(f[40:]))
		}
	}
	return p
}

func (p *pool) pick(list ...string) string { return list[p.r.IntN(len(list))] }

// expression is a random one. The second result says whether a value alone may follow it.
func (p *pool) expression(depth int) (text string, valued bool) {
	if depth == 0 || p.r.IntN(4) == 0 {
		return p.primitive()
	}
	switch p.r.IntN(6) {
	case 0:
		text, valued = p.expression(depth - 1)
		return "not (" + text + ")", valued
	case 1:
		text, valued = p.expression(depth - 1)
		return "(" + text + ")", valued
	case 2:
		if text, valued = p.primitive(); valued {
			return text + " " + p.pick("or", "and not", "||") + " " + lastWord(text), true
		}
		return text, false
	}
	a, _ := p.expression(depth - 1)
	b, valued := p.expression(depth - 1)
	return a + " " + p.pick("and", "or", "&&", "||", "and not", "or !") + " " + b, valued
}

func lastWord(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }

func (p *pool) primitive() (text string, valued bool) {
	dir := p.pick("", "", "src ", "dst ", "src or dst ", "dst and src ")
	switch p.r.IntN(10) {
	case 0, 1:
		return p.pick("tcp", "udp", "sctp", "icmp", "icmp6", "ip", "ip6", "arp", "rarp"), false
	case 2:
		if p.noTags {
			return "udp", false
		}
		return p.pick("vlan", "vlan 0", "vlan 1", "vlan 2"), false
	case 3, 4:
		return p.pick("", "tcp ", "udp ", "sctp ") + dir + fmt.Sprintf("port %d", p.port()), true
	case 5:
		return p.pick("", "tcp ", "udp ") + dir + fmt.Sprintf("portrange %d-%d", p.port(), p.port()), true
	case 6:
		return fmt.Sprintf("%sproto %d", p.pick("", "ip ", "ip6 "), []int{1, 2, 6, 17, 44, 47, 58}[p.r.IntN(7)]), true
	}
	a := p.addrs[p.r.IntN(len(p.addrs))]
	family := p.pick("", "ip ", "arp ")
	if a.Is6() {
		family = p.pick("", "ip6 ")
	}
	if p.r.IntN(2) == 0 {
		return family + dir + "host " + a.String(), true
	}
	prefix, _ := a.Prefix(p.r.IntN(a.BitLen() + 1))
	return family + dir + "net " + prefix.String(), true
}

func (p *pool) port() uint16 { return p.ports[p.r.IntN(len(p.ports))] }

// machine runs a program over frames.
func machine(t *testing.T, program []bpf.RawInstruction) *bpf.VM {
	t.Helper()
	instructions, ok := bpf.Disassemble(program)
	if !ok {
		t.Fatal("cannot be disassembled")
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func passes(t *testing.T, vm *bpf.VM, frame []byte) bool {
	t.Helper()
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n != 0
}

// decimal reads what tcpdump -ddd prints.
func decimal(t *testing.T, text []byte) (program []bpf.RawInstruction) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range lines[1:] {
		var i bpf.RawInstruction
		if _, err := fmt.Sscan(line, &i.Op, &i.Jt, &i.Jf, &i.K); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		program = append(program, i)
	}
	return program
}

// tcpdump compiles a filter. It refuses those that nothing passes.
func tcpdump(t *testing.T, link, text string) []bpf.RawInstruction {
	t.Helper()
	out, err := exec.Command("tcpdump", "-ddd", "-y", link, text).CombinedOutput()
	if bytes.Contains(out, []byte("expression rejects all packets")) {
		return []bpf.RawInstruction{{Op: 6}}
	}
	if err != nil {
		t.Fatalf("%s: tcpdump: %v: %s", text, err, out)
	}
	return decimal(t, out)
}

// TestTcpdump compares random filters with those that tcpdump makes of the same text, frame by frame: as the frames
// are, and with zeros behind them. (Of a frame that ends before what a filter looks at, nobody promises anything.)
func TestTcpdump(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("no tcpdump:", err)
	}
	ethernet := frames(t)
	for name, test := range map[string]struct {
		link   capture.LinkType
		frames [][]byte
	}{"EN10MB": {capture.LinkEthernet, ethernet}, "RAW": {capture.LinkRaw, withoutEthernet(ethernet)}} {
		p := newPool(ethernet)
		p.noTags = test.link == capture.LinkRaw
		passed, cut, count := 0, 0, 150
		if testing.Short() {
			count = 30
		}
		for range count {
			text, _ := p.expression(3)
			passed += compareWith(t, name, test.link, text, test.frames, &cut)
		}
		t.Logf("%s: %d filters, %d frames: %d passed; %d of short ones differ", name, count, len(test.frames), passed, cut)
		if len(test.frames) < 100 || passed < count*len(test.frames)/15 || cut > passed/10_000 {
			t.Error("too few passed to tell, or too many differ")
		}
	}
}

func compareWith(t *testing.T, name string, link capture.LinkType, text string, frames [][]byte, cut *int) (n int) {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	program, err := f.Program(link, false)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := machine(t, program), machine(t, tcpdump(t, name, text))
	for _, frame := range frames {
		long := append(bytes.Clone(frame), make([]byte, 160)...)
		got, want := passes(t, ours, long), passes(t, theirs, long)
		if got != want {
			t.Errorf("%s: %v, by tcpdump %v: %x", text, got, want, frame)
			return n
		}
		if passes(t, ours, frame) != passes(t, theirs, frame) {
			*cut++
		}
		if got {
			n++
		}
	}
	return n
}

// live has tcpdump compile filters for an interface, whose outer VLAN tags the kernel takes off.
func live(t *testing.T, texts []string) [][]byte {
	t.Helper()
	script := `ip link add v0 type veth peer name v1 && ip link set v1 up && ip link set v0 up || exit 9
		while read -r f; do tcpdump -ddd -i v1 "$f" 2>/dev/null; echo end; done`
	cmd := exec.Command("unshare", "-n", "sh", "-c", script)
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Skip("no network namespace with a pair of interfaces:", err)
	}
	return bytes.Split(out, []byte("end\n"))
}

// withTag puts what the kernel knows of a tag in the place of the question for it.
func withTag(program []bpf.RawInstruction, tci int) []bpf.RawInstruction {
	program = append([]bpf.RawInstruction(nil), program...)
	for i, in := range program {
		load := bpf.LoadConstant{Dst: bpf.RegA}
		switch ext, _ := in.Disassemble().(bpf.LoadExtension); {
		case ext.Num == bpf.ExtVLANTag && tci >= 0:
			load.Val = uint32(tci)
		case ext.Num == bpf.ExtVLANTagPresent && tci >= 0:
			load.Val = 1
		case ext.Num != bpf.ExtVLANTag && ext.Num != bpf.ExtVLANTagPresent:
			continue
		}
		program[i], _ = load.Assemble()
	}
	return program
}

// TestTcpdumpLive compares filters for an interface, over frames whose tags the kernel has taken off, and over such
// that keep theirs.
func TestTcpdumpLive(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("tcpdump compiles for an interface as root only")
	}
	frames := frames(t)
	p := newPool(frames)
	texts := []string{"vlan", "vlan 1", "vlan 2 and udp", "vlan and vlan and ip", "udp and vlan", "vlan 1 or udp", "not vlan",
		"vlan and not tcp port 443", "vlan and net 10.0.0.0/8", "vlan 0 and vlan 1 and port 53", "vlan and ip6"}
	for range 40 {
		text, _ := p.expression(1)
		texts = append(texts, "vlan and ("+strings.ReplaceAll(text, "vlan", "ip and vlan")+")")
	}
	for n, text := range live(t, texts) {
		if len(bytes.TrimSpace(text)) == 0 {
			continue // nothing passes, which tcpdump refuses
		}
		f, err := Parse(texts[n])
		if err != nil {
			t.Fatal(err)
		}
		program, err := f.Program(capture.LinkEthernet, true)
		if err != nil {
			t.Fatal(err)
		}
		for tci := -1; tci < 3; tci++ {
			ours, theirs := machine(t, withTag(program, tci)), machine(t, withTag(decimal(t, text), tci))
			for _, frame := range frames {
				long := append(bytes.Clone(frame), make([]byte, 160)...)
				if got, want := passes(t, ours, long), passes(t, theirs, long); got != want {
					t.Errorf("%s, tag %d: %v, by tcpdump %v: %x", texts[n], tci, got, want, frame)
					break
				}
			}
		}
	}
}

// FuzzParse takes nothing that tcpdump would not take, and always makes a program that the kernel could run.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"udp port 5004 or 9000", "not (host 10.0.0.1 and not port 80)", "vlan 5 and (tcp || ip6 net 2001:db8::/32)",
		"src or dst portrange 10-20", "net 10.0.0.0 mask 255.0.0.0", "ip proto 47", "port (80 or 443)", "port 80 & 1", "((", "!",
		"net 10.1", "arp dst host 1.2.3.4 or 1.2.3.5", strings.Repeat("not ", 200), "src and dst host ::1", "net 0.0.0.0/0",
	} {
		f.Add(seed)
	}
	_, missing := exec.LookPath("tcpdump")
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text)
		var where *Error
		if err != nil {
			if !errors.As(err, &where) || where.At < 0 || where.At+len(where.Word) > len(text) ||
				text[where.At:where.At+len(where.Word)] != where.Word {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		for _, untagged := range []bool{false, true} {
			program, err := filter.Program(capture.LinkEthernet, untagged)
			if err == nil {
				machine(t, withTag(program, 1)).Run(make([]byte, 100))
			}
		}
		if missing == nil && len(text) < 200 && !strings.ContainsRune(text, 0) {
			tcpdump(t, "EN10MB", text)
		}
	})
}
