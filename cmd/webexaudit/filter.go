package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/bpf"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/capture/pcapfilter"
)

// parseFilter reads a capture filter: an expression, or bytecode as tcpdump -ddd prints it.
func parseFilter(text string) (capture.Filter, error) {
	if bytecode.MatchString(text) {
		return parseBytecode(text)
	}
	f, err := pcapfilter.Parse(text)
	if err != nil {
		return nil, usage("-f: %w\n%s\nfor anything else hand over bytecode: -f \"$(tcpdump -ddd -y EN10MB '%s')\"", err,
			pcapfilter.Known, text)
	}
	for _, link := range []capture.LinkType{capture.LinkEthernet, capture.LinkRaw} {
		_, e := f.Program(link, true)
		if err = errors.Join(err, e); e == nil {
			return f.Program, nil
		}
	}
	return nil, usage("-f: %w", err)
}

// bytecode is what begins with the number of its instructions; no expression begins with one.
var bytecode = regexp.MustCompile(`^\s*\d+\s*[,\n]`)

// parseBytecode reads the number of instructions, then one "code jt jf k" each, on lines or between commas.
func parseBytecode(text string) (capture.Filter, error) {
	fail := func() (capture.Filter, error) {
		return nil, usage(`-f: want an expression, or bytecode: -f "$(tcpdump -ddd 'udp port 5004')"`)
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' })
	var n int
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
	return func(capture.LinkType, bool) ([]bpf.RawInstruction, error) { return program, nil }, nil
}
