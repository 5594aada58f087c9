package reports

import (
	"webexaudit/analyzer/record"
)

// streamRow is one RTP stream.
type streamRow struct {
	lakeHead
	StreamID     string   `parquet:"stream_id,id(5)"`
	FlowID       string   `parquet:"flow_id,id(6)"`
	Direction    string   `parquet:"direction,dict,id(7)"`
	SrcIP        string   `parquet:"src_ip,dict,id(8)"`
	SrcPort      int32    `parquet:"src_port,id(9)"`
	DstIP        string   `parquet:"dst_ip,dict,id(10)"`
	DstPort      int32    `parquet:"dst_port,id(11)"`
	SSRC         int64    `parquet:"ssrc,id(12)"`
	PayloadType  int32    `parquet:"payload_type,id(13)"`
	Kind         string   `parquet:"kind,dict,id(14)"`
	ClockRate    *int32   `parquet:"clock_rate,optional,id(15)"` // Hz; NULL where it is not known
	ClockSource  *string  `parquet:"clock_source,optional,dict,id(16)"`
	Packets      int64    `parquet:"packets,id(17)"`
	Bytes        int64    `parquet:"bytes,id(18)"`
	Expected     int64    `parquet:"expected,id(19)"`
	Lost         int64    `parquet:"lost,id(20)"`
	CaptureLost  int64    `parquet:"capture_lost,id(21)"`
	Duplicated   int64    `parquet:"duplicated,id(22)"`
	Reordered    int64    `parquet:"reordered,id(23)"`
	JitterMeanMs *float64 `parquet:"jitter_mean_ms,optional,id(24)"`
	JitterMaxMs  *float64 `parquet:"jitter_max_ms,optional,id(25)"`
	MaxGapMs     float64  `parquet:"max_gap_ms,id(26)"`
	BitrateBps   float64  `parquet:"bitrate_bps,id(27)"`
	LossBursts   *string  `parquet:"loss_bursts,optional,id(28)"` // JSON text: bursts of 1, 2 … 9 and 10 or more packets
	DSCP         *string  `parquet:"dscp,optional,dict,id(29)"`   // JSON text: packets by code point
	StartTime    int64    `parquet:"start_time,timestamp(microsecond),id(30)"`
	EndTime      int64    `parquet:"end_time,timestamp(microsecond),id(31)"`
	FirstPacket  int64    `parquet:"first_packet,id(32)"`
	LastPacket   int64    `parquet:"last_packet,id(33)"`
	Upstream     bool     `parquet:"upstream,id(34)"`
	Webex        bool     `parquet:"webex,id(35)"`
	Profile      *string  `parquet:"profile,optional,dict,id(54)"`
	LostLow      *int64   `parquet:"lost_low,optional,id(36)"` // bounds of lost
	LostHigh     *int64   `parquet:"lost_high,optional,id(37)"`
	Late         int64    `parquet:"late,id(38)"`
	Restarts     int64    `parquet:"restarts,id(39)"`
	FrameRate    *float64 `parquet:"frame_rate,optional,id(40)"` // the frame columns: NULL where the stream is not video
	FrameJitter  *float64 `parquet:"frame_jitter_ms,optional,id(41)"`
	Freezes      *int64   `parquet:"freezes,optional,id(42)"`
	FrozenMs     *float64 `parquet:"frozen_ms,optional,id(43)"`
	RepairShare  *float64 `parquet:"repair_share,optional,id(44)"`
	RFactor      *float64 `parquet:"r_factor,optional,id(45)"` // NULL where codec or delay is not known
	MOSEstimate  *float64 `parquet:"mos_estimate,optional,id(46)"`
	MOSInputs    *string  `parquet:"mos_inputs,optional,id(47)"`
	RTCPReports  *int64   `parquet:"rtcp_reports,optional,id(48)"` // the rtcp columns: NULL without reports in clear
	RTCPLost     *int64   `parquet:"rtcp_lost,optional,id(49)"`
	RTCPWorst    *float64 `parquet:"rtcp_worst_share,optional,id(50)"`
	RTCPJitterMs *float64 `parquet:"rtcp_jitter_ms,optional,id(51)"`
	RTCPRTTMs    *float64 `parquet:"rtcp_rtt_ms,optional,id(52)"`
	Omitted      int64    `parquet:"intervals_omitted,id(53)"`
}

// intervalRow is one second (or ten) of an RTP stream.
type intervalRow struct {
	lakeHead
	StreamID     string   `parquet:"stream_id,dict,id(5)"`
	FlowID       string   `parquet:"flow_id,dict,id(6)"`
	IntervalS    int32    `parquet:"interval_s,id(7)"`
	StartTime    int64    `parquet:"start_time,timestamp(microsecond),id(8)"`
	Packets      int64    `parquet:"packets,id(9)"`
	Expected     int64    `parquet:"expected,id(10)"`
	Lost         int64    `parquet:"lost,id(11)"`
	CaptureLost  int64    `parquet:"capture_lost,id(12)"`
	Duplicated   int64    `parquet:"duplicated,id(13)"`
	Reordered    int64    `parquet:"reordered,id(14)"`
	JitterMeanMs *float64 `parquet:"jitter_mean_ms,optional,id(15)"`
	JitterMaxMs  *float64 `parquet:"jitter_max_ms,optional,id(16)"`
	MaxGapMs     float64  `parquet:"max_gap_ms,id(17)"`
	BitrateBps   float64  `parquet:"bitrate_bps,id(18)"`
}

func streamToRow(h lakeHead, m *record.MediaStream) streamRow {
	r := streamRow{
		lakeHead: h, StreamID: m.StreamID, FlowID: m.FlowID, Direction: m.Direction,
		SrcIP: address(m.SrcIP), SrcPort: int32(m.SrcPort), DstIP: address(m.DstIP), DstPort: int32(m.DstPort),
		SSRC: int64(m.SSRC), PayloadType: int32(m.PayloadType), Kind: m.Kind,
		ClockRate: maybe(int32(m.ClockRate)), ClockSource: known(m.ClockSource),
		Packets: m.Packets, Bytes: m.Bytes, Expected: m.Expected, Lost: m.Lost, CaptureLost: m.CaptureLost,
		Duplicated: m.Duplicated, Reordered: m.Reordered, JitterMeanMs: m.JitterMeanMs, JitterMaxMs: m.JitterMaxMs,
		MaxGapMs: m.MaxGapMs, BitrateBps: m.BitrateBps, LossBursts: jsonText(m.LossBursts), DSCP: jsonText(m.DSCP),
		StartTime: micros(m.StartTime), EndTime: micros(m.EndTime), FirstPacket: m.FirstPacket, LastPacket: m.LastPacket,
		Upstream: m.Upstream, Webex: m.Webex, Profile: known(m.Profile), LostLow: m.LostLow, LostHigh: m.LostHigh, Late: m.Late, Restarts: m.Restarts,
		FrameRate: m.FrameRate, FrameJitter: m.FrameJitter, Freezes: m.Freezes, FrozenMs: m.FrozenMs, RepairShare: m.RepairShare,
		RFactor: m.RFactor, MOSEstimate: m.MOSEstimate, MOSInputs: known(m.MOSInputs), Omitted: m.Omitted,
	}
	if c := m.RTCP; c != nil {
		r.RTCPReports, r.RTCPLost, r.RTCPWorst, r.RTCPJitterMs, r.RTCPRTTMs = &c.Reports, &c.Lost, &c.WorstShare, c.JitterMs, c.RTTMs
	}
	return r
}

func intervalToRow(h lakeHead, m *record.MediaInterval) intervalRow {
	return intervalRow{
		lakeHead: h, StreamID: m.StreamID, FlowID: m.FlowID, IntervalS: int32(m.IntervalS), StartTime: micros(m.StartTime),
		Packets: m.Packets, Expected: m.Expected, Lost: m.Lost, CaptureLost: m.CaptureLost,
		Duplicated: m.Duplicated, Reordered: m.Reordered, JitterMeanMs: m.JitterMeanMs, JitterMaxMs: m.JitterMaxMs,
		MaxGapMs: m.MaxGapMs, BitrateBps: m.BitrateBps,
	}
}
