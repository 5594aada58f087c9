package remains

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadHealth(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.jsonl")
	for _, tt := range []struct {
		name, text, fault string
		packets, drops    int64 // drops -1: not told
	}{
		{"live", `{"type":"run"}` + "\n" + `{"type":"capture_health","packets":7,"kernel_drops":0}` + "\n" + `{"type":"flow"}`, "", 7, 0},
		{"a file", `{"type":"capture_health","packets":9}`, "", 9, -1},
		{"the first of two", `{"type":"capture_health","packets":1}` + `{"type":"capture_health","packets":2}`, "", 1, -1},
		{"none", `{"type":"run","packets":3}`, "no record of the capture's health", 0, -1},
		{"cut", `{"type":"run"}{"type":"capture_he`, "no record of the capture's health", 0, -1},
	} {
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := ReadHealth(file)
		if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%s: error %v", tt.name, err)
		}
		drops := int64(-1)
		if h.KernelDrops != nil {
			drops = *h.KernelDrops
		}
		if h.Packets != tt.packets || drops != tt.drops {
			t.Errorf("%s: %d packets, %d drops", tt.name, h.Packets, drops)
		}
	}
}
