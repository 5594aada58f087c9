package main

import (
	"fmt"
	"strings"

	"golang.org/x/net/bpf"
)

// parseFilter reads BPF bytecode as tcpdump -ddd prints it: the number of instructions, then one "code jt jf k" each,
// on lines of their own or between commas. An expression would need a compiler; tcpdump has one.
func parseFilter(text string) ([]bpf.RawInstruction, error) {
	fail := func() ([]bpf.RawInstruction, error) {
		return nil, usage(`-f: want bytecode: -f "$(tcpdump -ddd 'udp port 5004')"`)
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' })
	var n int
	if len(lines) == 0 {
		return fail()
	}
	if _, err := fmt.Sscanf(lines[0], "%d", &n); err != nil || n != len(lines)-1 || n == 0 {
		return fail()
	}
	program := make([]bpf.RawInstruction, 0, len(lines)-1)
	for _, line := range lines[1:] {
		var i bpf.RawInstruction
		if _, err := fmt.Sscanf(line, "%d %d %d %d", &i.Op, &i.Jt, &i.Jf, &i.K); err != nil {
			return fail()
		}
		program = append(program, i)
	}
	return program, nil
}
