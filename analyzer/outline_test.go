package analyzer_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// outlines are the members that a reader of a golden wants to see, by type of record. The digest beside them holds the
// others.
var outlines = []struct {
	kind    string
	members []string
}{
	{"flow", []string{"proto", "src_ip", "src_port", "dst_ip", "dst_port", "service", "function", "transport", "confidence", "sni", "packets_fwd", "packets_rev"}},
	{"media_stream", []string{"src_ip", "src_port", "dst_ip", "dst_port", "kind", "dscp", "packets", "lost", "capture_lost"}},
	{"tls_session", []string{"sni", "tls_version", "cert_issuer", "inspection", "alerts"}},
	{"reachability", []string{"client", "prefix", "port", "transport", "asked", "answered", "reset", "icmp_rejected", "refused", "silent"}},
	{"session", []string{"client", "service", "transport", "confidence", "story"}},
	{"finding", []string{"state", "rule", "severity", "subject", "count", "summary"}},
}

// firstWords is how many bytes of a text an outline shows.
const firstWords = 60

// outline has a line for each record, and for each type of record the number and the digest of the whole.
func outline(t *testing.T, jsonl []byte) (files []txtar.File) {
	t.Helper()
	for _, o := range outlines {
		var text strings.Builder
		n, whole := 0, sha256.New()
		for line := range strings.Lines(string(jsonl)) {
			if !strings.HasPrefix(line, `{"type":"`+o.kind+`"`) {
				continue
			}
			n++
			whole.Write([]byte(line))
			var r map[string]any
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			for i, m := range o.members {
				if i > 0 {
					text.WriteByte(' ')
				}
				text.WriteString(shown(r[m]))
			}
			text.WriteByte('\n')
		}
		if n > 0 {
			name := fmt.Sprintf("%ss: %d, digest %.6x", o.kind, n, whole.Sum(nil))
			files = append(files, txtar.File{Name: name, Data: []byte(text.String())})
		}
	}
	return files
}

// shown is a member in short: the first words of a text, and of an object its values in the order of their names.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case map[string]any:
		var list []string
		for name, value := range v {
			list = append(list, name+"="+shown(value))
		}
		slices.Sort(list)
		if v["key"] != nil && v["kind"] != nil { // a subject
			return shown(v["kind"]) + " " + shown(v["key"])
		}
		return "{" + strings.Join(list, " ") + "}"
	case string:
		if len(v) > firstWords {
			return v[:strings.LastIndexByte(v[:firstWords], ' ')+1] + "…"
		}
		return v
	}
	return fmt.Sprint(v)
}
