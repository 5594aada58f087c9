package watch

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
)

// Message is what is told of a window or a day: one for all that changed in it, so that a network in trouble does not
// send one for each client.
type Message struct {
	Schema   string         `json:"schema"` // webexaudit.message/1
	Kind     string         `json:"kind"`   // window, day, trouble
	Sensor   string         `json:"sensor"`
	Window   *record.Window `json:"window,omitempty"`
	Text     string         `json:"text"`              // in one line
	Verdict  record.State   `json:"verdict,omitempty"` // of the network
	Capture  record.State   `json:"capture,omitempty"`
	New      []Tracked      `json:"new,omitempty"`
	Resolved []Tracked      `json:"resolved,omitempty"`
	Ongoing  int            `json:"ongoing"`
	Quiet    int            `json:"quiet"`
	Report   string         `json:"report,omitempty"` // directory of the reports
}

const messageSchema = "webexaudit.message/1"

// NewMessage is about a window or a day; findings that follow from others are left out of what is new and resolved.
func NewMessage(kind, sensor string, set *record.Set, list []Tracked) Message {
	m := Message{Schema: messageSchema, Kind: kind, Sensor: sensor, Window: set.Run.Window}
	if set.Summary != nil {
		m.Verdict, m.Capture = set.Summary.Verdict, set.Summary.Capture
	}
	for _, x := range list {
		switch {
		case x.Status == New && x.Root:
			m.New = append(m.New, x)
		case x.Status == Resolved && x.Root:
			m.Resolved = append(m.Resolved, x)
		case x.Status == Ongoing:
			m.Ongoing++
		case x.Status == Quiet:
			m.Quiet++
		}
	}
	m.Text = m.line()
	return m
}

// Trouble is a message about the watch itself.
func Trouble(sensor, text string) Message {
	return Message{Schema: messageSchema, Kind: "trouble", Sensor: sensor, Text: text}
}

// Worth reports whether something changed that somebody may want to know.
func (m *Message) Worth() bool { return m.Kind != "window" || len(m.New)+len(m.Resolved) > 0 }

// maxNamed is how many findings the line names.
const maxNamed = 3

func (m *Message) line() string {
	parts := []string{fmt.Sprintf("network %s, capture %s", m.Verdict, m.Capture)}
	for _, l := range []struct {
		word string
		list []Tracked
	}{{New, m.New}, {Resolved, m.Resolved}} {
		for i, x := range l.list {
			if i == maxNamed {
				parts = append(parts, fmt.Sprintf("%d more %s", len(l.list)-i, l.word))
				break
			}
			parts = append(parts, fmt.Sprintf("%s: %s (%s, %s)", l.word, x.Title, x.Rule, x.Subject.Key))
		}
	}
	if m.Ongoing > 0 {
		parts = append(parts, fmt.Sprintf("%d ongoing", m.Ongoing))
	}
	return strings.Join(parts, "; ")
}
