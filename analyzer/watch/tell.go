package watch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Sink takes a message, as JSON.
type Sink interface {
	String() string // who it is, without what is secret
	Tell(ctx context.Context, message []byte) error
}

// Webhook posts messages to an address.
type Webhook struct {
	URL    string
	Secret string // "": messages are not signed
	client http.Client
}

// SignatureHeader has "sha256=" and the HMAC of the body by the secret, in hexadecimal digits.
const SignatureHeader = "X-Webexaudit-Signature-256"

func (w *Webhook) String() string {
	scheme, rest, _ := strings.Cut(w.URL, "://")
	host, _, _ := strings.Cut(rest, "/") // the path is often the key
	if _, at, ok := strings.Cut(host, "@"); ok {
		host = at
	}
	return scheme + "://" + host
}

// Tell posts the message; an answer of 2xx is success.
func (w *Webhook) Tell(ctx context.Context, message []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(message))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if w.Secret != "" {
		mac := hmac.New(sha256.New, []byte(w.Secret))
		mac.Write(message)
		r.Header.Set(SignatureHeader, "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	answer, err := w.client.Do(r)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err // without the address
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 1<<16) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	return nil
}

// Command runs a command of the shell for each message, which is its standard input.
type Command struct{ Line string }

func (c Command) String() string { return "the command" }

// Tell runs the command; its status 0 is success.
func (c Command) Tell(ctx context.Context, message []byte) error {
	run := exec.CommandContext(ctx, "/bin/sh", "-c", c.Line)
	run.Stdin = bytes.NewReader(append(bytes.Clone(message), '\n'))
	run.WaitDelay = time.Second
	out, err := run.CombinedOutput()
	if err != nil && len(out) > 0 {
		err = fmt.Errorf("%w: %.200s", err, strings.TrimSpace(string(out)))
	}
	return err
}

// Patience is how a message is tried again.
type Patience struct {
	Each  time.Duration // for one try
	First time.Duration // wait behind the first failure; it doubles
	Most  time.Duration // from the first try on; then the message is given up
}

// DefaultPatience is that of webhooks and commands.
var DefaultPatience = Patience{Each: 30 * time.Second, First: 2 * time.Second, Most: 15 * time.Minute}

// deliver tries a message until it is told or given up; failed is called when a try has failed.
func (p Patience) deliver(ctx context.Context, s Sink, message []byte, failed func(error)) error {
	ends := time.Now().Add(p.Most)
	for wait := p.First; ; wait *= 2 {
		one, stop := context.WithTimeout(ctx, p.Each)
		err := s.Tell(one, message)
		if err != nil && ctx.Err() == nil && one.Err() != nil {
			err = fmt.Errorf("no answer within %v", p.Each)
		}
		stop()
		if err == nil || ctx.Err() != nil || time.Now().Add(wait).After(ends) {
			return err
		}
		failed(err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// deliverAll tells somebody all messages, and says when that begins to fail, when it works again, and what is given up.
func (p Patience) deliverAll(ctx context.Context, s Sink, messages <-chan []byte, say func(error)) {
	fails := false
	for m := range messages {
		err := p.deliver(ctx, s, m, func(err error) {
			if !fails {
				say(fmt.Errorf("--on-finding: %v cannot be told: %w; it is tried again for %v", s, err, p.Most))
			}
			fails = true
		})
		switch {
		case err != nil:
			say(fmt.Errorf("--on-finding: a message to %v was given up: %w", s, err))
		case fails:
			say(fmt.Errorf("--on-finding: %v is told again", s))
			fails = false
		}
	}
}

// maxMessage is how long a line of messages may be.
const maxMessage = 16 << 20

// grace is how long messages are still delivered once there will be no more.
const grace = 10 * time.Second

var errTooMany = errors.New("too many wait for it")

// Deliver reads messages, a line each, and tells each to all sinks, of which none waits for another, until there are no
// more or ctx is done. It belongs into a process of its own, so that the one that reads packets needs neither the
// network nor a shell. What could not be told is said.
func Deliver(ctx context.Context, in io.Reader, sinks []Sink, p Patience, say func(error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	sayOne := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		say(err)
	}
	var g sync.WaitGroup
	queues := make([]chan []byte, len(sinks))
	for i, s := range sinks {
		queues[i] = make(chan []byte, queued)
		g.Go(func() { p.deliverAll(ctx, s, queues[i], sayOne) })
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		m := bytes.Clone(lines.Bytes())
		for i, q := range queues {
			select {
			case q <- m:
			default:
				sayOne(fmt.Errorf("--on-finding: a message to %v was given up: %w", sinks[i], errTooMany))
			}
		}
	}
	time.AfterFunc(grace, cancel)
	for _, q := range queues {
		close(q)
	}
	g.Wait()
	return lines.Err()
}

// Teller hands messages to a writer without ever waiting for it. Any goroutine may use it.
type Teller struct {
	mu     sync.Mutex
	closed bool
	queue  chan []byte
	done   chan struct{}
}

// queued is how many messages may wait.
const queued = 256

// NewTeller writes to w, a line for each message, and closes it at the end. Failed is called once when it cannot.
func NewTeller(w io.WriteCloser, failed func(error)) *Teller {
	t := &Teller{queue: make(chan []byte, queued), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		defer w.Close()
		var err error
		for line := range t.queue {
			if err == nil {
				if _, err = w.Write(line); err != nil {
					failed(err)
				}
			}
		}
	}()
	return t
}

// Tell queues a message; false where too many wait, and behind the end.
func (t *Teller) Tell(message []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	select {
	case t.queue <- append(message, '\n'):
		return true
	default:
		return false
	}
}

// Close waits a moment for what is queued.
func (t *Teller) Close(wait time.Duration) {
	t.mu.Lock()
	t.closed = true
	close(t.queue)
	t.mu.Unlock()
	select {
	case <-t.done:
	case <-time.After(wait):
	}
}
