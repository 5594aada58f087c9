package reports

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// The objects of SARIF 2.1.0 that are written; section 3 of the standard has their meaning.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver struct {
				Name    string      `json:"name"`
				Version string      `json:"version,omitempty"`
				Rules   []sarifRule `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		Invocations []sarifInvocation  `json:"invocations"`
		Artifacts   []sarifArtifact    `json:"artifacts,omitempty"`
		Results     []sarifResult      `json:"results"`
		Properties  sarifRunProperties `json:"properties"`
	}
	sarifMessage struct {
		Text      string   `json:"text"`
		ID        string   `json:"id,omitempty"`
		Arguments []string `json:"arguments,omitempty"`
	}
	sarifRule struct {
		ID       string                  `json:"id"`
		Name     string                  `json:"name,omitempty"`
		Short    sarifMessage            `json:"shortDescription"`
		Full     sarifMessage            `json:"fullDescription"`
		Help     sarifMessage            `json:"help"`
		Messages map[string]sarifMessage `json:"messageStrings,omitempty"`
		Default  struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Kind         string             `json:"kind"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Baseline     string             `json:"baselineState,omitempty"`
		Properties   sarifFinding       `json:"properties"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifactLocation `json:"artifactLocation"`
	}
	sarifLogical struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	}
	sarifArtifactLocation struct {
		URI   string `json:"uri"`
		Index *int   `json:"index,omitempty"`
	}
	sarifArtifact struct {
		Location sarifArtifactLocation `json:"location"`
		Length   int64                 `json:"length"`
		Roles    []string              `json:"roles"`
		Hashes   map[string]string     `json:"hashes,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		ExitCode      *int                `json:"exitCode,omitempty"`
		ExitReason    string              `json:"exitCodeDescription,omitempty"`
		Arguments     []string            `json:"arguments,omitempty"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
)

// The property bags: what SARIF has no member for.
type (
	sarifRunProperties struct {
		Network     view.Verdict `json:"network"`
		Capture     view.Verdict `json:"capture"`
		Answer      string       `json:"answer"`
		Instruction string       `json:"instruction,omitempty"`
		Calls       int          `json:"calls"`
		Rules       []sarifCount `json:"rules,omitempty"` // by the worst state of their findings
		NotAssessed []view.Need  `json:"notAssessed,omitempty"`
	}
	sarifCount struct {
		State record.State `json:"state"`
		Rules int          `json:"rules"`
	}
	sarifFinding struct {
		State       record.State      `json:"state"`
		Severity    record.Severity   `json:"severity"`
		Confidence  record.Confidence `json:"confidence,omitempty"`
		Subject     record.Subject    `json:"subject"`
		Clients     []string          `json:"clients,omitempty"`
		Hosts       []string          `json:"hosts,omitempty"`
		FindingID   string            `json:"findingId"`
		CausedBy    string            `json:"causedBy,omitempty"` // the finding that it follows from at last
		FirstSeen   record.Time       `json:"firstSeen,omitzero"`
		LastSeen    record.Time       `json:"lastSeen,omitzero"`
		Expected    string            `json:"expected,omitempty"`
		Actual      string            `json:"actual,omitempty"`
		Remediation string            `json:"remediation,omitempty"`
		Filters     []sarifFilter     `json:"filters,omitempty"` // Wireshark display filters
	}
	sarifFilter struct {
		File    string `json:"file,omitempty"`
		Filter  string `json:"filter"`
		Packets int64  `json:"packets,omitempty"`
	}
)

// noLink breaks what a viewer would take for an embedded link, [text](target) (section 3.11.6).
var noLink = strings.NewReplacer("](", "] (")

// sarifText is a text of one line as a message has it: braces, which begin placeholders, are doubled (section 3.11.5).
func sarifText(s string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(noLink.Replace(clean(s, false)))
}

// sarifLines is a text of several lines.
func sarifLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = sarifText(line)
	}
	return strings.Join(lines, "\n")
}

// messageString is the format of a sentence with the placeholders of SARIF: {0}, {1} …
func messageString(t wording.Text) string {
	text, at := view.Sentence(sarifText(t.Format)), 0
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if text[i] == '%' {
			b.WriteByte('%')
			continue
		}
		b.WriteString("{" + strconv.Itoa(at) + "}")
		at++
	}
	return b.String()
}

// expand fills a message string in.
func expand(text string, args []string) string {
	pairs := []string{"{{", "{", "}}", "}"}
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", a)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// pascal makes an identifier of a title, as the names of rules are: "UDP 5004 unanswered" is UDP5004Unanswered.
func pascal(title string) string {
	var b strings.Builder
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for word := range strings.FieldsFuncSeq(title, between) {
		first, n := utf8.DecodeRuneInString(word)
		b.WriteString(string(unicode.ToUpper(first)) + word[n:])
	}
	return b.String()
}

// fileURI is a path as a reference (RFC 3986): a relative one stays relative, an absolute one is a file URI (RFC 8089).
func fileURI(path string) string {
	windows := len(path) > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
	if windows || strings.HasPrefix(path, `\\`) {
		path = strings.ReplaceAll(path, `\`, "/")
	}
	path = strings.ToValidUTF8(path, "\ufffd")
	switch {
	case windows:
		return (&url.URL{Scheme: "file", Path: "/" + path}).String()
	case strings.HasPrefix(path, "/"):
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: path}).String()
}
