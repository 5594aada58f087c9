package reports

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// The Open Cybersecurity Schema Framework, version 1.1.0, which is what lakes check: a file for each class, an event a
// line. Times are milliseconds since the Unix epoch. What the schema has no attribute for stands in "unmapped" under
// the names of the records.
const (
	ocsfVersion    = "1.1.0"
	ocsfNetwork    = 4001 // Network Activity: flows
	ocsfCompliance = 2003 // Compliance Finding: the outcome of each rule for each subject
)

// ocsfFiles are the files of the format ocsf.
func ocsfFiles() []Format {
	file := func(class int, what string, write rendering) Format {
		return Format{Name: "ocsf", Extension: ".ndjson", File: fmt.Sprintf("ocsf-%d.ndjson", class), Description: what,
			New: showsAll(write)}
	}
	return []Format{
		file(ocsfNetwork, "OCSF 1.1.0 class 4001, Network Activity: the flows", writeOCSFFlows),
		file(ocsfCompliance, "OCSF 1.1.0 class 2003, Compliance Finding: what each rule found", writeOCSFFindings),
	}
}

// ocsfEvent is what both classes have (base event).
type ocsfEvent struct {
	Activity     int          `json:"activity_id"`
	ActivityName string       `json:"activity_name"`
	Category     int          `json:"category_uid"`
	CategoryName string       `json:"category_name"`
	Class        int          `json:"class_uid"`
	ClassName    string       `json:"class_name"`
	Type         int          `json:"type_uid"`
	Severity     int          `json:"severity_id"`
	SeverityName string       `json:"severity"`
	Time         int64        `json:"time"`
	Start        int64        `json:"start_time,omitempty"`
	End          int64        `json:"end_time,omitempty"`
	Count        int64        `json:"count,omitempty"` // of alike events that this one stands for
	Message      string       `json:"message,omitempty"`
	Metadata     ocsfMetadata `json:"metadata"`
	Unmapped     any          `json:"unmapped,omitempty"`
}

type ocsfMetadata struct {
	Version string      `json:"version"`
	UID     string      `json:"uid"`
	Product ocsfProduct `json:"product"`
}

type ocsfProduct struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor_name"`
	Version string `json:"version,omitempty"`
}

// event begins an event; its type is made of class and activity.
func (o *ocsfWriter) event(class, activity int, uid string) ocsfEvent {
	e := ocsfEvent{Activity: activity, Class: class, Type: 100*class + activity,
		Metadata: ocsfMetadata{Version: ocsfVersion, UID: uid, Product: o.product}}
	switch class {
	case ocsfNetwork:
		e.ActivityName, e.Category, e.CategoryName, e.ClassName = "Traffic", 4, "Network Activity", "Network Activity"
	case ocsfCompliance:
		e.ActivityName, e.Category, e.CategoryName, e.ClassName = "Create", 2, "Findings", "Compliance Finding"
	}
	return e
}

// ocsfWriter writes the events of a run.
type ocsfWriter struct {
	product ocsfProduct
	w       *bufio.Writer
	line    []byte
}

func newOCSF(w io.Writer, v *view.View) *ocsfWriter {
	o := &ocsfWriter{w: bufio.NewWriterSize(w, 1<<16), product: ocsfProduct{Name: "webexaudit", Vendor: "webexaudit"}}
	if v.Run != nil {
		o.product.Name, o.product.Version = cmp.Or(v.Run.Tool, o.product.Name), v.Run.Version
	}
	return o
}

// write writes an event as one line.
func (o *ocsfWriter) write(event any) error {
	b, err := json.Marshal(event)
	if err != nil {
		return err
	}
	o.line = append(record.EscapeJSON(o.line[:0], b), '\n')
	_, err = o.w.Write(o.line)
	return err
}

// millis is a time as OCSF has it; 0 is absent.
func millis(t record.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Time().UnixMilli()
}

// ocsfSeverity is the severity's number and name.
func ocsfSeverity(s record.Severity) (id int, name string) {
	switch s {
	case record.Critical:
		return 5, "Critical"
	case record.High:
		return 4, "High"
	case record.Medium:
		return 3, "Medium"
	case record.Low:
		return 2, "Low"
	}
	return 1, "Informational"
}

// ocsfFinding is an event of class 2003.
type ocsfFinding struct {
	ocsfEvent
	Confidence     int              `json:"confidence_id"`
	ConfidenceName string           `json:"confidence,omitempty"`
	Status         int              `json:"status_id"`
	StatusName     string           `json:"status"`
	Info           ocsfFindingInfo  `json:"finding_info"`
	Compliance     ocsfCompliant    `json:"compliance"`
	Remediation    *ocsfRemediation `json:"remediation,omitempty"`
	Resource       ocsfResource     `json:"resource"`
}

type ocsfFindingInfo struct {
	UID       string         `json:"uid"`
	Title     string         `json:"title"`
	Desc      string         `json:"desc,omitempty"`
	Types     []string       `json:"types"`
	Analytic  ocsfAnalytic   `json:"analytic"`
	FirstSeen int64          `json:"first_seen_time,omitempty"`
	LastSeen  int64          `json:"last_seen_time,omitempty"`
	Related   []ocsfEventRef `json:"related_events,omitempty"`
}

type ocsfAnalytic struct {
	UID      string `json:"uid"`
	Name     string `json:"name"`
	TypeID   int    `json:"type_id"` // 1: a rule
	Type     string `json:"type"`
	Version  string `json:"version,omitempty"`
	Category string `json:"category,omitempty"`
}

type ocsfEventRef struct {
	UID  string `json:"uid"`
	Type int    `json:"type_uid"`
}

type ocsfCompliant struct {
	Control      string   `json:"control"`
	Standards    []string `json:"standards"`
	Requirements []string `json:"requirements,omitempty"`
	Status       int      `json:"status_id"`
	StatusName   string   `json:"status"`
	Detail       string   `json:"status_detail,omitempty"`
}

type ocsfRemediation struct {
	Desc string `json:"desc"`
}

type ocsfResource struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// ocsfFindingRest is what of a finding the class has no attribute for.
type ocsfFindingRest struct {
	Fingerprint     string             `json:"fingerprint,omitempty"`
	State           record.State       `json:"state"`
	CausedBy        string             `json:"caused_by,omitempty"`
	Clients         []string           `json:"clients,omitempty"`
	Hosts           []string           `json:"hosts,omitempty"`
	AffectedClients int64              `json:"affected_clients,omitempty"`
	AffectedSeconds float64            `json:"affected_seconds,omitempty"`
	Count           int64              `json:"count"`
	Missing         string             `json:"missing,omitempty"`
	Thresholds      []record.Threshold `json:"thresholds,omitempty"`
	Evidence        []record.Evidence  `json:"evidence,omitempty"`
	Waiver          *record.Waiver     `json:"waiver,omitempty"`
	Baseline        string             `json:"baseline,omitempty"`
}

// writeOCSFFindings writes an event for each finding, whatever its state.
func writeOCSFFindings(w io.Writer, set *record.Set, v *view.View, _ Options) error {
	o := newOCSF(w, v)
	standard := "Webex network requirements"
	if v.Run != nil {
		standard += ", signature pack " + v.Run.Pack.ID
	}
	for _, f := range set.Findings {
		if err := o.write(o.finding(f, standard, v.To)); err != nil {
			return err
		}
	}
	return o.w.Flush()
}

// finding makes the event of a finding. One that names no time has that of the last packet.
func (o *ocsfWriter) finding(f *record.Finding, standard string, end record.Time) *ocsfFinding {
	x := &ocsfFinding{ocsfEvent: o.event(ocsfCompliance, 1, f.FindingID), Status: 1, StatusName: "New",
		Compliance: ocsfCompliant{Control: f.Rule, Standards: []string{standard}, Detail: cmp.Or(f.Actual, f.Missing)},
		Resource:   ocsfResource{f.Subject.Kind, f.Subject.Key}}
	x.Time, x.Start, x.End = millis(cmp.Or(f.LastSeen, end)), millis(f.FirstSeen), millis(f.LastSeen)
	x.Severity, x.SeverityName = ocsfSeverity(f.Severity)
	x.Message = view.Statement(f)
	x.Info = ocsfFindingInfo{UID: f.FindingID, Title: f.Title, Desc: f.Summary, Types: []string{f.Rule},
		FirstSeen: x.Start, LastSeen: x.End,
		Analytic: ocsfAnalytic{UID: f.Rule, Name: f.Title, TypeID: 1, Type: "Rule", Version: f.RuleVersion}}
	for _, id := range f.FlowIDs {
		x.Info.Related = append(x.Info.Related, ocsfEventRef{id, 100*ocsfNetwork + 6})
	}
	x.confidence(f.Confidence)
	x.state(f.State)
	if f.Expected != "" {
		x.Compliance.Requirements = []string{f.Expected}
	}
	if f.Remediation != "" {
		x.Remediation = &ocsfRemediation{f.Remediation}
	}
	x.Unmapped = ocsfFindingRest{f.Fingerprint, f.State, f.CausedBy, f.Clients, f.Hosts, f.AffectedClients,
		f.AffectedSeconds, f.Count, f.Missing, f.Thresholds, f.Evidence, f.Waiver, f.Baseline}
	return x
}

// confidence of a finding, where it has one.
func (x *ocsfFinding) confidence(c record.Confidence) {
	switch c {
	case record.Confirmed:
		x.Confidence, x.ConfidenceName = 3, "High"
	case record.Probable:
		x.Confidence, x.ConfidenceName = 2, "Medium"
	case record.Possible:
		x.Confidence, x.ConfidenceName = 1, "Low"
	}
}

// state is that of the check, and that of the finding as something to work on.
func (x *ocsfFinding) state(s record.State) {
	x.Compliance.Status, x.Compliance.StatusName = 99, string(s)
	switch s {
	case record.Pass:
		x.Compliance.Status, x.Compliance.StatusName = 1, "Pass"
	case record.Warn:
		x.Compliance.Status, x.Compliance.StatusName = 2, "Warning"
	case record.Fail:
		x.Compliance.Status, x.Compliance.StatusName = 3, "Fail"
	case record.Waived:
		x.Status, x.StatusName = 3, "Suppressed"
	}
}
