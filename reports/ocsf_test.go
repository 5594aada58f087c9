package reports

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// ocsfRequired are the attributes that OCSF 1.1.0 requires, by the path of the object: schema.ocsf.io/1.1.0, classes
// network_activity (with network and base_event) and compliance_finding (with finding), and the objects that are used.
// Of an object that may be absent they are required where it is there.
var ocsfRequired = map[string][]string{
	"4001": {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "src_endpoint",
		"dst_endpoint"},
	"2003": {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "finding_info",
		"compliance"},
	"metadata":                     {"product", "version"},
	"metadata.product":             {"vendor_name"},
	"src_endpoint":                 {"ip"}, // at least one of ip, uid, name, hostname, svc_name …
	"dst_endpoint":                 {"ip"},
	"connection_info":              {"direction_id"},
	"tls":                          {"version"},
	"tls.ja3_hash":                 {"algorithm_id", "value"},
	"tls.ja3s_hash":                {"algorithm_id", "value"},
	"tls.certificate":              {"fingerprints", "issuer", "serial_number"},
	"tls.certificate.fingerprints": {"algorithm_id", "value"},
	"finding_info":                 {"title", "uid"},
	"finding_info.analytic":        {"type_id"},
	"finding_info.related_events":  {"uid"},
	"compliance":                   {"standards"},
	"remediation":                  {"desc"},
}

// ocsfEnums are the values of numbers that name something; 99 is Other.
var ocsfEnums = map[string][]float64{
	"4001.activity_id": {6}, "2003.activity_id": {1}, "4001.category_uid": {4}, "2003.category_uid": {2},
	"4001.severity_id": {1}, "2003.severity_id": {1, 2, 3, 4, 5}, "connection_info.direction_id": {0, 1, 2},
	"connection_info.protocol_ver_id": {4, 6}, "compliance.status_id": {1, 2, 3, 99}, "2003.status_id": {1, 3},
	"2003.confidence_id": {0, 1, 2, 3}, "finding_info.analytic.type_id": {1},
}

// ocsfEvents are the lines of the file of a class, as any reader has them.
func ocsfEvents(t *testing.T, set *record.Set, class string) (list []map[string]any) {
	t.Helper()
	format, _ := ByName("ocsf")
	for _, f := range format.Parts {
		if f.File != "ocsf-"+class+".ndjson" {
			continue
		}
		var b bytes.Buffer
		if err := set.WriteTo(f.New(&b, Options{})); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
			var e map[string]any
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			list = append(list, e)
		}
	}
	return list
}

// TestOCSF: each event has the attributes that its class requires, of every capture in the house, and says what the
// records say.
func TestOCSF(t *testing.T) {
	sets := map[string]*record.Set{"sample": sample(t)}
	for _, file := range bundled(t) {
		sets[filepath.Base(file)] = audited(t, file)
	}
	certificates := 0
	for name, set := range sets {
		flows, findings := ocsfEvents(t, set, "4001"), ocsfEvents(t, set, "2003")
		if err := recordtest.List(set); err != nil {
			t.Fatal(err)
		}
		if len(flows) != len(set.Flows) || len(findings) != len(set.Findings) {
			t.Fatalf("%s: %d and %d events of %d flows and %d findings", name, len(flows), len(findings), len(set.Flows),
				len(set.Findings))
		}
		for i, e := range flows {
			hasRequired(t, name, "4001", e)
			f, traffic := set.Flows[i], e["traffic"].(map[string]any)
			for key, want := range map[string]int64{"bytes_out": f.BytesFwd, "bytes_in": f.BytesRev,
				"packets": f.PacketsFwd + f.PacketsRev, "bytes": f.BytesFwd + f.BytesRev} {
				if got := traffic[key]; got != float64(want) {
					t.Errorf("%s, flow %s: %s %v, want %d", name, f.FlowID, key, got, want)
				}
			}
			if e["time"] != float64(f.StartTime.Time().UnixMilli()) {
				t.Errorf("%s, flow %s: time %v", name, f.FlowID, e["time"])
			}
			if tls, ok := e["tls"].(map[string]any); ok && tls["certificate"] != nil {
				certificates++
			}
		}
		for i, e := range findings {
			hasRequired(t, name, "2003", e)
			if got := at(e, "finding_info.uid"); got != set.Findings[i].FindingID {
				t.Errorf("%s: finding %v", name, got)
			}
		}
	}
	if certificates == 0 {
		t.Error("no capture has a certificate")
	}
}

// hasRequired checks an event against the tables.
func hasRequired(t *testing.T, name, class string, e map[string]any) {
	t.Helper()
	for path, attributes := range ocsfRequired {
		object := at(e, path)
		if path == class {
			object = e
		}
		list, many := object.([]any)
		if !many {
			list = []any{object}
		}
		for _, one := range list {
			for _, a := range lacking(one, attributes) {
				t.Errorf("%s, class %s: %s lacks %s: %v", name, class, path, a, e)
			}
		}
	}
	for path, values := range ocsfEnums {
		if v, ok := at(e, strings.TrimPrefix(path, class+".")).(float64); ok && !slices.Contains(values, v) {
			t.Errorf("%s, class %s: %s is %v", name, class, path, v)
		}
	}
	if e["type_uid"] != 100*e["class_uid"].(float64)+e["activity_id"].(float64) {
		t.Errorf("%s: type_uid %v", name, e["type_uid"])
	}
}

// lacking are the attributes that an object, where there is one, does not have.
func lacking(object any, attributes []string) (list []string) {
	o, ok := object.(map[string]any)
	for _, a := range attributes {
		if ok && (o[a] == nil || o[a] == "") {
			list = append(list, a)
		}
	}
	return list
}

// at is the member of an object at a path; nil where there is none.
func at(o any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, _ := o.(map[string]any)
		o = m[name]
	}
	return o
}

// ofOCSF counts what the findings say; verdicts, calls and causes that span findings are not in the class.
func ofOCSF(t *testing.T, set *record.Set) (f figures) {
	j := ofJSON(t, set)
	f.Network, f.Capture, f.Calls = j.Network, j.Capture, j.Calls
	order, worst := []string{"not-observed", "pass", "not-assessable", "waived", "warn", "fail"}, map[string]int{}
	for _, e := range ocsfEvents(t, set, "2003") {
		rule, state := at(e, "compliance.control").(string), at(e, "unmapped.state").(string)
		for rank, s := range order {
			if s == state {
				worst[rule] = max(worst[rule], rank)
			}
		}
		accuses := state == "fail" || state == "warn" && at(e, "severity_id") != 1.0
		if accuses && at(e, "unmapped.caused_by") == nil && !record.IsAboutCapture(rule) {
			f.Roots++
		}
	}
	for _, rank := range worst {
		f.count(order[rank], 1)
	}
	return f
}
