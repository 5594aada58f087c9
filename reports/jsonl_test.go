package reports

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"webexaudit/analyzer/record"
)

// lines counts writes, those that end within a line too, and keeps the text.
type lines struct {
	bytes.Buffer
	writes, broken int
}

func (l *lines) Write(b []byte) (int, error) {
	if l.writes++; !bytes.HasSuffix(b, []byte("\n")) {
		l.broken++
	}
	return l.Buffer.Write(b)
}

// TestJSONLWrites: few writes, each of whole lines, none without text.
func TestJSONLWrites(t *testing.T) {
	var out lines
	flow := sample(t).Flows[0]
	line, err := record.AppendJSON(nil, flow)
	if err != nil {
		t.Fatal(err)
	}
	set := &record.Set{Flows: slices.Repeat([]*record.Flow{flow}, 1000)}
	want := bytes.Repeat(append(line, '\n'), len(set.Flows))
	if err := set.WriteTo(newJSONL(&out, Options{})); err != nil {
		t.Fatal(err)
	}
	max := len(want)/jsonlBuffer + 1
	if !bytes.Equal(out.Bytes(), want) || out.writes > max || max < 3 || out.broken > 0 {
		t.Errorf("%d bytes in %d writes, %d of them broken, want %d in at most %d", out.Len(), out.writes, out.broken,
			len(want), max)
	}
	if err := newJSONL(nothing{}, Options{}).Close(); err != nil {
		t.Errorf("an empty stream: %v", err)
	}
}

// nothing refuses to be written to.
type nothing struct{}

func (nothing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
