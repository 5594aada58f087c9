package media

// Ledger is what of a stream's losses and delays is known beside its own numbers.
type Ledger struct {
	Counted bool  // the sender's packet counter is believed
	Unsent  int64 // numbers that it did not count, of all of the stream

	Reports int64 // of the receiver, believed
	Refused int64 // reports that contradict each other or what passed
	// Of the numbers that the reports cover: how many, how many are missing here, and of these never sent; what was
	// lost behind the capture point, and what is missing here though the receiver has it. Least is how many of Behind
	// there are if all that Proven counts only came late.
	Numbers, Missing, UnsentReported, Behind, Proven int64
	Least                                            int64
	Duplicated                                       int64 // copies that passed: receivers may take them for packets

	Echoes      int64   // clocks returned
	EchoTrips   []int64 // round trips by them, µs, by length; of many a part
	ReportTrips []int64 // the same by reports
	Rates       []int64 // received, bit/s, by size
	Passed      []int64 // what passed in the second before, bit/s, by size

	Rows []LedgerRow
}

// LedgerRow is what is known of a second, or of ten once the stream has no rows of one.
type LedgerRow struct {
	Start                            int64
	Unsent, Reported, Behind, Proven int64
	Echoes                           int64
	Trips                            int64   // ns, their sum
	Rate, Passed                     float64 // bit/s, their sums
}

// Ledger sums up; false where nothing is known.
func (s *Stream) Ledger() (x Ledger, ok bool) {
	l := s.ledger
	if l == nil {
		return Ledger{}, false
	}
	c := &l.chain
	x = Ledger{
		Counted: l.counter.believed(), Reports: c.n, Refused: c.refused, Numbers: c.sum.numbers,
		Missing:    max(c.sum.missing, 0), // what was late before the first report came in the time of the ledger
		Duplicated: s.Duplicated, Echoes: l.echoes.n, EchoTrips: l.echoes.values(), ReportTrips: l.reports.values(),
		Rates: l.rates.values(), Passed: l.passed.values(),
	}
	if x.Counted {
		x.Unsent, x.UnsentReported = l.counter.unsent, min(max(c.sum.unsent, 0), x.Numbers)
		x.Missing = max(x.Missing, x.UnsentReported) // so too where what was late came
	}
	net, near := c.sum.lost-c.sum.missing, c.sum.missing-c.sum.unsent
	least := net
	for i := range l.rows {
		r := l.rows[i].public(s.series.origin)
		if !x.Counted {
			r.Unsent = 0
		}
		net, near = net-int64(l.rows[i].net), near-int64(l.rows[i].missing)
		x.Behind, x.Proven = x.Behind+r.Behind, x.Proven+r.Proven
		x.Rows = append(x.Rows, r)
	}
	x.Behind += max(net, 0) // what had no row
	x.Proven += min(max(-net, 0), max(near, 0))
	x.Proven = min(x.Proven, max(x.Missing-x.UnsentReported, 0))
	x.within()
	x.Least = min(max(least, 0), x.Behind)
	return x, true
}

// within takes out of Behind what exceeds the numbers that passed: packets of before the first report that came in the
// time of the ledger and were lost then.
func (l *Ledger) within() {
	over := l.Behind - (l.Numbers - l.Missing + l.Proven)
	for i := 0; i < len(l.Rows) && over > 0; i++ {
		n := min(over, l.Rows[i].Behind)
		l.Rows[i].Behind -= n
		l.Behind, over = l.Behind-n, over-n
	}
	l.Behind -= max(over, 0)
}

func (r *ledgerRow) public(origin int64) LedgerRow {
	return LedgerRow{
		Start: origin + int64(r.at)*second, Unsent: int64(r.unsent), Reported: int64(r.reported),
		Behind: int64(max(r.net, 0)), Proven: int64(min(max(-r.net, 0), max(r.missing, 0))),
		Echoes: int64(r.echoes), Trips: int64(r.trips) * 1000, Rate: float64(r.rate), Passed: float64(r.passed),
	}
}

// began notes a sender report: where it counts no more packets than the numbers that passed span, the stream began
// within the capture.
func (s *Stream) began(packets uint32) {
	if s.Restarts == 0 && int64(packets) <= s.Expected() && packets > 0 {
		s.book().chain.from = true
	}
}
