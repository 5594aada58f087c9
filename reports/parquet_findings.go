package reports

import (
	"cmp"

	"webexaudit/analyzer/record"
)

// findingRow is the outcome of one rule for one subject; there are rows for every state.
type findingRow struct {
	lakeHead
	FindingID   string   `parquet:"finding_id,id(5)"`
	Fingerprint string   `parquet:"fingerprint,id(6)"`
	Rule        string   `parquet:"rule,dict,id(7)"`
	State       string   `parquet:"state,dict,id(8)"`
	Severity    string   `parquet:"severity,dict,id(9)"`
	Confidence  *string  `parquet:"confidence,optional,dict,id(10)"`
	Title       string   `parquet:"title,dict,id(11)"`
	Summary     string   `parquet:"summary,id(12)"`
	SubjectKind string   `parquet:"subject_kind,dict,id(13)"`
	SubjectKey  string   `parquet:"subject_key,dict,id(14)"`
	Clients     []string `parquet:"clients,list,id(15)" parquet-element:",id(1015)"`
	Hosts       []string `parquet:"hosts,list,id(16)" parquet-element:",id(1016)"`
	FlowIDs     []string `parquet:"flow_ids,list,id(17)" parquet-element:",id(1017)"`
	Count       int64    `parquet:"count,id(18)"`
	FirstSeen   *int64   `parquet:"first_seen,optional,timestamp(microsecond),id(19)"`
	LastSeen    *int64   `parquet:"last_seen,optional,timestamp(microsecond),id(20)"`
	Expected    *string  `parquet:"expected,optional,id(21)"`
	Actual      *string  `parquet:"actual,optional,id(22)"`
	Missing     *string  `parquet:"missing,optional,id(23)"`
	Thresholds  *string  `parquet:"thresholds,optional,id(24)"` // JSON text: name, value, origin
	Remediation *string  `parquet:"remediation,optional,dict,id(25)"`
	Evidence    *string  `parquet:"evidence,optional,id(26)"` // JSON text, as in the JSON Lines record

	RuleVersion   *string `parquet:"rule_version,optional,dict,id(27)"`
	WaiverID      *string `parquet:"waiver_id,optional,dict,id(28)"`
	WaiverState   *string `parquet:"waiver_state,optional,dict,id(29)"`
	WaiverOwner   *string `parquet:"waiver_owner,optional,dict,id(30)"`
	WaiverReason  *string `parquet:"waiver_reason,optional,dict,id(31)"`
	WaiverExpires *string `parquet:"waiver_expires,optional,dict,id(32)"` // YYYY-MM-DD
	WaiverTicket  *string `parquet:"waiver_ticket,optional,dict,id(33)"`
	Baseline      *string `parquet:"baseline,optional,dict,id(34)"`

	CausedBy        *string  `parquet:"caused_by,optional,id(35)"` // the finding that this one follows from
	AffectedClients *int64   `parquet:"affected_clients,optional,id(36)"`
	AffectedSeconds *float64 `parquet:"affected_seconds,optional,id(37)"`
}

func findingToRow(h lakeHead, f *record.Finding) findingRow {
	w := cmp.Or(f.Waiver, &record.Waiver{})
	return findingRow{
		lakeHead: h, FindingID: f.FindingID, Fingerprint: f.Fingerprint, Rule: f.Rule, State: string(f.State),
		Severity: string(f.Severity), Confidence: known(f.Confidence), Title: valid(f.Title), Summary: valid(f.Summary),
		SubjectKind: f.Subject.Kind, SubjectKey: valid(f.Subject.Key), Clients: allValid(f.Clients), Hosts: allValid(f.Hosts),
		FlowIDs: f.FlowIDs, Count: f.Count, FirstSeen: maybeMicros(f.FirstSeen), LastSeen: maybeMicros(f.LastSeen),
		Expected: known(f.Expected), Actual: known(f.Actual), Missing: known(f.Missing), Thresholds: jsonText(f.Thresholds),
		Remediation: known(f.Remediation), Evidence: jsonText(f.Evidence),
		RuleVersion: known(f.RuleVersion), Baseline: known(f.Baseline),
		WaiverID: known(w.ID), WaiverState: known(w.State), WaiverOwner: known(w.Owner), WaiverReason: known(w.Reason),
		WaiverExpires: known(w.Expires), WaiverTicket: known(w.Ticket),
		CausedBy: known(f.CausedBy), AffectedClients: nonzero(f.AffectedClients), AffectedSeconds: nonzero(f.AffectedSeconds),
	}
}

func nonzero[N int64 | float64](n N) *N {
	if n == 0 {
		return nil
	}
	return &n
}
