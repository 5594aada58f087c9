package reports

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium that is spoken to over a pipe in the Chrome DevTools Protocol: JSON messages that end
// with a byte 0.
type browser struct {
	t       testing.TB
	to      io.Writer
	answers chan reply
	session string
	id      int
	events  []event // of the page since it was opened
}

// reply is an answer, or an event.
type reply struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type event struct {
	method string
	params json.RawMessage
}

// chromiumNames are what the browser is called on different systems.
var chromiumNames = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// chromium is the program, or skips the test where there is none.
func chromium(t *testing.T) string {
	t.Helper()
	if os.Getenv("BROWSER") == "" || testing.Short() {
		t.Skip("set BROWSER=1, and no -short, to try the page out in a browser")
	}
	for _, name := range chromiumNames {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("no browser on this machine: none of %s is installed, so the page is not tried out",
		strings.Join(chromiumNames, ", "))
	return ""
}

// startBrowser starts one.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	program := chromium(t)
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
		"--disable-background-networking", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir())
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		t.Skipf("%s does not start: %v", program, err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, answers: make(chan reply, 1000)}
	t.Cleanup(func() {
		b.send("", "Browser.close", nil)
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-done
		}
		to.Close()
		from.Close()
	})
	go b.listen(from)
	return b
}

func (b *browser) listen(from io.Reader) {
	defer close(b.answers)
	r := bufio.NewReaderSize(from, 1<<20)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var a reply
		if json.Unmarshal(text[:len(text)-1], &a) == nil {
			b.answers <- a
		}
	}
}

func (b *browser) send(session, method string, params any) int {
	b.id++
	message := map[string]any{"id": b.id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	text, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil && !errors.Is(err, os.ErrClosed) && method != "Browser.close" {
		b.t.Fatal(err)
	}
	return b.id
}

// patience is how long the browser may take for one thing.
const patience = 60 * time.Second

// next waits for a message; events are kept.
func (b *browser) next(what string) reply {
	b.t.Helper()
	select {
	case a, ok := <-b.answers:
		if !ok {
			b.t.Fatalf("%s: the browser ended", what)
		}
		if a.Method != "" {
			b.events = append(b.events, event{a.Method, a.Params})
		}
		return a
	case <-time.After(patience):
		b.t.Fatalf("%s: no answer within %v", what, patience)
	}
	return reply{}
}

// ask sends a command and waits for its result.
func (b *browser) ask(method string, params, result any) {
	b.t.Helper()
	id := b.send(b.session, method, params)
	for {
		a := b.next(method)
		if a.ID != id {
			continue
		}
		if a.Error != nil {
			b.t.Fatalf("%s: %s", method, a.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(a.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

// page makes a tab whose messages and requests are noted.
func (b *browser) page() {
	b.t.Helper()
	b.session = ""
	var target struct{ TargetID string }
	b.ask("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.ask("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.ask(domain+".enable", nil, nil)
	}
}

// size sets the window and the system's theme.
func (b *browser) size(width, height int, scheme string) {
	b.t.Helper()
	b.ask("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.ask("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// open loads a page and waits until it is there.
func (b *browser) open(url string) {
	b.t.Helper()
	b.events = nil
	b.ask("Page.navigate", map[string]any{"url": "about:blank"}, nil)
	b.waitFor("Page.loadEventFired")
	b.events = nil
	b.ask("Page.navigate", map[string]any{"url": url}, nil)
	b.waitFor("Page.loadEventFired")
}

func (b *browser) waitFor(method string) {
	b.t.Helper()
	for _, e := range b.events {
		if e.method == method {
			return
		}
	}
	for b.next(method).Method != method {
	}
}

// eval runs an expression in the page, a promise to its end, and decodes what it gives.
func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Exception struct{ Description string }
		}
	}
	b.ask("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails.Exception.Description)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(out.Result.Value, into); err != nil {
		b.t.Fatalf("%s: %v in %s", expression, err, out.Result.Value)
	}
}

func (b *browser) text(expression string) (s string) {
	b.t.Helper()
	b.eval(expression, &s)
	return s
}

func (b *browser) number(expression string) (n float64) {
	b.t.Helper()
	b.eval(expression, &n)
	return n
}

// complaints are what the console said since the page was opened, and requests other than for the page itself.
func (b *browser) complaints(url string) (list []string) {
	for _, e := range b.events {
		switch e.method {
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown":
			list = append(list, fmt.Sprintf("%s %s", e.method, e.params))
		case "Network.requestWillBeSent":
			var p struct{ Request struct{ URL string } }
			if json.Unmarshal(e.params, &p) != nil || !strings.HasPrefix(p.Request.URL, url) {
				list = append(list, fmt.Sprintf("%s %s", e.method, e.params))
			}
		}
	}
	return list
}
