package wording

import (
	"fmt"
	"strings"
)

// Text is a sentence as data: Format is a format of Printf whose verbs are all %s or %d, Args are its values, ID names
// the message.
type Text struct {
	ID     string `json:"id"`
	Format string `json:"format"`
	Args   []Arg  `json:"args,omitempty"`
}

// New makes a sentence. An argument is an Arg, a Text, an address of net/netip, a duration, a word or a number.
func New(id, format string, args ...any) Text {
	if false {
		_ = fmt.Sprintf(format, args...) // go vet takes New for a wrapper of Sprintf and checks verbs and arguments
	}
	t := Text{ID: id, Format: format}
	for _, a := range args {
		t.Args = append(t.Args, argument(a))
	}
	return t
}

// Join is parts of a sentence with the same words or marks between them; no sentence where there are none.
func Join(id, between string, parts []Text) Text {
	if len(parts) == 0 {
		return Text{}
	}
	t := Text{ID: id, Format: strings.Repeat(between+"%s", len(parts))}
	t.Format = strings.TrimPrefix(t.Format, between)
	for _, p := range parts {
		t.Args = append(t.Args, Nested(p))
	}
	return t
}

// IsZero reports whether there is no sentence.
func (t Text) IsZero() bool { return t.Format == "" }

// String renders the sentence. A verb that the format must not have shows itself, as with Printf.
func (t Text) String() string {
	var b strings.Builder
	rest, args := t.Format, t.Args
	for {
		at := strings.IndexByte(rest, '%')
		if at < 0 || at+1 == len(rest) {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:at])
		verb := rest[at+1]
		rest = rest[at+2:]
		switch {
		case verb == '%':
			b.WriteByte('%')
		case verb != 's' && verb != 'd' || len(args) == 0:
			b.WriteString("%!" + string(rune(verb)) + "(MISSING)")
		default:
			b.WriteString(args[0].String())
			args = args[1:]
		}
	}
}

// Map is the sentence with every value replaced by what f makes of it, also within lists and nested sentences.
func (t Text) Map(f func(Arg) Arg) Text {
	t.Args = mapArgs(t.Args, f)
	return t
}

func mapArgs(args []Arg, f func(Arg) Arg) []Arg {
	out := make([]Arg, 0, len(args))
	for _, a := range args {
		switch {
		case a.Kind == KindList:
			a.Args = mapArgs(a.Args, f)
		case a.Kind == KindNested && a.Text != nil:
			t := a.Text.Map(f)
			a.Text = &t
		default:
			a = f(a)
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
