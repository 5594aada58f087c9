// Package privilege takes from the running program what it no longer needs: the capabilities of root, the user that it
// began as, and the files that its command line does not name. It can only take; nothing here comes back.
//
// On Linux the kernel enforces it, for every thread, through capabilities(7), no_new_privs (prctl(2)) and Landlock
// (landlock(7)). Elsewhere, and where a kernel has no Landlock, the functions do nothing, and [State] says so.
package privilege

// Paths are what a program still opens after [Confine]. What is open already, standard streams among it, stays open.
type Paths struct {
	Read    []string // files to read
	Trees   []string // directories to read, with all that is below them
	Within  []string // directories whose files are read, those to come too, but which are not listed
	Write   []string // devices and pipes to write to
	Publish []string // directories in which files are made, renamed and removed, and so in all that is below them
	Keep    []string // the same, and directories are renamed and removed there
	Listen  []uint16 // UDP ports to receive at
	Connect []uint16 // TCP ports to connect to
}

// Identity is a user that a program may become.
type Identity struct{ UID, GID int }

// Fact is a line of what [State] tells: a thing that the kernel restricts, and how it is.
type Fact struct {
	Name, Text string
	Lacks      bool // the kernel cannot restrict it
}
