package laketest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Address is that of the bucket "lake" of an S3 server.
func Address(server, prefix string) string {
	return "s3://lake/" + prefix + "?endpoint=" + server + "&use_path_style=true&region=us-east-1"
}

// Credentials puts some into the environment, where the SDK finds them.
func Credentials(t testing.TB) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "key-of-the-test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_MAX_ATTEMPTS", "1") // of the SDK: what the store does itself is tried here
}

// S3 is a server in this process with an empty bucket "lake", behind what the test puts before it (nil: nothing).
func S3(t testing.TB, before func(http.Handler) http.Handler) (url string) {
	t.Helper()
	Credentials(t)
	backend := s3mem.New()
	if err := backend.CreateBucket("lake"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(backend).Server()
	if before != nil {
		handler = before(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
