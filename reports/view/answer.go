package view

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Answer is the outcome in two sentences: what is wrong at worst, and what to do.
type Answer struct {
	Text  string
	Do    string
	Cause int     // number of the root, from 1; 0: none
	Call  *Call   // the worst call that the root concerns; nil: none
	Also  []Point // further roots, one line each
}

// Point is a root in one line.
type Point struct {
	Text  string
	Cause int
	Warn  bool // it only warns, or its severity is medium or less
}

// maxAlso is how many further roots an answer names.
const maxAlso = 5

// Answer says what the reader came for: in the words of the run, which are about the first root, where it has them.
// Else a cause that is only possible comes first where there is no other.
func (d *Detail) Answer(v *View) Answer {
	if len(v.Roots) == 0 {
		return v.spoken(Answer{Text: nothingFound(v)})
	}
	top := 0
	if v.Summary == nil || v.Summary.Answer == "" {
		sure := func(r *Root) bool { return r.Confidence != record.Possible }
		top = max(slices.IndexFunc(v.Roots, sure), 0)
	}
	r := v.Roots[top]
	a := v.spoken(Answer{Text: Statement(r.Finding), Do: r.Remediation, Cause: top + 1})
	for _, c := range d.Calls {
		if len(c.Causes) > 0 && c.Causes[0] == top+1 {
			a.Call = c
			break
		}
	}
	for i, r := range v.Roots {
		if i != top && len(a.Also) < maxAlso {
			bad := r.State == record.Fail && r.Severity.Rank() >= record.High.Rank() && r.Confidence != record.Possible
			a.Also = append(a.Also, Point{Statement(r.Finding), i + 1, !bad})
		}
	}
	return a
}

// Said is the answer and the instruction as data, with the times that it names.
func (v *View) Said() (answer, do wording.Text) {
	if s := v.Summary; s != nil && !s.Messages.Summary.IsZero() {
		return s.Messages.Summary, s.Messages.Remediation
	}
	var d Detail
	a := d.Answer(v)
	if a.Do != "" {
		do = wording.New("answer.do", "%s", a.Do)
	}
	return wording.New("answer", "%s", a.Text), do
}

// spoken is an answer in the words of the run, where its summary has them.
func (v *View) spoken(a Answer) Answer {
	if s := v.Summary; s != nil && s.Answer != "" {
		a.Text, a.Do = s.Answer, s.Instruction
	}
	return a
}

// nothingFound says what a run without a root says.
func nothingFound(v *View) string {
	s := v.Summary
	switch {
	case s == nil:
		return "The records end without a summary: what follows is what there is."
	case v.Packetless():
		return "There was no packet to look at."
	case v.NoWebex():
		return "No Webex traffic was seen in this capture."
	case s.Verdict == record.NotEnough:
		return "Nothing wrong was seen, but too little could be judged: " + cmp.Or(s.Missing, "the run does not say what is missing") + "."
	case s.Verdict == record.NotObserved:
		return "No Webex traffic that a rule speaks of was seen in this capture."
	}
	return "No fault was found in what this capture can show."
}

// Statement is a finding's summary as a sentence; a guess reads as one.
func Statement(f *record.Finding) string {
	text := cmp.Or(f.Summary, f.Title)
	if f.Confidence == record.Possible {
		text = "possibly " + text
	}
	return Sentence(text)
}

// Sentence begins a text with a capital and ends it with a full stop.
func Sentence(s string) string {
	if s == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[n:]
	if last := s[len(s)-1]; last != '.' && last != '!' && last != '?' {
		s += "."
	}
	return s
}
