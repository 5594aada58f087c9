package media

import "testing"

// TestRenumberedWhen: numbers that were never sent are told by a packet that comes sooner than they could have been,
// and whose RTP time goes on as if there were none.
func TestRenumberedWhen(t *testing.T) {
	long, short := playAt(pace(100, 0, 101)), playAt(pace(100, 0, 40)) // two seconds, less than one
	second := playAt(pace(100, 0, 51))
	for _, tt := range []struct {
		name    string
		s       *Stream
		arrival int64 // ms behind the last packet
		step    int64 // of the RTP time, in packets
		want    bool
	}{
		{"at once", long, 20, 1, true},
		{"in the same instant", long, 0, 1, true},
		{"before the last one", long, -1, 1, false},
		{"as late as if they had been sent", long, 220, 1, false},
		{"its time counts them", long, 20, 11, false},
		{"its time stands still", long, 20, 0, false},
		{"its time goes back", long, 20, -3, false},
		{"of a stream whose pace is just known", second, 20, 1, true},
		{"of a stream whose pace is not known", short, 20, 1, false},
	} {
		p := &Packet{Time: tt.s.Last + tt.arrival*ms, Timestamp: uint32(int64(tt.s.rate.lastTS) + tt.step*960)}
		if got := tt.s.renumbered(p, 10); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	silence, speech := new(Stream), &Packet{}
	for i := range int64(6) {
		*speech = Packet{Time: i * 400 * ms, Number: i, Sequence: uint16(i), Timestamp: uint32(i * 19200)}
		silence.Add(speech)
	}
	speech.Time, speech.Timestamp = speech.Time+40*ms, speech.Timestamp+1920
	if silence.renumbered(speech, 1) {
		t.Error("packets of silence alone told how soon those of speech follow each other")
	}
	frames := new(Stream) // of three packets each
	for i := range int64(150) {
		frames.Add(&Packet{Time: i / 3 * 40 * ms, Number: i, Sequence: uint16(i), Timestamp: uint32(i / 3 * 3600)})
	}
	for n, want := range map[int64]bool{10: false, largeFrame - 1: false, largeFrame: true} {
		p := &Packet{Time: frames.Last + 40*ms, Timestamp: frames.rate.lastTS + 3600}
		if got := frames.renumbered(p, n); got != want {
			t.Errorf("%d numbers missing between frames: %v", n, got)
		}
	}
}

// TestLateOfBefore: what still comes of a numbering that has ended counts for nothing, what comes late of the new one
// does.
func TestLateOfBefore(t *testing.T) {
	s, now, ts := new(Stream), int64(0), uint32(0)
	add := func(n uint16) {
		now, ts = now+20*ms, ts+960
		s.Add(&Packet{Time: now, Number: now, Sequence: n, Timestamp: ts, Bytes: 100})
	}
	for n := range uint16(100) {
		add(n)
	}
	add(600)
	before := s.stats()
	if before.Lost != 0 || before.Packets != 101 {
		t.Fatalf("%+v", before)
	}
	add(599)
	if s.stats() != before {
		t.Errorf("late of the numbering before: %+v, want %+v", s.stats(), before)
	}
	add(601)
	add(603)
	add(602)
	if got := s.stats(); got.Packets != 104 || got.Expected != 104 || got.Reordered != 1 || got.Lost != 0 {
		t.Errorf("late of the new one: %+v", got)
	}
}

// TestFullCounters: what a row's counters cannot hold goes on in rows of the same time, until nothing is left.
func TestFullCounters(t *testing.T) {
	s := playAt(pace(1, 0, 10))
	s.Duplicated, s.Reordered = 65_535+5, 2*65_535+9
	s.series.end = second
	s.close()
	var duplicated, reordered []uint16
	for _, r := range s.series.rows {
		duplicated, reordered = append(duplicated, r.duplicated), append(reordered, r.reordered)
	}
	if len(duplicated) != 3 || duplicated[0] != 65_535 || duplicated[1] != 5 || duplicated[2] != 0 ||
		reordered[0] != 65_535 || reordered[1] != 65_535 || reordered[2] != 9 {
		t.Errorf("duplicated %v, reordered %v", duplicated, reordered)
	}
}

// TestGiveBackWithoutRow: of a late packet whose row had no place only the sum is kept; one of the current row needs
// none.
func TestGiveBackWithoutRow(t *testing.T) {
	for ext, want := range map[int64]int64{99: 1, 104: 0} {
		s := playAt(pace(100, 0, 10))
		s.series.left, s.series.from = 1, totals{expected: 3} // numbers 100 to 102 stood in rows before
		s.giveBack(ext)
		if got := s.series.from.packets; got != want {
			t.Errorf("number %d: %d given back, want %d", ext, got, want)
		}
	}
}

// TestGiveBackRows: a late packet is booked in the row that holds its number, the first and the last of a row too.
func TestGiveBackRows(t *testing.T) {
	for ext, want := range map[int64][2]uint16{100: {5, 5}, 104: {5, 5}, 105: {4, 6}, 109: {4, 6}, 110: {4, 5}} {
		s := &Stream{base: 100, max: 114, Packets: 14}
		s.series.rows = []row{{expected: 5, packets: 4}, {expected: 5, packets: 5}} // 100 to 104, 105 to 109
		s.series.from.expected = 10
		s.giveBack(ext)
		if got := [2]uint16{s.series.rows[0].packets, s.series.rows[1].packets}; got != want {
			t.Errorf("number %d: %v, want %v", ext, got, want)
		}
	}
}

// TestRollEarly: a row is closed before its time where it has so many numbers, also in a second numbering.
func TestRollEarly(t *testing.T) {
	for n, rows := range map[int64]int{maxNumbers - 1: 0, maxNumbers: 1} {
		for _, before := range []int64{0, 70_000} {
			s := &Stream{base: 1000, max: 1000 + n - 1, expected: before}
			s.series = series{end: second, from: totals{expected: before}}
			if s.roll(ms); len(s.series.rows) != rows {
				t.Errorf("%d numbers behind %d: %d rows, want %d", n, before, len(s.series.rows), rows)
			}
		}
	}
}
