package reports

import (
	"webexaudit/analyzer/record"
)

// captureRow is one input file or live interface: what was looked at, and how far it can be trusted.
type captureRow struct {
	lakeHead
	Path              *string  `parquet:"path,optional,id(5)"` // NULL for an interface
	Interface         *string  `parquet:"interface,optional,id(6)"`
	SHA256            *string  `parquet:"sha256,optional,id(7)"`
	Bytes             *int64   `parquet:"bytes,optional,id(8)"` // of the file as stored
	Packets           int64    `parquet:"packets,id(9)"`
	FirstTime         *int64   `parquet:"first_time,optional,timestamp(microsecond),id(10)"`
	LastTime          *int64   `parquet:"last_time,optional,timestamp(microsecond),id(11)"`
	LinkTypes         []string `parquet:"link_types,list,id(12)" parquet-element:",id(1012)"`
	Snaplen           *int32   `parquet:"snaplen,optional,id(13)"`
	Damage            *string  `parquet:"damage,optional,id(14)"`
	WireBytes         *int64   `parquet:"wire_bytes,optional,id(15)"`   // from here to loss_assessable: capture health; NULL where there is no such record
	KernelDrops       *int64   `parquet:"kernel_drops,optional,id(16)"` // drops: NULL where they were not counted
	InterfaceDrops    *int64   `parquet:"interface_drops,optional,id(17)"`
	MirrorLost        *int64   `parquet:"mirror_lost,optional,id(18)"`
	Duplicates        *int64   `parquet:"duplicates,optional,id(19)"`
	Truncated         *int64   `parquet:"truncated,optional,id(20)"`
	TruncatedNeed     *int64   `parquet:"truncated_need,optional,id(21)"`
	Undecodable       *string  `parquet:"undecodable,optional,id(22)"` // JSON text: packets by reason
	NotIP             *int64   `parquet:"not_ip,optional,id(23)"`
	FlowsEvicted      *int64   `parquet:"flows_evicted,optional,id(24)"`
	ClockSteps        *int64   `parquet:"clock_steps,optional,id(25)"`
	TCPUnseenBytes    *int64   `parquet:"tcp_unseen_bytes,optional,id(26)"`
	TCPBytes          *int64   `parquet:"tcp_bytes,optional,id(27)"`
	LossAssessable    *bool    `parquet:"loss_assessable,optional,id(28)"`
	Tool              string   `parquet:"tool,dict,id(29)"`
	ToolVersion       string   `parquet:"tool_version,dict,id(30)"`
	PackDate          *string  `parquet:"pack_date,optional,dict,id(31)"`
	PackDigest        *string  `parquet:"pack_digest,optional,dict,id(32)"`
	Site              *string  `parquet:"site,optional,dict,id(33)"` // digest of the site file
	VantageValue      *string  `parquet:"vantage_value,optional,dict,id(34)"`
	VantageDeclared   bool     `parquet:"vantage_declared,id(35)"`
	VantageConfidence *string  `parquet:"vantage_confidence,optional,dict,id(36)"`
	VantageReason     *string  `parquet:"vantage_reason,optional,id(37)"`
	LossRate          *float64 `parquet:"capture_loss_rate,optional,id(38)"` // NULL where nothing tells
	LossLow           *float64 `parquet:"capture_loss_low,optional,id(39)"`
	LossHigh          *float64 `parquet:"capture_loss_high,optional,id(40)"`
	LossEvidence      []string `parquet:"capture_loss_evidence,list,id(41)" parquet-element:",id(1041)"`
	DuplicatePairs    *string  `parquet:"duplicate_pairs,optional,id(50)"` // JSON text: copies by networks
	FlowsSummarised   *int64   `parquet:"flows_summarised,optional,id(51)"`
	PacketsSummarised *int64   `parquet:"packets_summarised,optional,id(52)"`
	PrefixesRefused   *int64   `parquet:"prefixes_refused,optional,id(53)"`
	FragmentsEvicted  *int64   `parquet:"fragments_evicted,optional,id(54)"`
	FragmentOverlaps  *int64   `parquet:"fragment_overlaps,optional,id(55)"`
	Unknown           *string  `parquet:"unknown_encapsulations,optional,id(56)"` // JSON text: bytes by encapsulation
}

// capture joins a file of the run record with its capture health.
type capture struct {
	run       *record.Run
	file      record.File
	isFile    bool
	health    *record.CaptureHealth // nil: there is none
	firstTime record.Time
	lastTime  record.Time
}

// captureRows makes one capture of each file and of each health record that belongs to no file.
func captureRows(s *record.Set) []capture {
	run := s.Run
	if run == nil {
		run = new(record.Run)
	}
	var list []capture
	joined := map[*record.CaptureHealth]bool{}
	for _, f := range run.Files {
		c := capture{run: run, file: f, isFile: true, firstTime: f.FirstTime, lastTime: f.LastTime}
		for _, h := range s.Health {
			if !joined[h] && h.Interface == "" && (h.File == f.Path || h.File == "" && len(run.Files) == 1) {
				c.health, joined[h] = h, true
				break
			}
		}
		list = append(list, c)
	}
	for _, h := range s.Health {
		if !joined[h] {
			list = append(list, capture{run: run, health: h, firstTime: h.StartTime, lastTime: h.EndTime})
		}
	}
	return list
}

func captureToRow(h lakeHead, c capture) captureRow {
	r := captureRow{
		lakeHead: h, FirstTime: maybeMicros(c.firstTime), LastTime: maybeMicros(c.lastTime),
		Tool: c.run.Tool, ToolVersion: c.run.Version, PackDate: known(c.run.Pack.Date), PackDigest: known(c.run.Pack.Digest), Site: known(c.run.Site),
		VantageValue: known(c.run.Vantage.Value), VantageDeclared: c.run.Vantage.Declared,
		VantageConfidence: known(c.run.Vantage.Confidence), VantageReason: known(c.run.Vantage.Reason),
	}
	if c.isFile {
		r.Path, r.SHA256, r.Bytes, r.Packets = known(c.file.Path), known(c.file.SHA256), &c.file.Bytes, c.file.Packets
		r.LinkTypes, r.Snaplen, r.Damage = c.file.LinkTypes, maybe(int32(c.file.Snaplen)), known(c.file.Damage)
	}
	if c.health != nil {
		r.addHealth(c.health, c.isFile)
	}
	return r
}

func (r *captureRow) addHealth(h *record.CaptureHealth, isFile bool) {
	if !isFile {
		r.Path, r.Interface, r.Packets, r.Damage = known(h.File), known(h.Interface), h.Packets, known(h.Damage)
	}
	r.WireBytes = &h.Bytes
	r.KernelDrops, r.InterfaceDrops, r.MirrorLost = h.KernelDrops, h.InterfaceDrops, h.MirrorLost
	r.Duplicates, r.Truncated, r.TruncatedNeed = &h.Duplicates, &h.Truncated, &h.TruncatedNeed
	r.Undecodable = jsonText(h.Undecodable)
	r.Unknown = jsonText(h.Unknown)
	r.NotIP, r.FlowsEvicted, r.ClockSteps = &h.NotIP, &h.FlowsEvicted, &h.ClockSteps
	r.DuplicatePairs, r.FlowsSummarised, r.PacketsSummarised = jsonText(h.DuplicatePairs), &h.FlowsSummarised, &h.PacketsSummarised
	r.PrefixesRefused, r.FragmentsEvicted, r.FragmentOverlaps = &h.PrefixesRefused, &h.FragmentsEvicted, &h.FragmentOverlaps
	r.TCPUnseenBytes, r.TCPBytes, r.LossAssessable = &h.TCPUnseenBytes, &h.TCPBytes, &h.LossAssessable
	r.LossRate, r.LossLow, r.LossHigh, r.LossEvidence = h.LossRate, h.LossLow, h.LossHigh, h.LossEvidence
}
