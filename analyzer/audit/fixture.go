package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Fixture is one case of a rule's testdata: records in, findings out. testdata/README.md describes the format.
type Fixture struct {
	File, Name string
	Set        *record.Set
	Options    Options // the rule alone, the site and the thresholds of the case
	Golden     string  // the findings in full, as Describe writes them; or else
	Want       string  // a line "state severity confidence kind key" for each
}

// ParseFixtures reads one file of testdata, named like its rule: WXA-MED-001.txtar.
func ParseFixtures(c *Catalogue, file string, text []byte) ([]Fixture, error) {
	p := fixtureParser{catalogue: c, file: file, rule: strings.TrimSuffix(file, ".txtar")}
	for _, f := range txtar.Parse(text).Files {
		if err := p.part(f.Name, string(f.Data)); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
	}
	return p.list, nil
}

type fixtureParser struct {
	catalogue          *Catalogue
	file, rule, common string
	list               []Fixture
}

// part reads "common" or one "CASE: part". The case's name may hold ": " itself.
func (p *fixtureParser) part(name, text string) (err error) {
	if name == "common" {
		p.common = text
		return nil
	}
	cut := max(strings.LastIndex(name, ": "), 0)
	name, part := name[:cut], strings.TrimPrefix(name[cut:], ": ")
	if part == "records" {
		set, err := ParseRecords(p.common + text)
		policy, _ := p.catalogue.NewPolicy("")
		p.list = append(p.list,
			Fixture{File: p.file, Name: name, Set: set, Options: Options{Catalogue: p.catalogue, Policy: policy,
				Only: []string{p.rule}}})
		return err
	}
	if len(p.list) == 0 || p.list[len(p.list)-1].Name != name {
		return errors.New("stands outside its case, which begins with its records")
	}
	c := &p.list[len(p.list)-1]
	switch part {
	case "findings":
		c.Golden = text
	case "want":
		c.Want = text
	case "site":
		c.Options.Site, err = site.Load(strings.NewReader(text), "site")
	case "set":
		for _, line := range strings.Fields(text) {
			err = errors.Join(err, c.Options.Policy.Set(line))
		}
	default:
		err = errors.New("is none of records, site, set, findings and want")
	}
	return err
}

// ParseRecords reads records of a fixture: JSON lines with the members that matter, the others absent. A line may begin
// from a template ("like":"udp-audio"), over which its own members are merged (RFC 7396: null takes a member away).
// Unknown members are faults: a misspelt one would make the case prove nothing.
func ParseRecords(text string) (*record.Set, error) {
	templates, err := fixtureTemplates()
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	n := 0
	for line := range strings.Lines(text) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		full, err := fixtureRecord(line, templates)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", n, err)
		}
		lines.Write(append(full, '\n'))
	}
	set, _, err := record.Read(&lines)
	return set, err
}

// fixtureTemplates are the lines of testdata/templates.jsonl by name.
var fixtureTemplates = sync.OnceValues(func() (map[string]map[string]any, error) {
	text, err := testdata.ReadFile("testdata/templates.jsonl")
	if err != nil {
		return nil, err
	}
	list := map[string]map[string]any{}
	for line := range strings.Lines(string(text)) {
		t, err := jsonObject(line)
		if err != nil {
			return nil, fmt.Errorf("templates.jsonl: %w", err)
		}
		name, _ := t["template"].(string)
		delete(t, "template")
		list[name] = t
	}
	return list, nil
})

// fixtureRecord is a line with the members of its template, checked against the type of its record.
func fixtureRecord(line string, templates map[string]map[string]any) ([]byte, error) {
	v, err := jsonObject(line)
	if err != nil {
		return nil, err
	}
	if like, ok := v["like"].(string); ok {
		t, known := templates[like]
		if !known {
			return nil, fmt.Errorf("no template %q", like)
		}
		delete(v, "like")
		v, _ = mergePatch(t, v).(map[string]any)
	}
	kind, _ := v["type"].(string)
	delete(v, "type")
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(record.Observations(), func(r record.Record) bool { return r.RecordType() == kind })
	if i < 0 {
		return nil, fmt.Errorf("no record type %q", kind)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(record.Observations()[i]); err != nil {
		return nil, err
	}
	v["type"] = kind
	return json.Marshal(v)
}

// jsonObject decodes one object and keeps its numbers as they are written.
func jsonObject(text string) (v map[string]any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one object in a line")
	}
	return v, nil
}

// mergePatch is the algorithm of RFC 7396, section 2; target stays as it is.
func mergePatch(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if t, ok := target.(map[string]any); ok {
		for k, v := range t {
			merged[k] = v
		}
	}
	for k, v := range p {
		if v == nil {
			delete(merged, k)
		} else {
			merged[k] = mergePatch(merged[k], v)
		}
	}
	return merged
}
