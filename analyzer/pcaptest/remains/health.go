// Package remains reads what a run of the program leaves behind: the peak of its memory, and what it says of the
// capture. In go the state of the ended process and its JSON Lines; out come figures for the programs that measure.
package remains

import (
	"encoding/json"
	"fmt"
	"os"
)

// Health is what the program says of a capture or of what it heard. Packets unless said otherwise.
type Health struct {
	Packets         int64  `json:"packets"`
	KernelDrops     *int64 `json:"kernel_drops"` // nil: not told
	InterfaceDrops  *int64 `json:"interface_drops"`
	FlowsSummarised int64  `json:"flows_summarised"`
}

// ReadHealth finds the first record of a capture's health, which is one of the first lines of the file.
func ReadHealth(path string) (h Health, err error) {
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var line struct {
			Type string `json:"type"`
			Health
		}
		if err := d.Decode(&line); err != nil {
			return h, fmt.Errorf("%s: no record of the capture's health: %w", path, err)
		}
		if line.Type == "capture_health" {
			return line.Health, nil
		}
	}
}
