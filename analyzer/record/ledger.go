package record

// StreamLedger says where the packets of a stream were lost, as seen from the capture point: at its sender, before the
// capture point, by the capture, or behind it. What lies behind is known from the receiver's feedback in clear, of
// which only that is believed which proves itself by packets that passed. No packet is owned twice:
//
//	numbers - received = unsent + lost_before + lost_behind
type StreamLedger struct {
	// sequence numbers that the ledger is of: those that believed reports of the receiver cover, and without reports
	// all of the stream; unsent to received are of these
	Numbers int64 `json:"numbers" parquet:"57"`
	// numbers that the sender itself left out, as one does that forwards what it never got: by the packet counter in
	// its header extension, which does not count them; absent without a counter
	Unsent *int64 `json:"unsent,omitempty" parquet:"58"`
	// lost by the network between sender and capture point; without a counter those that were never sent are among them
	LostBefore int64 `json:"lost_before" parquet:"59"`
	// lower bound of lost_before, as far as the capture's own loss is known
	LostBeforeLow  int64 `json:"lost_before_low" parquet:"60"`
	LostBeforeHigh int64 `json:"lost_before_high" parquet:"61"` // upper bound
	// passed the capture point, but the capture lacks them; where the receiver has more packets than the capture, that
	// proves it
	CaptureLost int64 `json:"capture_lost" parquet:"62"`
	// lost between capture point and receiver; absent where no report of the receiver is believed
	LostBehind     *int64 `json:"lost_behind,omitempty" parquet:"63"`
	LostBehindLow  *int64 `json:"lost_behind_low,omitempty" parquet:"64"`  // lower bound
	LostBehindHigh *int64 `json:"lost_behind_high,omitempty" parquet:"65"` // upper bound
	// that reached the receiver; absent where no report of the receiver is believed
	Received *int64 `json:"received,omitempty" parquet:"66"`
	Reports  int64  `json:"reports" parquet:"67"` // report blocks about the stream that are believed
	// times that the receiver returned a clock of the stream's header extension (feedback MARI)
	Echoes int64 `json:"echoes" parquet:"68"`
	// round trip from the capture point to the receiver and back, ms: the least
	RTTMinMs    *float64 `json:"rtt_min_ms,omitempty" parquet:"69"`
	RTTMedianMs *float64 `json:"rtt_median_ms,omitempty" parquet:"70"` // the median
	RTTP90Ms    *float64 `json:"rtt_p90_ms,omitempty" parquet:"71"`    // nine tenths are no longer
	// what tells the round trip: echo (clocks returned by MARI), report (LSR and DLSR of RFC 3550)
	RTTSource string `json:"rtt_source,omitempty" parquet:"72,dict"`
	// median of the rates that the receiver reported (MARI) of all streams of the flow in this direction, bits per
	// second; of the reports that returned a clock of this stream
	ReceivedBps *float64 `json:"received_bps,omitempty" parquet:"73"`
	// median of what passed in the seconds before, bits per second, UDP payload
	PassedBps *float64 `json:"passed_bps,omitempty" parquet:"78"`
	// the highest rate that the receiver asked of the sender (MSTR); absent where none was seen
	AskedBps *float64 `json:"asked_bps,omitempty" parquet:"74"`
	// what the path behind the capture point carried while it lost packets or held them up, bits per second: the median
	// of the rates received in such seconds; absent: it was never seen full
	CapacityBps *float64 `json:"capacity_bps,omitempty" parquet:"75"`
	// feedback about the stream that contradicts the packets, and was not believed
	Refused int64 `json:"refused" parquet:"76"`
	// why lost_behind cannot be judged; absent where it is
	Unknown string `json:"unknown,omitempty" parquet:"77,dict"`
}

// Stretch is one side of the capture point on a call's way: what lies between it and the client, or between it and the
// cloud. Both directions are added up.
type Stretch struct {
	// packets that set out on this stretch, of the streams whose losses here are known; absent: of none
	Packets *int64 `json:"packets,omitempty" parquet:"1"`
	// of these, lost on it
	Lost        *int64   `json:"lost,omitempty" parquet:"2"`
	LostLow     *int64   `json:"lost_low,omitempty" parquet:"3"`     // lower bound
	LostHigh    *int64   `json:"lost_high,omitempty" parquet:"4"`    // upper bound
	LossPercent *float64 `json:"loss_percent,omitempty" parquet:"5"` // lost, of packets
	// round trip over this stretch and back, ms: the least
	RTTMinMs    *float64 `json:"rtt_min_ms,omitempty" parquet:"6"`
	RTTMedianMs *float64 `json:"rtt_median_ms,omitempty" parquet:"7"` // the median
	RTTP90Ms    *float64 `json:"rtt_p90_ms,omitempty" parquet:"8"`    // nine tenths are no longer
	// what tells the round trip: echo (MARI), report (RTCP), stun, tcp
	RTTSource string `json:"rtt_source,omitempty" parquet:"9,dict"`
	// why the losses of a direction or of both cannot be judged; absent where they are
	Unknown string `json:"unknown,omitempty" parquet:"10,dict"`
}

// Spread is the least, the median and the value that nine tenths do not exceed, of values in µs by size, as ms. The
// list is not empty.
func Spread(list []int64) (least, median, p90 *float64) {
	at := func(tenths int) *float64 { return new(float64(list[(len(list)-1)*tenths/10]) / 1000) }
	return at(0), at(5), at(9)
}
