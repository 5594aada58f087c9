//go:build !linux

package main

import "log"

func main() { log.Fatal("what a process has open, and its memory, are read as on Linux") }
