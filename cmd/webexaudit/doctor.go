package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/doctor"
	"webexaudit/signatures"
)

// doctorFlags are the flags of doctor as they were given.
type doctorFlags struct {
	live               analyzeFlags
	out, packs, format string
}

// listenFor is how long doctor listens on each interface.
const listenFor = time.Second

func (p *program) doctorCommand() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tell whether this machine can capture and judge, and what to do where it cannot",
		Long: `Doctor looks at what a capture needs: the right to listen, and with -i the ring of an interface, whether frames come
and are dropped within a second, and what joins packets before they are seen; the clock, the age of the signatures, and
with -o whether results can be written and how much room is left. Each line is ok, advice (it works, and is better
changed) or fault. It changes nothing.

The exit status is 6 where a capture could not start, 5 where results could not be written, and otherwise 0.`,
		Example: `  sudo webexaudit doctor -i eth0 -o /var/lib/webexaudit
  webexaudit doctor --format json`,
		Args: arguments(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return p.doctor(&f) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringArrayVarP(&f.live.interfaces, "interface", "i", nil, "look at interface `IF`, or at what is mirrored to this machine, as analyze -i takes it (repeatable)")
	fs.IntVarP(&f.live.ringMiB, "buffer-size", "B", 0, "kernel buffer of a live capture in `MiB` (0: 64)")
	fs.BoolVarP(&f.live.quietPort, "no-promiscuous-mode", "p", false, "do not put the interface into promiscuous mode")
	fs.StringVarP(&f.out, "out", "o", "", "look at `DIR`, where results are to lie")
	fs.StringVar(&f.packs, "signatures", "", "`DIR` with signatures that are added to the built-in ones")
	fs.StringVarP(&f.format, "format", "T", "console", "`FORMAT` of standard output: console, json")
	return c
}

func (p *program) doctor(f *doctorFlags) error {
	if err := oneOf("format", f.format, "console", "json"); err != nil {
		return err
	}
	packs := signatures.Builtin()
	if f.packs != "" {
		var err error
		if packs, err = signatures.BuiltinDir(f.packs); err != nil {
			return failure{statusUsage, err}
		}
	}
	newest, err := packs.Select("latest")
	if err != nil {
		return failure{statusUsage, err}
	}
	list := []doctor.Check{doctor.Permission()}
	for _, name := range f.live.interfaces {
		list = append(list, doctor.Interface(name, f.live.ringMiB, !f.live.quietPort, listenFor)...)
	}
	status := statusOf(capturing(list))
	list = append(list, doctor.Clock(), doctor.Pack(newest.ID, newest.Date, time.Now(), packAge()))
	if f.out != "" {
		c := doctor.Output(f.out)
		if list = append(list, c); c.State == doctor.Fault {
			status = worst(status, statusOutput)
		}
	}
	return errors.Join(p.printChecks(append(list, doctor.Confinement()...), f.format, status), failureOrNil(status))
}

// capturing is the error where one of these stands in the way of a capture.
func capturing(list []doctor.Check) error {
	for _, c := range list {
		if c.State == doctor.Fault {
			return failure{status: statusCapture}
		}
	}
	return nil
}

// packAge is how many days old the newest pack may be, by the rule that judges it.
func packAge() float64 {
	if r, ok := catalogue.All().Find("WXA-DAT-001"); ok {
		return r.Thresholds[0].Standard
	}
	return 0
}

func (p *program) printChecks(list []doctor.Check, format string, status int) error {
	if format == "json" {
		text, err := json.MarshalIndent(struct {
			Schema   string         `json:"schema"`
			ExitCode int            `json:"exit_code"`
			Checks   []doctor.Check `json:"checks"`
		}{"webexaudit.doctor/1", status, list}, "", "  ")
		return errors.Join(err, p.printTo(p.stdout, string(text)))
	}
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%-6s  %-12s  %s\n", c.State, c.Name, c.Text)
		if c.Do != "" {
			fmt.Fprintf(&b, "%-6s  %-12s  → %s\n", "", "", c.Do)
		}
	}
	switch status {
	case statusOK:
		b.WriteString("\nNothing stands in the way.")
	case statusCapture:
		b.WriteString("\nA capture could not start: see the faults.")
	case statusOutput:
		b.WriteString("\nResults could not be written: see the faults.")
	}
	return p.print(safeText(b.String()))
}
