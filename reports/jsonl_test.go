package reports

import (
	"bytes"
	"io"
	"testing"

	"webexaudit/analyzer/record"
)

// lines counts writes and keeps the text.
type lines struct {
	bytes.Buffer
	writes int
}

func (l *lines) Write(b []byte) (int, error) {
	l.writes++
	return l.Buffer.Write(b)
}

// TestJSONLWrites: few writes, each of whole lines, none without text.
func TestJSONLWrites(t *testing.T) {
	var out lines
	sink := newJSONL(&out, Options{})
	flow := sample(t).Flows[0]
	var want bytes.Buffer
	for range 1000 {
		line, err := record.AppendJSON(nil, flow)
		if err != nil {
			t.Fatal(err)
		}
		want.Write(append(line, '\n'))
		if err := sink.Write(flow); err != nil {
			t.Fatal(err)
		}
		if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
			t.Fatal("a write ended within a line")
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	if max := want.Len()/jsonlBuffer + 1; !bytes.Equal(out.Bytes(), want.Bytes()) || out.writes > max || max < 3 {
		t.Errorf("%d bytes in %d writes, want %d in at most %d", out.Len(), out.writes, want.Len(), max)
	}
	if err := newJSONL(nothing{}, Options{}).Close(); err != nil {
		t.Errorf("an empty stream: %v", err)
	}
}

// nothing refuses to be written to.
type nothing struct{}

func (nothing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
