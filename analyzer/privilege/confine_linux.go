package privilege

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// What is allowed below each kind of path; the kernel refuses the rest (landlock(7)).
const (
	readFile landlock.AccessFSSet = ll.AccessFSReadFile
	readTree landlock.AccessFSSet = ll.AccessFSReadFile | ll.AccessFSReadDir
	write    landlock.AccessFSSet = ll.AccessFSWriteFile
	publish  landlock.AccessFSSet = readTree | write | ll.AccessFSTruncate |
		ll.AccessFSMakeReg | ll.AccessFSMakeDir | ll.AccessFSRemoveFile
	keep landlock.AccessFSSet = publish | ll.AccessFSRemoveDir
)

// Confine leaves the program nothing to open but these paths, for as long as it runs: no other file, no other TCP or
// (where the kernel knows how) UDP port, no program to run; and no process outside to signal. It sets no_new_privs. A
// kernel without Landlock, or with an older one, enforces what it can, which is no error.
//
// Paths that are not there, or cannot be looked at, are passed over: to open them fails by itself. Those that lead to a
// pipe without a name, such as /dev/fd/63, need no rule.
func Confine(p Paths) error {
	if dir := os.Getenv("GOCOVERDIR"); dir != "" { // where a program built to count coverage leaves its counts
		p.Publish = append(p.Publish, dir)
	}
	rules := []landlock.Rule{
		landlock.PathAccess(readFile, named(p.Read, false)...).IgnoreIfMissing(),
		landlock.PathAccess(readTree, named(p.Trees, true)...).IgnoreIfMissing(),
		landlock.PathAccess(readFile, named(p.Within, true)...).IgnoreIfMissing(),
		landlock.PathAccess(write, named(p.Write, false)...).IgnoreIfMissing(),
		landlock.PathAccess(publish, named(p.Publish, true)...).IgnoreIfMissing(),
		landlock.PathAccess(keep, named(p.Keep, true)...).IgnoreIfMissing(),
	}
	for _, port := range p.Listen {
		rules = append(rules, landlock.BindUDP(port))
	}
	for _, port := range p.Connect {
		rules = append(rules, landlock.ConnectTCP(port))
	}
	if err := landlock.V11.BestEffort().Restrict(rules...); err != nil {
		return fmt.Errorf("reading and writing could not be confined: %w", err)
	}
	return everyThread.noNewPrivileges()
}

// pipeFS and sockFS are the file systems of what has no name; Landlock neither restricts it nor takes rules for it.
const (
	pipeFS = 0x50495045
	sockFS = 0x534f434b
)

// named are the paths that lead to something with a name, and to a directory if it is to be one.
func named(paths []string, directory bool) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		var fs unix.Statfs_t
		info, err := os.Stat(path)
		err = cmp.Or(err, unix.Statfs(path, &fs))
		return err != nil || directory && !info.IsDir() || fs.Type == pipeFS || fs.Type == sockFS
	})
}
