package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Redact shortens an address to what may be shown and logged: without user, password, and the parameters behind "?",
// where signatures and keys stand.
func Redact(place string) string {
	if !strings.Contains(place, "://") {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "the store"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// behind are the parameters of an address inside a text, and the user before its host.
var behind, before = regexp.MustCompile(`(://[^\s"?]*)\?[^\s"]*`), regexp.MustCompile(`://[^\s"/@]*@`)

// problem is an error of a driver in words without secrets. What it holds is only for [errors.Is]: its text is not
// shown.
type problem struct {
	text string
	err  error
}

func (p *problem) Error() string        { return p.text }
func (p *problem) Is(target error) bool { return errors.Is(p.err, target) }

func clean(name string, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", name, context.Canceled)
	}
	text := before.ReplaceAllString(behind.ReplaceAllString(err.Error(), "$1"), "://")
	return &problem{name + ": " + strings.ReplaceAll(text, "\n", " "), err}
}
