package record

// TCPFacts of a TCP flow. Absent members were not seen.
type TCPFacts struct {
	// SYNs of the initiator, repeated ones included
	SYN    int64 `json:"syn" parquet:"55"`
	SYNACK bool  `json:"syn_ack" parquet:"56"` // whether a SYN-ACK came
	// ms from SYN to SYN-ACK at the capture point
	HandshakeRTTMs *float64 `json:"handshake_rtt_ms,omitempty" parquet:"57"`
	// ms from SYN to SYN-ACK, only where the SYN was sent once: the way to the destination and back
	FarRTTMs *float64 `json:"far_rtt_ms,omitempty" parquet:"150"`
	// ms from SYN-ACK, sent once, to its ACK: the way to the source and back
	NearRTTMs *float64 `json:"near_rtt_ms,omitempty" parquet:"151"`
	// median ms from data of the source to its acknowledgement: the way to the destination and back
	RTTMedianFwdMs *float64 `json:"rtt_median_fwd_ms,omitempty" parquet:"152"`
	// median ms from data of the destination to its acknowledgement
	RTTMedianRevMs *float64 `json:"rtt_median_rev_ms,omitempty" parquet:"153"`
	// segments whose bytes had been seen before
	RetransFwd int64 `json:"retransmitted_fwd" parquet:"58"`
	// segments whose bytes had been seen before
	RetransRev int64 `json:"retransmitted_rev" parquet:"59"`
	// segments sent again after a time-out, whether the capture has the first copy or not (RFC 6298)
	RTOFwd int64 `json:"rto_fwd" parquet:"154"`
	// segments sent again after a time-out, whether the capture has the first copy or not
	RTORev int64 `json:"rto_rev" parquet:"155"`
	// segments sent again after duplicate acknowledgements (RFC 5681)
	FastFwd int64 `json:"fast_retransmitted_fwd" parquet:"156"`
	// segments sent again after duplicate acknowledgements
	FastRev int64 `json:"fast_retransmitted_rev" parquet:"157"`
	// of `tcp_retransmitted_fwd`, those that the receiver had acknowledged: no loss
	SpuriousFwd int64 `json:"spurious_fwd" parquet:"158"`
	// of `tcp_retransmitted_rev`, those that the receiver had acknowledged: no loss
	SpuriousRev int64 `json:"spurious_rev" parquet:"159"`
	// longest time from a segment's first sight to its retransmission by time-out, ms; 0: none
	StallMaxMs float64 `json:"stall_max_ms" parquet:"160"`
	// longest time without new data while data was not acknowledged, ms
	GapMaxFwdMs float64 `json:"gap_max_fwd_ms" parquet:"161"`
	// longest time without new data while data was not acknowledged, ms
	GapMaxRevMs float64 `json:"gap_max_rev_ms" parquet:"162"`
	// keep-alive and window probes, both directions
	KeepAlives int64 `json:"keep_alives" parquet:"163"`
	// segments out of order, both directions
	OutOfOrder int64 `json:"out_of_order" parquet:"60"`
	// bytes acknowledged and never captured
	UnseenFwd int64 `json:"unseen_bytes_fwd" parquet:"61"`
	// bytes acknowledged and never captured
	UnseenRev int64  `json:"unseen_bytes_rev" parquet:"62"`
	Holes     *Holes `json:"holes,omitempty"` // absent without one
	// segments with a window of 0, both directions
	ZeroWindow int64 `json:"zero_window" parquet:"63"`
	// times without window, both directions
	ZeroEpisodes int64 `json:"zero_window_episodes" parquet:"168"`
	// their length together, both directions, ms
	ZeroWindowMs float64 `json:"zero_window_ms" parquet:"169"`
	// fwd or rev: direction of the first RST
	ResetBy string `json:"reset_by,omitempty" parquet:"64,dict"`
	// its TTL, to compare with the flow's own
	ResetTTL *int `json:"reset_ttl,omitempty" parquet:"65"`
	MSSFwd   int  `json:"mss_fwd,omitempty" parquet:"66"` // MSS option of the SYN, bytes
	MSSRev   int  `json:"mss_rev,omitempty" parquet:"67"` // MSS option of the SYN-ACK, bytes
	// shift count in the SYN; absent without the option (RFC 7323)
	WindowScaleFwd *int `json:"window_scale_fwd,omitempty" parquet:"170"`
	// shift count in the SYN-ACK; absent without the option
	WindowScaleRev *int `json:"window_scale_rev,omitempty" parquet:"171"`
	// options of the SYN: mss, window-scale, sack, timestamps, and the kind of the first other one
	OptionsFwd []string `json:"options_fwd,omitempty" parquet:"172"`
	OptionsRev []string `json:"options_rev,omitempty" parquet:"173"` // options of the SYN-ACK
	End        *TCPEnd  `json:"end,omitempty"`                       // absent where there is nothing to tell
}

// TCPEnd is how far a connection came and who ended it. Sizes are bytes of payload. Of a direction that was not
// captured nothing is said.
type TCPEnd struct {
	// fwd or rev: direction of the first FIN or RST
	ClosedBy string `json:"closed_by,omitempty" parquet:"238,dict"`
	// TTL of the SYN-ACK, to compare with that of a RST: stacks begin with 64, 128 or 255
	SYNACKTTL *int `json:"syn_ack_ttl,omitempty" parquet:"239"`
	// bytes never acknowledged to the end, a FIN counted as one; absent: a direction was not captured
	UnackedFwd *int64 `json:"unacked_bytes_fwd,omitempty" parquet:"240"`
	// bytes never acknowledged to the end, a FIN counted as one; absent: a direction was not captured
	UnackedRev *int64 `json:"unacked_bytes_rev,omitempty" parquet:"241"`
	// segments and FINs sent again since the latest acknowledgement of anything new
	RepeatsFwd int64 `json:"repeats_fwd,omitempty" parquet:"242"`
	// segments and FINs sent again since the latest acknowledgement of anything new
	RepeatsRev int64 `json:"repeats_rev,omitempty" parquet:"243"`
	// payload of the largest segment that was acknowledged, of long transfers one segment in a round trip is looked at
	LargestFwd int64 `json:"largest_acked_fwd,omitempty" parquet:"244"`
	// payload of the largest segment that was acknowledged, of long transfers one segment in a round trip is looked at
	LargestRev int64 `json:"largest_acked_rev,omitempty" parquet:"245"`
	// payload of the largest segment that was sent again and never acknowledged
	StuckFwd int64 `json:"largest_unacked_fwd,omitempty" parquet:"246"`
	// payload of the largest segment that was sent again and never acknowledged
	StuckRev int64 `json:"largest_unacked_rev,omitempty" parquet:"247"`
	// bytes neither captured nor acknowledged, though later ones came
	MissingFwd int64 `json:"missing_bytes_fwd,omitempty" parquet:"248"`
	// bytes neither captured nor acknowledged, though later ones came
	MissingRev int64 `json:"missing_bytes_rev,omitempty" parquet:"249"`
}

// Holes are runs of bytes that their receiver acknowledged and the capture does not have, in directions that were
// captured at all.
type Holes struct {
	Count int64 `json:"count" parquet:"164"` // runs of bytes acknowledged and never captured
	// about as many packets: each hole by the mean size of the direction's segments
	Segments int64  `json:"segments" parquet:"165"`
	Times    []Time `json:"times" parquet:"166"` // when the first 16 were noticed
	// given up because too many were open; counted nowhere else
	Dropped int64 `json:"dropped,omitempty" parquet:"167,zero"`
	// bytes of those in `times`
	Sizes []int64 `json:"bytes" parquet:"250,json"`
}
