// Webexaudit-lake audits captures of many sensors, on one machine or on many, keeps what was found as a lake of Parquet
// tables in a folder or an object store, and answers questions about it.
//
// In go command lines, captures and lakes; out come tables, reports, answers and an exit status. The analysis is that
// of webexaudit. This is a module of its own, so that the other program stays small and free of the C library.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
