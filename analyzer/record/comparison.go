package record

import "net/netip"

// Comparison says what two capture points of the same calls have in common, and by which clock they are compared. Only
// a run that compares has one; the streams are its [ComparedStream] records.
type Comparison struct {
	A Point `json:"a"` // the point that was named first
	B Point `json:"b"` // the other
	// why nothing can be compared, and what would help; absent: something is
	Problem string `json:"problem,omitempty"`

	Streams int `json:"streams"` // media streams that both points have, as compared_stream records
	// of these, those that were compared packet by packet
	Compared int `json:"compared"`
	OnlyA    int `json:"only_a"` // media streams that B does not have
	OnlyB    int `json:"only_b"` // media streams that A does not have
	// streams of both points beyond the bound of 10,000, left out
	LeftOut int `json:"left_out"`

	OverlapS float64 `json:"overlap_s"` // seconds that both captures cover, with the clocks aligned
	// what the clock of B shows minus that of A, ms, in the middle of the overlap; absent: no packet of both points
	ClockOffsetMs *float64 `json:"clock_offset_ms,omitempty"`
	// the offset is known to ± this; absent where packets of one direction alone were matched: the least delay is then
	// part of the offset
	ClockErrorMs *float64 `json:"clock_error_ms,omitempty"`
	// parts per million by which the clock of B runs faster; absent: too short to tell
	ClockDriftPPM *float64 `json:"clock_drift_ppm,omitempty"`
	// both-directions, one-direction, unknown-direction (which point is first is not known); absent: no packet of both
	// points
	ClockMethod string `json:"clock_method,omitempty"`
	// why delays are not given; absent: they are
	DelayProblem string `json:"delay_problem,omitempty"`
}

// Point is one of two capture points.
type Point struct {
	Name      string   `json:"name"` // the argument that named it
	Files     []string `json:"files"`
	Packets   int64    `json:"packets"`
	Streams   int      `json:"streams"`             // media streams over UDP
	OverTCP   int      `json:"over_tcp"`            // media streams within TCP, which loses nothing: not compared
	StartTime Time     `json:"start_time,omitzero"` // by its own clock
	EndTime   Time     `json:"end_time,omitzero"`
	Vantage   string   `json:"vantage"`
	// whether gaps in the media may be called network loss (capture_health)
	LossAssessable bool `json:"loss_assessable"`
}

// RecordType implements Record.
func (*Comparison) RecordType() string { return "comparison" }

// ComparedStream is one RTP stream that both capture points have, matched by SSRC, sequence number and RTP time stamp.
// Counts are of RTP sequence numbers between the first and the last that both have.
type ComparedStream struct {
	SSRC uint32 `json:"ssrc" parquet:"5"` // 0 to 4294967295
	// audio, video, share, fec, rtx, telephone-event, unknown
	Kind        string     `json:"kind" parquet:"6,dict"`
	PayloadType int        `json:"payload_type" parquet:"7"`         // the one most packets have
	Webex       bool       `json:"webex" parquet:"8"`                // whether its flow is Webex, at either point
	Client      netip.Addr `json:"client,omitzero" parquet:"9,dict"` // of its flow at A
	Upstream    bool       `json:"upstream" parquet:"10"`            // from the client
	A           StreamEnd  `json:"a" parquet:"+0"`                   // at A
	B           StreamEnd  `json:"b" parquet:"+10"`                  // at B
	StartTime   Time       `json:"start_time" parquet:"31"`          // of the stream at A
	EndTime     Time       `json:"end_time" parquet:"32"`            // of the stream at A
	// why the packets were not compared; absent: they were
	Problem string `json:"problem,omitempty" parquet:"33"`
	// the point that the packets passed first: a, b; absent where it cannot be told
	First string `json:"first_point,omitempty" parquet:"34,dict"`
	// by what it was told: clocks, hops
	FirstBy string `json:"first_by,omitempty" parquet:"35,dict"`

	Expected int64 `json:"expected" parquet:"36"` // sequence numbers compared
	Both     int64 `json:"in_both" parquet:"37"`  // seen at both points
	OnlyA    int64 `json:"only_a" parquet:"38"`   // seen at A alone
	OnlyB    int64 `json:"only_b" parquet:"39"`   // seen at B alone
	// seen at neither point: lost before the first of them
	Neither int64 `json:"neither" parquet:"40"`
	// seen at the first point alone: lost between the points; absent where it is not known which is the first
	LostBetween *int64 `json:"lost_between,omitempty" parquet:"41"`
	// seen at the second point alone: the capture at the first one lacks them; absent where it is not known which is
	// the first
	CaptureLost *int64 `json:"capture_lost,omitempty" parquet:"42"`
	// lost behind the second point, by the receiver's reports in clear (RTCP); absent without
	LostAfter *int64 `json:"lost_after,omitempty" parquet:"43"`
	// packets of the first point alone before and behind what was compared, while the other point captured: the
	// stream began, or went on, without passing it
	Head int64 `json:"head" parquet:"44"`
	Tail int64 `json:"tail" parquet:"45"` // behind it
	// packets by DSCP at A and at B: a, b, packets; 64 stands for all values beyond the eighth of a stream
	Marks []MarkPair `json:"marks,omitempty" parquet:"46"`
	// packets of which another mark was seen at the second point
	Remarked int64 `json:"remarked" parquet:"47"`
	// least delay from the first to the second point, ms; this and the next two are absent where it is not known
	DelayMinMs    *float64 `json:"delay_min_ms,omitempty" parquet:"48"`
	DelayMedianMs *float64 `json:"delay_median_ms,omitempty" parquet:"49"` // median
	DelayP95Ms    *float64 `json:"delay_p95_ms,omitempty" parquet:"50"`    // 95th percentile
	DelayPackets  int64    `json:"delay_packets" parquet:"51"`             // measured: all, or every 2nd, 4th …
}

// StreamEnd is a stream as one capture point saw it.
type StreamEnd struct {
	FlowID  string     `json:"flow_id" parquet:"11"`     // the flow, in a run of this point
	SrcIP   netip.Addr `json:"src_ip" parquet:"12,dict"` // sender
	SrcPort int        `json:"src_port" parquet:"13"`    // its UDP port
	DstIP   netip.Addr `json:"dst_ip" parquet:"14,dict"` // receiver
	DstPort int        `json:"dst_port" parquet:"15"`    // its UDP port
	Packets int64      `json:"packets" parquet:"16"`     // of the stream, without second copies
	TTL     int        `json:"ttl" parquet:"17"`         // of its first packet: time to live, or hop limit
	// of the missing, those that a run of this point judges as lost by its capture
	CaptureLost int64 `json:"capture_lost" parquet:"18"`
}

// MarkPair counts packets that had one DSCP value at A and one at B.
type MarkPair struct {
	A       int   `json:"a"`
	B       int   `json:"b"`
	Packets int64 `json:"packets"`
}

// RecordType implements Record.
func (*ComparedStream) RecordType() string { return "compared_stream" }
