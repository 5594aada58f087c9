package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"webexaudit/analyzer/pcaptest"
)

// recipe is a capture that gencap makes.
type recipe struct {
	name  string
	mib   int
	flows int
	mix   string
}

// The captures of the goals.
var (
	big  = recipe{"big", 1024, 50_000, "uplink"}
	more = recipe{"more", 3072, 50_000, "uplink"} // packets of the same flows
	many = recipe{"many", 1024, 250_000, "audio"} // frames of 300 bytes
	odd  = recipe{"odd", 1024, 240_000, "odd"}
	few  = recipe{"few", 1024, 500, "audio"}

	flood = recipe{"flood", 0, 500_000, oneByOne}
)

// oneByOne is the mix of flows of one packet, which gencap does not make.
const oneByOne = "one by one"

// arguments are those of gencap, at a scale.
func (r recipe) arguments(out string, scale int) []string {
	kib := max(r.mib*1024/scale, 64)
	return []string{"-o", out, "-size", strconv.Itoa(kib) + "KiB", "-flows", strconv.Itoa(max(r.flows/scale, 20)), "-mix", r.mix}
}

// path is where the capture lies.
func (b *bench) path(r recipe) string { return filepath.Join(b.dir, r.name+".pcap") }

// capture makes the file, if it is not there, in place of the last one: each is needed by goals that stand together.
func (b *bench) capture(r recipe) (string, error) {
	path := b.path(r)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	old, _ := filepath.Glob(filepath.Join(b.dir, "*.pcap"))
	for _, o := range old {
		if err := os.Remove(o); err != nil {
			return "", err
		}
	}
	if r.mix == oneByOne {
		return path, flows(path, r.flows/b.scale)
	}
	cmd := exec.Command(b.gencap, r.arguments(path, b.scale)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%v: %w: %s", cmd.Args, err, &said)
	}
	return path, nil
}

// flows writes a capture of so many flows of one packet.
func flows(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pcaptest.Flood(f, n, 100), f.Close())
}
