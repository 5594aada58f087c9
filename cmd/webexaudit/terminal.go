package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/term"

	"webexaudit/analyzer/record"
)

// pipeWidth is how wide text is where nobody says how wide the screen is.
const pipeWidth = 100

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminals are the standard streams that were terminals when somebody asked first.
var terminals = sync.OnceValue(func() (list []*os.File) {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if isTerminal(f) {
			list = append(list, f)
		}
	}
	return list
})

// terminalGone reports whether a terminal that the program was started on has been closed.
func terminalGone() bool {
	return slices.ContainsFunc(terminals(), func(f *os.File) bool { return !isTerminal(f) })
}

// columns is the width for text on w: the terminal's, else what COLUMNS says, else pipeWidth.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return pipeWidth
}

// rows is the height of the terminal, or what LINES says of it, or 24; 0 where w is none.
func rows(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if _, n, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		return n
	}
	if n, err := strconv.Atoi(os.Getenv("LINES")); err == nil && n > 0 {
		return n
	}
	return 24
}

// colored decides whether text on w has colour. See no-color.org for NO_COLOR.
func colored(mode string, w io.Writer) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// plainLocale reports whether the locale has no UTF-8: POSIX asks LC_ALL, LC_CTYPE and LANG, the first that is set.
func plainLocale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(os.Getenv(name)); v != "" {
			return !strings.Contains(v, "UTF-8") && !strings.Contains(v, "UTF8")
		}
	}
	return true
}

// safe makes a message fit for one line of a terminal: names of files and interfaces may hold anything.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if !record.Visible(r) {
			return '?'
		}
		return r
	}, s)
}

// mostMessage is how many bytes of a message's line are shown: no name of a file is longer.
const mostMessage = 8 << 10

// shorten cuts a line that quotes something without end.
func shorten(line string) string {
	if len(line) <= mostMessage {
		return line
	}
	return fmt.Sprintf("%s … (%d bytes)", line[:mostMessage], len(line))
}
