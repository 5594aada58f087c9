// Package doctor tells whether a machine can capture and judge, and what to do where it cannot. It looks and changes
// nothing, but for a file that it writes and removes where results are to lie.
package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"webexaudit/analyzer/privilege"
	"webexaudit/analyzer/wording"
)

// The states of a check.
const (
	OK     = "ok"     // all is well
	Advice = "advice" // it works; something is better changed
	Fault  = "fault"  // it does not work
)

// Check is one thing that was looked at.
type Check struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`         // what is
	Do    string `json:"do,omitempty"` // what to do
}

// Pack judges the age of a signature pack (date: YYYY-MM-DD), which may be most days old.
func Pack(id, date string, now time.Time, most float64) Check {
	c := Check{Name: "signatures", State: OK}
	day, err := time.Parse(time.DateOnly, date)
	days := int64(now.Sub(day).Hours() / 24)
	switch {
	case err != nil:
		c.State, c.Text = Advice, fmt.Sprintf("the date of the newest pack, %s, cannot be read", id)
	case days < 0:
		c.State, c.Text = Advice, fmt.Sprintf("the newest pack is of %s, which the clock says is to come", date)
		c.Do = "set the clock of this machine"
	default:
		c.Text = fmt.Sprintf("the newest pack, %s, is %s old", id, wording.Count(days, "day", "days"))
		if float64(days) > most {
			c.State = Advice
			c.Do = "install a newer release, or lay newer signatures over the pack (--signatures DIR): Webex adds ranges and " +
				"names several times a year"
		}
	}
	return c
}

// Confinement tells what the program can give up here.
func Confinement() (list []Check) {
	for _, f := range privilege.State() {
		c := Check{Name: f.Name, State: OK, Text: f.Text}
		if f.Lacks {
			c.State = Advice
			c.Do = "use a kernel with Landlock (5.13 or newer) that starts it: what reads strangers' packets is then confined " +
				"to the paths of its command line"
		}
		if f.Name != "user" { // what it may do is tried, see [Permission]
			list = append(list, c)
		}
	}
	return list
}

// roomWanted is the free space below which a word is due: some weeks of hourly windows of a small site.
const roomWanted = 1 << 30

// Output finds out whether results can be written below a directory, by whom a capture may become for it (as watch
// does), and how much room is left.
func Output(dir string) Check {
	c := Check{Name: "output", State: OK}
	at := existing(dir)
	var first error
	for _, who := range privilege.Candidates([]string{dir}) {
		err := privilege.Try(who, func() error { return tryWriting(at) })
		if err == nil {
			first = nil
			break
		}
		if first == nil {
			first = err
		}
	}
	if first != nil {
		var path *fs.PathError
		if errors.As(first, &path) {
			first = path.Err // the name of the file that was tried helps nobody
		}
		c.State, c.Text = Fault, fmt.Sprintf("%s: nothing can be written: %v", dir, first)
		c.Do = "name a directory that the user who runs the program may write to, on a disk with room"
		return c
	}
	c.Text = dir + ": can be written"
	if at != filepath.Clean(dir) {
		c.Text = dir + ": can be made"
	}
	free, total, ok := room(at)
	if !ok {
		return c
	}
	c.Text += fmt.Sprintf("; %s of %s are free", wording.Bytes(free), wording.Bytes(total))
	if free < roomWanted {
		c.State, c.Do = Advice, "make room, or bound the results with --keep and --keep-size"
	}
	return c
}

// existing is a directory, or what is there of the way to it.
func existing(dir string) string {
	at := filepath.Clean(dir)
	for {
		if _, err := os.Lstat(at); !errors.Is(err, os.ErrNotExist) || at == filepath.Dir(at) {
			return at
		}
		at = filepath.Dir(at)
	}
}

// tryWriting writes a block in a directory, down to the disk, and removes it.
func tryWriting(dir string) error {
	f, err := os.CreateTemp(dir, ".webexaudit-doctor-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Sync())
}
