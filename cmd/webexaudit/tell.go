package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/watch"
)

// secretVariable holds the key that webhooks are signed with; on the command line everybody could read it.
const secretVariable = "WEBEXAUDIT_WEBHOOK_SECRET"

// tellCommand is the process of watch that tells others: messages come on its standard input.
func (p *program) tellCommand() *cobra.Command {
	var whom []string
	c := &cobra.Command{
		Use: "tell", Hidden: true, Args: arguments(cobra.NoArgs),
		Short: "Deliver the messages of watch (started by watch itself)",
		RunE: func(c *cobra.Command, _ []string) error {
			signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) // it ends when watch does
			var sinks []watch.Sink
			for _, to := range whom {
				s, err := sink(to)
				if err != nil {
					return err
				}
				sinks = append(sinks, s)
			}
			return watch.Deliver(context.WithoutCancel(c.Context()), p.stdin, sinks, watch.DefaultPatience, p.say)
		},
	}
	c.Flags().StringArrayVar(&whom, "on-finding", nil, "webhook, syslog server or command")
	return c
}

// sink is who is told: a webhook, a syslog server, or a command.
func sink(to string) (watch.Sink, error) {
	scheme, _, addressed := strings.Cut(to, "://")
	if !addressed || !slices.Contains([]string{"http", "https", "syslog", "syslog+tcp"}, scheme) {
		if strings.TrimSpace(to) == "" {
			return nil, usage("--on-finding: an empty command")
		}
		return watch.Command{Line: to}, nil
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" {
		return nil, usage("--on-finding %s: not an address", to)
	}
	if scheme == "http" || scheme == "https" {
		return &watch.Webhook{URL: to, Secret: os.Getenv(secretVariable)}, nil
	}
	s, err := watch.NewSyslog(u)
	if err != nil {
		return nil, usage("--on-finding: %v", err)
	}
	return s, nil
}

// startTelling starts the process that tells others, before this one gives up what it would need for it.
func (w *watching) startTelling() error {
	if len(w.f.onFinding) == 0 {
		return nil
	}
	args := []string{"tell"}
	for _, to := range w.f.onFinding {
		if _, err := sink(to); err != nil {
			return err
		}
		args = append(args, "--on-finding", to)
	}
	self, err := os.Executable()
	if err != nil {
		return failure{statusOutput, fmt.Errorf("--on-finding: %w", err)}
	}
	helper := &exec.Cmd{Path: self, Args: append([]string{os.Args[0]}, args...), Stderr: w.p.stderr}
	in, err := helper.StdinPipe()
	if err == nil {
		err = helper.Start()
	}
	if err != nil {
		return failure{statusOutput, fmt.Errorf("--on-finding: %w", err)}
	}
	w.teller = watch.NewTeller(in, func(err error) {
		w.log.Error("nobody is told any more: the process for it has ended", "error", err)
	})
	return nil
}

// stopTelling leaves what is queued a moment.
func (w *watching) stopTelling() {
	if w.teller != nil {
		w.teller.Close(time.Second)
	}
}

// tell hands a message to those who want it.
func (w *watching) tell(m *watch.Message) {
	if w.teller == nil {
		return
	}
	text, err := json.Marshal(m)
	if err != nil || !w.teller.Tell(text) {
		w.figures.Lost(1)
		w.log.Error("a message was dropped: those before it could not be delivered yet")
	}
}

// trouble logs and tells of what concerns the watch itself.
func (w *watching) trouble(text string) {
	w.log.Warn(text)
	m := watch.Trouble(w.f.audit.output.sensor, text)
	w.tell(&m)
}
