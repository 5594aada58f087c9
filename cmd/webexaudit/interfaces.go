package main

import (
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/capture"
)

func (p *program) interfacesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "interfaces",
		Short: "List the network interfaces that analyze -i can listen on",
		Args:  arguments(cobra.NoArgs),
		RunE:  func(*cobra.Command, []string) error { return p.interfaces() },
	}
}

func (p *program) interfaces() error {
	list, err := capture.Interfaces()
	if err != nil {
		return failure{statusCapture, err}
	}
	rows := [][]string{{"INTERFACE", "STATE", "ADDRESSES"}}
	for _, i := range list {
		state := "down"
		if i.Up {
			state = "up"
		}
		if i.Loopback {
			state += ", loopback"
		}
		var addresses []string
		for _, a := range i.Addresses {
			addresses = append(addresses, a.String())
		}
		rows = append(rows, []string{safe(i.Name), state, strings.Join(addresses, " ")})
	}
	return p.print(aligned(rows))
}
