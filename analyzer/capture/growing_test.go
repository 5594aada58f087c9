package capture_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// TestGrowing: a file that ends inside a packet and is still being written is read on; one to which nothing more comes
// is damaged, and an old one is so at once.
func TestGrowing(t *testing.T) {
	whole := pcaptest.HealthyMeeting().Pcap()
	half := len(whole)/2 + 1
	for name, c := range map[string]struct {
		write   func(path string)
		old     bool
		damaged bool
	}{
		"the rest follows":  {write: func(path string) { appendTo(t, path, whole[half:]) }},
		"nothing follows":   {damaged: true},
		"of yesterday":      {old: true, damaged: true},
		"a part of it only": {write: func(path string) { appendTo(t, path, whole[half:len(whole)-3]) }, damaged: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ring.pcap")
			appendTo(t, path, whole[:half])
			if c.old {
				yesterday := time.Now().Add(-24 * time.Hour)
				if err := os.Chtimes(path, yesterday, yesterday); err != nil {
					t.Fatal(err)
				}
			}
			s, err := capture.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			done := make(chan struct{})
			if c.write != nil {
				go func() { defer close(done); time.Sleep(20 * time.Millisecond); c.write(path) }()
			} else {
				close(done)
			}
			begun := time.Now()
			n, err := count(s)
			<-done
			_, damaged := errors.AsType[*capture.DamageError](err)
			if damaged != c.damaged || !damaged && err != io.EOF {
				t.Errorf("after %d packets: %v", n, err)
			}
			if c.old && time.Since(begun) > time.Second {
				t.Error("waited for an old file")
			}
		})
	}
}

func count(s capture.Source) (n int, err error) {
	var b capture.Block
	for err == nil {
		err = s.Next(&b)
		n += len(b.Frames)
	}
	return n, err
}

func appendTo(t *testing.T, path string, b []byte) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.Write(b)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Error(err)
	}
}
