package watch

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var hasty = Patience{Each: 2 * time.Second, First: 10 * time.Millisecond, Most: 200 * time.Millisecond}

// TestWebhook: a message is signed, tried again when the server fails, and given up with a word when that goes on.
func TestWebhook(t *testing.T) {
	calls, fails := 0, 2
	var body, signature string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, signature = string(b), r.Header.Get(SignatureHeader)
		if calls++; calls <= fails {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	hook := &Webhook{URL: s.URL, Secret: "key"}
	var said []string
	tell := func(text string) {
		calls = 0
		if err := Deliver(context.Background(), strings.NewReader(text+"\n"), []Sink{hook}, hasty, func(err error) {
			said = append(said, err.Error())
		}); err != nil {
			t.Fatal(err)
		}
	}
	tell(`{"kind":"window"}`)
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte(`{"kind":"window"}`))
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); calls != 3 || body != `{"kind":"window"}` || signature != want {
		t.Errorf("%d calls, body %s, signature %s, want %s", calls, body, signature, want)
	}
	fails = 1000
	tell(`{}`)
	who := strings.Replace(s.URL, "http", "--on-finding: http", 1)
	want := []string{who + " cannot be told: the server answered 503 Service Unavailable; it is tried again for 200ms",
		who + " is told again", who + " cannot be told: the server answered 503 Service Unavailable; it is tried again for 200ms",
		strings.Replace(who, ": ", ": a message to ", 1) + " was given up: the server answered 503 Service Unavailable"}
	if !slices.Equal(said, want) || calls < 3 {
		t.Errorf("%d calls, said %q, want %q", calls, said, want)
	}
}

// TestWebhookHangs: an address that does not answer is said in one sentence, keeps nobody else from being told, and
// gets what has waited when it answers again. Its path, which often is the key to it, is not said.
func TestWebhookHangs(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "told")
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if text, _ := os.ReadFile(out); string(text) != "1\n2\n" { // until the other one was told
			<-r.Context().Done()
			return
		}
		got = append(got, string(b))
	}))
	defer s.Close()
	var said []string
	err := Deliver(context.Background(), strings.NewReader("1\n2\n"),
		[]Sink{&Webhook{URL: s.URL + "/secret"}, Command{"cat >> " + out}},
		Patience{Each: 200 * time.Millisecond, First: 10 * time.Millisecond, Most: time.Minute},
		func(err error) { said = append(said, err.Error()) })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"--on-finding: " + s.URL + " cannot be told: no answer within 200ms; it is tried again for 1m0s",
		"--on-finding: " + s.URL + " is told again"}
	if !slices.Equal(said, want) || !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("said %q, want %q; told %q", said, want, got)
	}
}

// TestCommand: a command gets the message; its failure is said with what it printed; one that hangs is ended.
func TestCommand(t *testing.T) {
	out := filepath.Join(t.TempDir(), "told")
	ctx := context.Background()
	if err := (Command{"cat > " + out}).Tell(ctx, []byte(`{"kind":"day"}`)); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(out); string(b) != "{\"kind\":\"day\"}\n" {
		t.Errorf("%q", b)
	}
	if err := (Command{"echo no such list >&2; exit 3"}).Tell(ctx, nil); err == nil || err.Error() != "exit status 3: no such list" {
		t.Error(err)
	}
	short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	began := time.Now()
	if err := (Command{"sleep 60"}).Tell(short, nil); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// TestTellerNeverWaits: a reader that hangs keeps nobody; what there is no place for is counted.
func TestTellerNeverWaits(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	teller := NewTeller(w, func(error) {})
	began, dropped := time.Now(), 0
	for range queued + 50 {
		if !teller.Tell([]byte("{}")) {
			dropped++
		}
	}
	if dropped < 49 || time.Since(began) > time.Second {
		t.Errorf("%d dropped in %v", dropped, time.Since(began))
	}
	teller.Close(10 * time.Millisecond)
	if teller.Tell([]byte("{}")) {
		t.Error("a message was taken behind the end")
	}
}
