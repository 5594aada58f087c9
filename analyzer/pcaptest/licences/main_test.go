package main

import (
	"os"
	"strings"
	"testing"
)

// TestThirdParty: the file holds the licences of what is in the program, no more and no less.
func TestThirdParty(t *testing.T) {
	want, err := thirdParty("../../..", "webexaudit")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"github.com/google/gopacket v1.", standard, "Apache License", "zstd/internal/xxhash"} {
		if !strings.Contains(want, words) {
			t.Errorf("nothing of %q", words)
		}
	}
	if got, err := os.ReadFile("../../../THIRD_PARTY"); err != nil || string(got) != want {
		t.Errorf("THIRD_PARTY is not what make licences writes: %v", err)
	}
}
