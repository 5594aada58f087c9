package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// screen is how wide the screen is that w is shown on: the terminal's columns, or what COLUMNS says; 0: nobody knows,
// and lines stay as they are.
func screen(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); !isTerminal(w) && (err != nil || n <= 0) {
		return 0
	}
	return max(columns(w), 40)
}

// folded breaks the lines of a text that are wider than a screen (0: none is), between words. What follows is set in as
// the text of its line: behind the blanks that it begins with, or behind a name and two blanks or more.
func folded(text string, width int) string {
	if width == 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = foldLine(line, width)
	}
	return strings.Join(lines, "\n")
}

func foldLine(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	margin := hang(line)
	if 3*margin > 2*width {
		margin = 4
	}
	var b strings.Builder
	n := 0
	for i, word := range strings.SplitAfter(line, " ") {
		size := utf8.RuneCountInString(strings.TrimRight(word, " "))
		if i > 0 && n+size > width && n > margin {
			b.WriteString("\n" + strings.Repeat(" ", margin))
			n = margin
			word = strings.TrimLeft(word, " ")
		}
		b.WriteString(word)
		n += utf8.RuneCountInString(word)
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// hang is where the text of a line begins: behind its last name that two blanks or more follow within its first half.
func hang(line string) int {
	start := len(line) - len(strings.TrimLeft(line, " "))
	at := start
	for i := start; i+1 < len(line) && i < 40; i++ {
		if line[i] == ' ' && line[i+1] == ' ' {
			for i < len(line) && line[i] == ' ' {
				i++
			}
			at = i
		}
	}
	return at
}

// foldHelp fits the pages of help to a screen. Examples stay as they are: they are to be copied.
func foldHelp(root *cobra.Command, width int) {
	if width == 0 {
		return
	}
	show := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		var page bytes.Buffer
		out := c.OutOrStdout()
		c.Long = refilled(c.Long, width)
		c.SetOut(&page)
		show(c, args)
		c.SetOut(out)
		head, rest, has := strings.Cut(page.String(), "\nExamples:\n")
		text := folded(head, width)
		if has {
			examples, more, _ := strings.Cut(rest, "\n\n")
			text += "\nExamples:\n" + examples + "\n\n" + folded(more, width)
		}
		_, _ = io.WriteString(out, text)
	})
}

// refilled joins the lines of each paragraph and breaks them anew.
func refilled(text string, width int) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = folded(strings.Join(strings.Fields(p), " "), width)
	}
	return strings.Join(paragraphs, "\n\n")
}
