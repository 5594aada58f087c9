//go:build linux

// Command live measures whether the program keeps up with a network: it connects two network namespaces of its own by a
// veth pair, sends the frames of a capture over and over through one end as fast as the machine can, while the program
// listens at the other, and compares what was sent, what came out of the pair, and what the program says it saw and
// lost. It needs root; nothing outside the namespaces is touched, and they end with it. In go the program and a classic
// pcap file that gencap made; out comes one line for each figure.
//
//	go run ./analyzer/pcaptest/live -program bin/webexaudit -capture big.pcap -duration 10s
//
// With -watch the program is a watch, which audits in windows; with -once frames are sent once, at a rate or at their
// times, so that flows are always new; with -record tcpdump writes what arrives, whose audit must find the same:
//
//	gencap -o - -size 2GiB -flows 3600000 -mix short -span 30m |
//		go run ./analyzer/pcaptest/live -capture - -once -watch /tmp/soak -window 5m -duration 30m
//
// Exit status 1: packets were lost, or nothing could be measured.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"
)

// config is the command line.
type config struct {
	program, capture string
	flags            []string // more of the program's
	duration         time.Duration
	rate             int    // packets a second; 0: as many as can be, or as the capture's times say
	once             bool   // each frame once
	watch            string // directory for the results of a watch; "": one audit
	window           time.Duration
	record           bool
}

func main() {
	log.SetFlags(0)
	var c config
	flag.StringVar(&c.program, "program", "bin/webexaudit", "our program")
	flag.StringVar(&c.capture, "capture", "", "classic pcap file whose frames are sent")
	flags := flag.String("flags", "", "more flags of our program")
	flag.DurationVar(&c.duration, "duration", 10*time.Second, "how long frames are sent")
	flag.IntVar(&c.rate, "rate", 0, "packets a second (0: top rate; with -once as the capture's times say)")
	flag.BoolVar(&c.once, "once", false, "send each frame once, not over and over; -capture may be -")
	flag.StringVar(&c.watch, "watch", "", "audit in windows with watch, with results in this directory, which must be empty")
	flag.DurationVar(&c.window, "window", 10*time.Second, "length of the windows")
	flag.BoolVar(&c.record, "record", false, "have tcpdump record what arrives, and compare the findings with those of its audit")
	flag.Parse()
	c.flags = strings.Fields(*flags)
	if err := measure(c); err != nil {
		log.Fatal(err)
	}
}

func measure(c config) error {
	if c.watch == "" {
		r, err := run(c)
		if err != nil {
			return err
		}
		return r.print(os.Stdout)
	}
	w, err := runWatch(c)
	if err != nil {
		return err
	}
	return w.print(os.Stdout)
}

// errLost says that the program did not see all packets.
var errLost = errors.New("packets were lost")

// result is what a run gave. Packets unless said otherwise.
type result struct {
	traffic
	refused  int64 // of what was sent, the packets that the pair had no room for: the sender was faster than the kernel
	arrived  int64 // at the interface that the program listens on
	seen     int64 // by the program
	dropped  int64 // by the kernel for want of room in the ring, as the program says
	cpu      time.Duration
	peakMiB  float64
	finished time.Duration // from the last packet to the program's end; it listens for some seconds of it
}

func (r *result) print(w io.Writer) error {
	seconds, wire := r.took.Seconds(), float64(r.arrived)
	fmt.Fprintf(w, "sent      %d packets in %.2f s; %d of them found no room in the pair\n", r.packets, seconds, r.refused)
	fmt.Fprintf(w, "arrived   %d packets: %.0f kpps, %.2f Gbit/s\n", r.arrived, wire/seconds/1e3, float64(r.bytes)*8/1e9/seconds*wire/float64(max(r.packets, 1)))
	fmt.Fprintf(w, "received  %d packets; the kernel dropped %d\n", r.seen, r.dropped)
	fmt.Fprintf(w, "program   CPU %.2f s, %.0f ns a packet, peak %.0f MiB, ended %.1f s after the last packet\n",
		r.cpu.Seconds(), float64(r.cpu.Nanoseconds())/float64(max(r.seen, 1)), r.peakMiB, r.finished.Seconds())
	lost := r.arrived - r.seen
	fmt.Fprintf(w, "lost      %d packets, %.4f %%\n", lost, float64(lost)/max(wire, 1)*100)
	if lost != 0 || r.dropped != 0 {
		return errLost
	}
	return nil
}
