package watch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Sink takes a message, as JSON.
type Sink interface {
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

// deliver tries a message until it is told or given up.
func (p Patience) deliver(ctx context.Context, s Sink, message []byte) error {
	ends := time.Now().Add(p.Most)
	for wait := p.First; ; wait *= 2 {
		one, stop := context.WithTimeout(ctx, p.Each)
		err := s.Tell(one, message)
		stop()
		if err == nil || ctx.Err() != nil || time.Now().Add(wait).After(ends) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// maxMessage is how long a line of messages may be.
const maxMessage = 16 << 20

// grace is how long messages are still delivered once there will be no more.
const grace = 10 * time.Second

// Deliver reads messages, a line each, and tells each to all sinks, until there are no more or ctx is done. It belongs
// into a process of its own, so that the one that reads packets needs neither the network nor a shell. What could not
// be told is said.
func Deliver(ctx context.Context, in io.Reader, sinks []Sink, p Patience, say func(error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxMessage)
	messages := make(chan []byte, queued)
	go func() {
		defer close(messages)
		for lines.Scan() {
			messages <- bytes.Clone(lines.Bytes())
		}
		time.AfterFunc(grace, cancel)
	}()
	for m := range messages {
		for _, s := range sinks {
			if err := p.deliver(ctx, s, m); err != nil {
				say(fmt.Errorf("--on-finding: a message was given up: %w", err))
			}
		}
	}
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
