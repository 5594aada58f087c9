package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens both ends of a terminal.
func pseudoTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	number, err := unix.IoctlGetUint32(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	return master, slave
}

// TestTerminalCloses: the SIGHUP of a terminal that closes ends a watch, though another one has it read files anew.
func TestTerminalCloses(t *testing.T) {
	master, slave := pseudoTerminal(t)
	defer master.Close()
	p := start(t, "version") // which makes the directory
	p.wait()
	p.cmd = exec.Command(filepath.Join(p.dir, "webexaudit"), "watch", "-o", "audits", t.TempDir())
	p.cmd.Dir, p.cmd.Stdin, p.cmd.Stderr = p.dir, slave, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.says(1, "msg=watching")
	for i, words := range []string{"nothing has changed", ""} {
		if i == 1 {
			slave.Close()
			master.Close()
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		p.says(1, words)
	}
	p.wait()
	p.ended(0, "")
}
