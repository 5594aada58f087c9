package laketest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// VersityGW is a real S3 server, of which LAKE_VERSITYGW names the program (make lake-test-all builds it), with an
// empty bucket "lake"; "" where it is not set.
func VersityGW(t testing.TB) (url string) {
	t.Helper()
	program := os.Getenv("LAKE_VERSITYGW")
	if program == "" {
		return ""
	}
	Credentials(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lake"), 0o777); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	_ = free.Close()
	c := exec.Command(program, "--port", at, "--access", os.Getenv("AWS_ACCESS_KEY_ID"),
		"--secret", os.Getenv("AWS_SECRET_ACCESS_KEY"), "posix", dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	for range 200 {
		con, err := net.Dial("tcp", at)
		if err == nil {
			_ = con.Close()
			return "http://" + at
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not listen", program)
	return ""
}
