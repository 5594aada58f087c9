// Command gencap writes a large synthetic capture: the uplink of a company, half of whose bytes look like Webex. It is
// made for measuring speed and memory; the same flags give the same bytes.
//
//	go run ./analyzer/pcaptest/gencap -o big.pcap -size 1GiB
//
// A GiB is 30 s of 286 Mbit/s in 50,000 flows with frames of about 610 bytes: STUN, SRTP audio and video, SRTCP; TLS
// with hellos and certificates; QUIC with Initials that can be opened; DNS, SIP, NTP, web over TCP; hosts that never
// answer. Frames are written as they come, so memory follows the flows that are alive, not the size.
//
// Size and flows are independent. A large size with few flows makes calls longer and downloads larger; "-mix short"
// writes only the first two frames of each small flow, so that 400 bytes a flow are enough. "-mix audio" has few calls
// with video, so its frames are smaller. "-mix odd" is many protocols, known and unknown, in VLANs and tunnels, over
// IPv6 and in fragments, and mostly only the first packets of flows: no part of it looks like Webex.
//
// So are both of time: "-span 336h" spreads them over a fortnight. With "-servers 500" flows are new and
// hosts are not, as on the uplink of a company.
//
// "-o -" writes to standard output, without a digest, and says what it wrote on standard error; so captures can be
// audited that no disk holds:
//
//	go run ./analyzer/pcaptest/gencap -o - -size 60GiB -flows 20000 | webexaudit analyze -
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

const gib = 1 << 30

type config struct {
	out     string
	size    int64 // bytes of the file, about
	flows   int
	lasts   time.Duration // packet time; 0: 30 s for each GiB
	seed    uint64
	servers int // in each network, and clients that call; 0: any number
	format  string
	mix     *mix
}

// stdout as a file name is standard output.
const stdout = "-"

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "gencap:", err)
		os.Exit(1)
	}
}

func run(args []string, out, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	began := time.Now() // for the rate that is printed; nothing in the capture depends on it
	sum, err := write(c, out)
	if err != nil {
		return err
	}
	rate := float64(sum.bytes) / 1e6 / time.Since(began).Seconds()
	if c.out == stdout {
		out = stderr
	}
	fmt.Fprintf(out, "%s: %d packets, %d flows, %d bytes, mean frame %d, %s of traffic, sha256 %x (%.0f MB/s)\n",
		c.out, sum.packets, sum.flows, sum.bytes, sum.frameBytes/max(sum.packets, 1), sum.span, sum.sha256, rate)
	return nil
}

func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("gencap", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&c.out, "o", "", "file to write, or - (needed)")
	f.IntVar(&c.servers, "servers", 0, "servers in each quarter of a network, and clients with calls: up to 15000 (default any number)")
	size := f.String("size", "1GiB", "size of the file: a number with B, KiB, MiB, GiB")
	f.IntVar(&c.flows, "flows", 0, "number of flows (default 50000 for each GiB)")
	f.DurationVar(&c.lasts, "span", 0, "time between the first packet and the last (default 30 s for each GiB)")
	f.Uint64Var(&c.seed, "seed", 1, "seed")
	f.StringVar(&c.format, "format", "pcap", "pcap or pcapng")
	name := f.String("mix", mixes[0].name, "what it consists of: uplink, audio, short or odd")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	var err error
	if c.size, err = parseSize(*size); err != nil {
		return c, err
	}
	c.mix = mixNamed(*name)
	if c.flows == 0 {
		c.flows = max(int(c.size*50000/gib), 20)
	}
	switch {
	case c.out == "" || f.NArg() > 0:
		return c, errors.New("usage: gencap -o FILE [-size 1GiB] [-flows N] [-span TIME] [-servers N] [-seed N] [-format pcap|pcapng] [-mix uplink|audio|short|odd]")
	case c.flows < 0:
		return c, errors.New("-flows: want a positive number")
	case c.servers < 0 || c.servers > 15000:
		return c, errors.New("-servers: want 0 to 15000")
	case c.lasts < 0 || c.lasts > 0 && c.lasts < 10*time.Second:
		return c, errors.New("-span: want at least 10s")
	case c.format != "pcap" && c.format != "pcapng":
		return c, fmt.Errorf("-format %s: want pcap or pcapng", c.format)
	case c.mix == nil:
		return c, fmt.Errorf("-mix %s: want uplink, audio, short or odd", *name)
	}
	return c, nil
}

func parseSize(s string) (int64, error) {
	for unit, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": gib} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			v, err := strconv.ParseInt(n, 10, 32)
			if err != nil || v <= 0 {
				return 0, fmt.Errorf("-size %s: want a positive number", s)
			}
			return v * factor, nil
		}
	}
	v, err := strconv.ParseInt(strings.TrimSuffix(s, "B"), 10, 64)
	if err != nil || v <= 0 {
		return 0, fmt.Errorf("-size %s: want a number with B, KiB, MiB or GiB", s)
	}
	return v, nil
}

func write(c config, out io.Writer) (sum summary, err error) {
	g, err := newGenerator(c)
	if err != nil {
		return sum, err
	}
	if c.out == stdout {
		return g.run(out)
	}
	f, err := os.Create(c.out)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return g.run(bufio.NewWriterSize(f, 1<<16)) // large writes pass it by
}
