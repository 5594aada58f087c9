package main

import (
	"bytes"
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
)

// arguments are those of gencap, at a scale.
func (r recipe) arguments(out string, scale int) []string {
	kib := max(r.mib*1024/scale, 64)
	return []string{"-o", out, "-size", strconv.Itoa(kib) + "KiB", "-flows", strconv.Itoa(max(r.flows/scale, 20)), "-mix", r.mix}
}

// capture makes the file, if it is not there, in place of the last one: each is needed by goals that stand together.
func (b *bench) capture(r recipe) (string, error) {
	path := filepath.Join(b.dir, r.name+".pcap")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	old, _ := filepath.Glob(filepath.Join(b.dir, "*.pcap"))
	for _, o := range old {
		if err := os.Remove(o); err != nil {
			return "", err
		}
	}
	cmd := exec.Command(b.gencap, r.arguments(path, b.scale)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%v: %w: %s", cmd.Args, err, &said)
	}
	return path, nil
}

// single is a capture of one packet.
func (b *bench) single() (string, error) {
	path := filepath.Join(b.dir, "single")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	if err := pcaptest.Flood(f, 1, 1); err != nil {
		return "", err
	}
	return path, f.Close()
}
