// Package query asks a lake: questions in SQL go in, tables of answers come out.
//
// The questions that are shipped are written so that DuckDB, which is built in, and other engines understand the same
// text. They see the tables of complete runs, by their names, and the views that show each capture's newest judgement.
package query

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/reports"
)

//go:embed sql/*.sql
var files embed.FS

//go:embed views.sql
var moreViews string

// Views is SQL that makes the views that questions use, over a table or view for each table of the lake.
func Views() string { return reports.Views + "\n" + moreViews }

// Question is a question that is shipped.
type Question struct {
	Name    string
	Answers string              // what it answers, a sentence
	Needs   map[string][]string // columns by table
	SQL     string
}

// All lists the questions that are shipped.
func All() []Question {
	list, err := files.ReadDir("sql")
	if err != nil {
		panic(err) // embedded
	}
	var all []Question
	for _, f := range list {
		text, err := files.ReadFile("sql/" + f.Name())
		if err != nil {
			panic(err)
		}
		all = append(all, parse(strings.TrimSuffix(f.Name(), path.Ext(f.Name())), string(text)))
	}
	return all
}

// Find finds a question by its name.
func Find(name string) (Question, error) {
	all := All()
	i := slices.IndexFunc(all, func(q Question) bool { return q.Name == name })
	if i < 0 {
		var names []string
		for _, q := range all {
			names = append(names, q.Name)
		}
		return Question{}, fmt.Errorf("there is no question %q; there are %s", name, strings.Join(names, ", "))
	}
	return all[i], nil
}

// Own is a question of the user, which may need all tables.
func Own(sql string) Question {
	q := Question{Name: "sql", SQL: sql, Needs: map[string][]string{}}
	for _, t := range layout.Tables() {
		q.Needs[t] = nil
	}
	return q
}

var needed = regexp.MustCompile(`(\w+) \(([^)]*)\)`)

// parse reads the comment that begins a question.
func parse(name, text string) Question {
	q := Question{Name: name, SQL: text, Needs: map[string][]string{}}
	var about []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if !ok {
			break
		}
		about = append(about, comment)
	}
	answers, needs, _ := strings.Cut(strings.Join(about, " "), " Needs: ")
	q.Answers = strings.TrimPrefix(answers, "Answers: ")
	for _, m := range needed.FindAllStringSubmatch(needs, -1) {
		q.Needs[m[1]] = strings.Split(m[2], ", ")
	}
	return q
}
