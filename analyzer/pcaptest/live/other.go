//go:build !linux

package main

import "log"

func main() { log.Fatal("network namespaces are Linux's") }
