// Webexaudit audits Cisco Webex traffic in packet captures: it says which calls and meetings it sees, how they travel,
// and what in the network stands in their way. It only listens; it sends nothing and resolves nothing.
//
// In go command lines, captures and stored runs; out come reports and an exit status. This package holds flags, streams
// and files; analysis, rules and formats are elsewhere.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // zones of --tz, also where the system has none
)

func main() {
	limitGarbage(os.Getenv("GOGC"))
	os.Exit(run(withSignals(context.Background()), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
