package export

import (
	"math"
	"slices"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// Why what is lost behind the capture point cannot be judged.
const (
	encrypted  = "RTCP is encrypted, so that nobody can read here what the receiver says of losses"
	noRTCP     = "no RTCP was seen, in which the receiver would say what it lost"
	noReports  = "RTCP is in clear, but no receiver's report of this stream was seen"
	fewReports = "the receiver's reports of this stream are too few to prove themselves"
	refused    = "the receiver's reports of this stream contradict each other, or what passed"
)

// ledger begins the ledger of a stream; what the capture lost is not told apart yet ([loss.Judge] does). It returns the
// round trips in µs.
func ledger(t *record.MediaStream, facts *dissect.State, s flow.Side, m *media.Stream) (l *record.StreamLedger,
	x media.Ledger, trips []int64) {
	x, _ = m.Ledger()
	l = &record.StreamLedger{Numbers: t.Expected, LostBefore: t.Lost, Reports: x.Reports, Echoes: x.Echoes,
		Refused: x.Refused}
	feedback(l, facts.Media, s, m)
	unsent := x.Unsent
	if x.Reports == 0 {
		l.Unknown = unknown(facts, x.Refused, m.Reports)
	} else {
		l.Numbers, l.LostBefore, unsent = x.Numbers, x.Missing, x.UnsentReported
		high := x.Behind + x.Duplicated
		l.LostBehind, l.LostBehindLow, l.LostBehindHigh, l.CaptureLost = &x.Behind, &x.Least, &high, x.Proven
	}
	if x.Counted {
		unsent = min(unsent, l.LostBefore)
		l.Unsent = &unsent
		l.LostBefore -= unsent
	}
	l.RTTSource, trips = "echo", x.EchoTrips
	if len(trips) == 0 {
		l.RTTSource, trips = "report", x.ReportTrips
	}
	if len(trips) == 0 {
		l.RTTSource = ""
		return l, x, nil
	}
	l.RTTMinMs, l.RTTMedianMs, l.RTTP90Ms = record.Spread(trips)
	if len(x.Rates) > 0 {
		middle := (len(x.Rates) - 1) / 2
		l.ReceivedBps, l.PassedBps = new(float64(x.Rates[middle])), new(float64(x.Passed[middle]))
	}
	return l, x, trips
}

// feedback adds what is known of all that a side sends: the first of its streams bears what was refused, since MARI
// names none.
func feedback(l *record.StreamLedger, all *dissect.Media, s flow.Side, m *media.Stream) {
	if e := all.Echoes[s]; e != nil && m == all.Streams[s][0] {
		l.Refused += e.Refused
	}
	if rate := all.Asked[s].Rate(m.PayloadType()); rate > 0 {
		l.AskedBps = new(float64(rate))
	}
}

// clearShare is the least part of a flow's RTCP that is in clear where any is: one of so many.
const clearShare = 16

func unknown(facts *dissect.State, contradict int64, r *media.Reports) string {
	var inClear, sealed int64
	if x := facts.RTCP; x != nil {
		inClear, sealed = x.Clear, x.Sealed
	}
	if m := facts.Media; m != nil {
		inClear, sealed = inClear+m.ClearApart, sealed+m.SealedApart
	}
	switch {
	case contradict > 0 && r != nil && r.N > 2:
		return refused
	case r != nil && r.N > 0:
		return fewReports
	case inClear*clearShare > sealed: // a few of SRTCP look like RTCP in clear by chance
		return noReports
	case sealed > 0:
		return encrypted
	}
	return noRTCP
}

// rowReach is how far behind an interval of the stream what is known of later seconds still belongs to it: in pauses
// there are no intervals.
const rowReach = 10e9

// book writes what is known by time into the stream's intervals.
func book(rows []*record.MediaInterval, x *media.Ledger) {
	sums := make([]media.LedgerRow, len(rows))
	for _, r := range rows {
		if x.Counted {
			r.Unsent = new(int64(0))
		}
	}
	i := 0
	for _, y := range x.Rows {
		for i+1 < len(rows) && int64(rows[i+1].StartTime) <= y.Start {
			i++
		}
		if i == len(rows) || y.Start-int64(rows[i].StartTime) > rowReach {
			continue
		}
		r := rows[i]
		if r.Unsent != nil {
			*r.Unsent += y.Unsent
		}
		if y.Reported > 0 || y.Behind > 0 {
			if r.Reported == nil {
				r.Reported, r.LostBehind = new(int64(0)), new(int64(0))
			}
			*r.Reported += y.Reported
			*r.LostBehind += y.Behind
		}
		sums[i].Trips += y.Trips
		sums[i].Rate += y.Rate
		sums[i].Passed += y.Passed
		sums[i].Echoes += y.Echoes
	}
	for i, r := range rows {
		if x := sums[i]; x.Echoes > 0 {
			n := float64(x.Echoes)
			r.RTTMs = ms(x.Trips / x.Echoes)
			r.ReceivedBps, r.PassedBps = new(math.Round(x.Rate/n)), new(math.Round(x.Passed/n))
		}
	}
}

// A second in which the path behind the capture point was full: less is received than passed, and a fiftieth is lost or
// the round trip is longer by so much than its least. So many seconds tell what it carries.
const (
	fullShare   = .85
	fullLoss    = 50
	fullDelay   = 50 // ms
	fullSeconds = 3
)

// capacity estimates what the path behind the capture point carries, from intervals of one second.
func capacity(l *record.StreamLedger, rows []*record.MediaInterval) {
	var rates []float64
	for _, r := range rows {
		if r.ReceivedBps == nil || *r.ReceivedBps > fullShare**r.PassedBps {
			continue
		}
		lossy := r.LostBehind != nil && *r.LostBehind > 0 && *r.LostBehind*fullLoss >= *r.Reported
		if lossy || *r.RTTMs >= *l.RTTMinMs+fullDelay {
			rates = append(rates, *r.ReceivedBps)
		}
	}
	if len(rates) >= fullSeconds {
		slices.Sort(rates)
		l.CapacityBps = &rates[(len(rates)-1)/2]
	}
}
