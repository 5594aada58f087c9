package reports

import (
	"webexaudit/analyzer/record"
)

// tcpColumns end the row of a flow: NULL where the flow is not TCP.
type tcpColumns struct {
	TCPFarRTTMs       *float64 `parquet:"tcp_far_rtt_ms,optional,id(150)"`
	TCPNearRTTMs      *float64 `parquet:"tcp_near_rtt_ms,optional,id(151)"`
	TCPRTTMedianFwdMs *float64 `parquet:"tcp_rtt_median_fwd_ms,optional,id(152)"`
	TCPRTTMedianRevMs *float64 `parquet:"tcp_rtt_median_rev_ms,optional,id(153)"`
	TCPRTOFwd         *int64   `parquet:"tcp_rto_fwd,optional,id(154)"`
	TCPRTORev         *int64   `parquet:"tcp_rto_rev,optional,id(155)"`
	TCPFastFwd        *int64   `parquet:"tcp_fast_retransmitted_fwd,optional,id(156)"`
	TCPFastRev        *int64   `parquet:"tcp_fast_retransmitted_rev,optional,id(157)"`
	TCPSpuriousFwd    *int64   `parquet:"tcp_spurious_fwd,optional,id(158)"`
	TCPSpuriousRev    *int64   `parquet:"tcp_spurious_rev,optional,id(159)"`
	TCPStallMaxMs     *float64 `parquet:"tcp_stall_max_ms,optional,id(160)"`
	TCPGapMaxFwdMs    *float64 `parquet:"tcp_gap_max_fwd_ms,optional,id(161)"`
	TCPGapMaxRevMs    *float64 `parquet:"tcp_gap_max_rev_ms,optional,id(162)"`
	TCPKeepAlives     *int64   `parquet:"tcp_keep_alives,optional,id(163)"`
	TCPHolesCount     *int64   `parquet:"tcp_holes_count,optional,id(164)"` // tcp_holes_*: NULL where there are none
	TCPHolesSegments  *int64   `parquet:"tcp_holes_segments,optional,id(165)"`
	TCPHolesTimes     *string  `parquet:"tcp_holes_times,optional,id(166)"` // JSON text
	TCPHolesDropped   *int64   `parquet:"tcp_holes_dropped,optional,id(167)"`
	TCPZeroEpisodes   *int64   `parquet:"tcp_zero_window_episodes,optional,id(168)"`
	TCPZeroWindowMs   *float64 `parquet:"tcp_zero_window_ms,optional,id(169)"`
	TCPScaleFwd       *int32   `parquet:"tcp_window_scale_fwd,optional,id(170)"`
	TCPScaleRev       *int32   `parquet:"tcp_window_scale_rev,optional,id(171)"`
	TCPOptionsFwd     []string `parquet:"tcp_options_fwd,list,id(172)" parquet-element:",id(1172)"`
	TCPOptionsRev     []string `parquet:"tcp_options_rev,list,id(173)" parquet-element:",id(1173)"`
}

func tcpToColumns(t *record.TCPFacts) (r tcpColumns) {
	if t == nil {
		return r
	}
	r.TCPFarRTTMs, r.TCPNearRTTMs, r.TCPRTTMedianFwdMs, r.TCPRTTMedianRevMs = t.FarRTTMs, t.NearRTTMs, t.RTTMedianFwdMs, t.RTTMedianRevMs
	r.TCPRTOFwd, r.TCPRTORev, r.TCPFastFwd, r.TCPFastRev = &t.RTOFwd, &t.RTORev, &t.FastFwd, &t.FastRev
	r.TCPSpuriousFwd, r.TCPSpuriousRev, r.TCPKeepAlives = &t.SpuriousFwd, &t.SpuriousRev, &t.KeepAlives
	r.TCPStallMaxMs, r.TCPGapMaxFwdMs, r.TCPGapMaxRevMs = &t.StallMaxMs, &t.GapMaxFwdMs, &t.GapMaxRevMs
	if h := t.Holes; h != nil {
		r.TCPHolesCount, r.TCPHolesSegments, r.TCPHolesTimes, r.TCPHolesDropped = &h.Count, &h.Segments, jsonText(h.Times), &h.Dropped
	}
	r.TCPZeroEpisodes, r.TCPZeroWindowMs = &t.ZeroEpisodes, &t.ZeroWindowMs
	r.TCPScaleFwd, r.TCPScaleRev = narrow(t.WindowScaleFwd), narrow(t.WindowScaleRev)
	r.TCPOptionsFwd, r.TCPOptionsRev = t.OptionsFwd, t.OptionsRev
	return r
}
