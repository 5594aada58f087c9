package audit

import (
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Shown is whose records are shown, and of when. The zero value is all.
type Shown struct {
	Clients  netip.Prefix // an address is a prefix of all its bits; the zero value: all clients
	From, To record.Time  // 0: no bound
}

// IsZero reports whether all is shown.
func (s Shown) IsZero() bool { return !s.Clients.IsValid() && s.From == 0 && s.To == 0 }

// who is the client as it was named.
func (s Shown) who() string {
	switch {
	case !s.Clients.IsValid():
		return ""
	case s.Clients.IsSingleIP():
		return s.Clients.Addr().String()
	}
	return s.Clients.String()
}

func (s Shown) client(a netip.Addr) bool {
	return !s.Clients.IsValid() || s.Clients.Contains(a.Unmap())
}

func (s Shown) named(list []string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(c string) bool {
		a, err := netip.ParseAddr(c)
		return err == nil && s.client(a)
	})
}

func (s Shown) during(from, to record.Time) bool {
	return (s.To == 0 || from <= s.To) && (s.From == 0 || to >= s.From)
}

// Narrow is the part of a judged run that is shown: records of the clients and the time, findings that concern them or
// nobody, and an answer for them. What was judged stays: verdicts, counts of rules, and the exit status are those of
// all. The set is not changed.
func Narrow(set *record.Set, show Shown, o Options) *record.Set {
	if show.IsZero() || set.Run == nil || set.Summary == nil {
		return set
	}
	out := part(set, func(f *record.Flow) bool {
		return show.client(f.ClientAddr()) && show.during(f.StartTime, f.EndTime)
	})
	run := *set.Run
	run.Shown = &record.Shown{Client: show.who(), From: show.From, To: show.To}
	out.Run = &run
	out.Sessions = only(set.Sessions, func(s *record.Session) bool {
		return show.client(s.Client) && show.during(s.StartTime, s.EndTime)
	})
	out.Reachability = only(set.Reachability, func(r *record.Reachability) bool {
		return show.named(r.Clients) && show.during(r.FirstSeen, r.LastSeen)
	})
	out.Findings = only(set.Findings, func(f *record.Finding) bool {
		about := show.named(f.Clients) && (f.FirstSeen == 0 || show.during(f.FirstSeen, f.LastSeen))
		return about || !accuses(f) && f.State != record.Waived
	})
	out.Summary = narrowed(Summarize(out, out.Findings, o), set.Summary, show)
	return out
}

// narrowed is the summary of what is shown with the judgement of all.
func narrowed(s, all *record.Summary, show Shown) *record.Summary {
	if s.WebexFlows == 0 {
		s.Messages.Summary = wording.New("answer.none-shown", "This capture holds no Webex traffic of this time.")
		if who := show.who(); who != "" {
			s.Messages.Summary = wording.New("answer.none-shown-of", "This capture holds no Webex traffic of %s.", wording.Name(who))
			if show.From != 0 || show.To != 0 {
				s.Messages.Summary = wording.New("answer.none-shown-then", "This capture holds no Webex traffic of %s at this time.",
					wording.Name(who))
			}
		}
		s.Answer = s.Messages.Summary.String()
	}
	s.Verdict, s.Missing, s.Capture = all.Verdict, all.Missing, all.Capture
	s.States, s.Severities, s.Groups = all.States, all.Severities, all.Groups
	s.Rules, s.Applicable, s.Assessed, s.Coverage = all.Rules, all.Applicable, all.Assessed, all.Coverage
	s.ExitCode, s.ExitReason, s.Notices = all.ExitCode, all.ExitReason, all.Notices
	return s
}
