package record

import (
	"cmp"
	"maps"
	"slices"
)

// Run says what was looked at and by what it was judged. The first line.
type Run struct {
	Tool    string `json:"tool" parquet:"29,dict"`                      // `webexaudit`
	Version string `json:"version" parquet:"30,dict,name=tool_version"` // its version
	// those that can change the result
	Arguments []string `json:"arguments" parquet:"-" why:"in the footer of every file"`
	Files     []File   `json:"files,omitempty" parquet:"-" why:"one row each"`
	// live capture: the interfaces
	Interface []string `json:"interfaces,omitempty" parquet:"-" why:"one row each"`
	Pack      Pack     `json:"pack"`
	// SHA-256 of the site file
	Site    string  `json:"site,omitempty" parquet:"33,dict"`
	Vantage Vantage `json:"vantage"`

	// whose records are shown, and of when, where a report was narrowed; what was judged is all
	Shown *Shown `json:"shown,omitempty" parquet:"-" why:"of a report, not of a capture"`

	// the stretch of packet time whose flows these are, where the run was cut into windows
	Window *Window `json:"window,omitempty" parquet:"-" why:"of the run, not of a capture"`

	// where the site file has one
	AllowList *AllowList `json:"allow_list,omitempty" parquet:"-" why:"of the run, not of a capture"`

	// pieces of the run that were read apart and then joined, where there are several: a datagram whose fragments came
	// on both sides of an end of one was not put together, and the captures do not know of a copy whose first is on the
	// other side
	Pieces int `json:"pieces,omitempty" parquet:"-" why:"of the run, not of a capture"`
}

// RecordType implements Record.
func (*Run) RecordType() string { return "run" }

// Shown is the client and the time that a report was narrowed to.
type Shown struct {
	Client string `json:"client,omitempty"` // address, or prefix of addresses
	From   Time   `json:"from,omitzero"`
	To     Time   `json:"to,omitzero"`
}

// Window is a stretch of packet time: from its beginning up to its end, which is not in it.
type Window struct {
	From Time `json:"from"`
	To   Time `json:"to"`
}

// File is one input capture.
type File struct {
	// file as it was named; absent for an interface
	Path string `json:"path" parquet:"-" why:"Capture.Path"`
	// of the file as stored; absent for standard input, interfaces, and where another hash or none was chosen
	SHA256 string `json:"sha256,omitempty" parquet:"7"`
	// XXH3 of 128 bits of the file as stored, which large inputs have instead: a fingerprint, no proof
	XXH3 string `json:"xxh3,omitempty" parquet:"60"`
	// size of the file as stored, compressed or not
	Bytes     int64 `json:"bytes" parquet:"8"`
	Packets   int64 `json:"packets" parquet:"-" why:"Capture.Packets"`               // frames read
	FirstTime Time  `json:"first_time,omitzero" parquet:"-" why:"Capture.FirstTime"` // of the first packet
	LastTime  Time  `json:"last_time,omitzero" parquet:"-" why:"Capture.LastTime"`   // of the last packet
	// names as tcpdump prints them: EN10MB, LINUX_SLL2 …
	LinkTypes []string `json:"link_types,omitempty" parquet:"12"`
	// bytes kept of each frame, as the file states it
	Snaplen int `json:"snaplen,omitempty" parquet:"13"`
	// what is wrong with the file, with byte offset and packet number; absent: nothing
	Damage string `json:"damage,omitempty" parquet:"-" why:"Capture.Damage"`
}

// Digest is the hash that the file has, by name and in hexadecimal; "" without one.
func (f *File) Digest() (hash, sum string) {
	if f.XXH3 != "" {
		return "xxh3", f.XXH3
	}
	return "sha256", f.SHA256
}

// Pack is the dated set of signatures that judged the run. Unless it was chosen, each flow was judged by the rows in
// force on its day, and it is the newest pack of the release.
type Pack struct {
	ID     string `json:"id" parquet:"-" why:"a column of every table"`
	Date   string `json:"date" parquet:"31,dict,null"`   // date of the signature pack, YYYY-MM-DD
	Digest string `json:"digest" parquet:"32,dict,null"` // sha256 of the pack's canonical text
	// the operator named the pack: it judged all flows. Else each was judged by the rows in force on its day
	Chosen bool `json:"chosen,omitempty" parquet:"58"`
	// date of the newest pack of the release, YYYY-MM-DD
	Newest string `json:"newest,omitempty" parquet:"59,dict"`
}

// AllowList is the operator's list of Webex prefixes, compared with the pack. Versions of IP that the list does not
// know are left out.
type AllowList struct {
	Entries int `json:"entries"`
	// entries of the list within ranges that were published once, and in none that is
	Withdrawn []ListedRange `json:"withdrawn,omitempty"`
	// published ranges that the list does not hold, or not in full
	Missing []ListedRange `json:"missing,omitempty"`
}

// ListedRange is an entry of an allow list, or a published range, and what the pack says of it.
type ListedRange struct {
	Prefix string `json:"prefix"`
	Kind   string `json:"kind"`          // as in the pack: media, media-vimt, calling, government
	Why    string `json:"why,omitempty"` // of withdrawn ones, with the date
}

// Vantage is where the capture was taken: access, inside, wan, dmz, mesh, proxy-inside, proxy-outside or unknown.
type Vantage struct {
	// access, inside, wan, dmz, mesh, proxy-inside, proxy-outside or unknown
	Value      string     `json:"value" parquet:"34,dict,null"`
	Declared   bool       `json:"declared" parquet:"35"`                  // whether it was declared, not guessed
	Confidence Confidence `json:"confidence,omitempty" parquet:"36,dict"` // confirmed, probable, possible
	Reason     string     `json:"reason" parquet:"37,null"`               // why this vantage
}

// CaptureHealth says how far the numbers of a file or interface can be trusted.
type CaptureHealth struct {
	File      string `json:"file,omitempty" parquet:"-" why:"Capture.Path"`
	Interface string `json:"interface,omitempty" parquet:"-" why:"Capture.Interface"`
	Packets   int64  `json:"packets" parquet:"-" why:"Capture.Packets"`
	// bytes on the wire
	Bytes     int64 `json:"bytes" parquet:"15,name=wire_bytes"`
	StartTime Time  `json:"start_time,omitzero" parquet:"-" why:"Capture.FirstTime"`
	EndTime   Time  `json:"end_time,omitzero" parquet:"-" why:"Capture.LastTime"`
	// frames the sensor's kernel dropped; absent: not counted
	KernelDrops *int64 `json:"kernel_drops,omitempty" parquet:"16"`
	// frames the sensor's interface dropped; absent: not counted
	InterfaceDrops *int64 `json:"interface_drops,omitempty" parquet:"17"`
	// packets missing by the sequence numbers of the mirror's tunnel (GRE, ERSPAN); absent: no such tunnel
	MirrorLost *int64 `json:"mirror_lost,omitempty" parquet:"18"`
	// copies of packets, left out of all other counts
	Duplicates int64 `json:"duplicates" parquet:"19"`
	// copies by where the first sighting and the copy were, `{"vlan 10 → vlan 20":2}`; at most 16 pairs, then `other`;
	// absent: none
	DuplicatePairs map[string]int64 `json:"duplicate_pairs,omitempty" parquet:"50"`
	// packets of which less was captured than was on the wire
	Truncated int64 `json:"truncated" parquet:"20"`
	// of these, cut inside a header that the analysis needs
	TruncatedNeed int64 `json:"truncated_need" parquet:"21"`
	// packets by reason, `{"ipv4-header-short":2}`; absent: none
	Undecodable map[string]int64 `json:"undecodable" parquet:"22"`
	// bytes on the wire by the encapsulation that was not opened, `{"IP protocol 50 (ESP)":120000}`; at most 16 names,
	// then `other`; absent: none
	Unknown map[string]int64 `json:"unknown_encapsulations,omitempty" parquet:"56"`
	// ARP, STP, LLDP and the like: decoded, nothing to audit
	NotIP int64 `json:"not_ip" parquet:"23"`
	// flows closed early because `--max-flows` was reached
	FlowsEvicted int64 `json:"flows_evicted" parquet:"24"`
	// finished flows of at most 3 packets that tell nothing and were only counted, because as many as the bound allows
	// were kept
	FlowsSummarised int64 `json:"flows_summarised" parquet:"51"`
	// packets of these
	PacketsSummarised int64 `json:"packets_summarised" parquet:"52"`
	// directions of TCP connections whose beginning was given up for want of memory: names and certificates may be
	// missing
	PrefixesRefused int64 `json:"prefixes_refused" parquet:"53"`
	// datagrams whose fragments were given up for want of memory
	FragmentsEvicted int64 `json:"fragments_evicted" parquet:"54"`
	// IP fragments that overlapped others in part
	FragmentOverlaps int64 `json:"fragment_overlaps" parquet:"55"`
	// steps of the clock back by more than 1 ms
	ClockSteps int64 `json:"clock_steps" parquet:"25"`
	// TCP payload that its receiver acknowledged and the capture lacks
	TCPUnseenBytes int64 `json:"tcp_unseen_bytes" parquet:"26"`
	// TCP payload captured
	TCPBytes int64 `json:"tcp_bytes" parquet:"27"`
	// pauses of the sensor, 64 at most: start, seconds, unseen_bytes, packet
	Pauses []Pause `json:"pauses,omitempty" parquet:"57"`
	// whether gaps in the media may be called network loss: nothing says that the capture lost packets whose place is
	// not known
	LossAssessable bool `json:"loss_assessable" parquet:"28"`
	// share (0 to 1) of the packets that the capture lacks, estimated for all inputs together; absent: nothing tells
	LossRate *float64 `json:"capture_loss_rate,omitempty" parquet:"38"`
	// its lower bound: Wilson score interval, 95 %
	LossLow *float64 `json:"capture_loss_low,omitempty" parquet:"39"`
	// its upper bound
	LossHigh *float64 `json:"capture_loss_high,omitempty" parquet:"40"`
	// what tells: counters of the sensor, sequence numbers of the mirror, acknowledged but unseen TCP bytes, one rate
	// of loss on all paths, gaps of both directions in the same instants
	LossEvidence []string `json:"capture_loss_evidence,omitempty" parquet:"41"`
	Damage       string   `json:"damage,omitempty" parquet:"-" why:"Capture.Damage"`
}

// RecordType implements Record.
func (*CaptureHealth) RecordType() string { return "capture_health" }

// Pause is a stretch of a second or more in which the sensor captured nothing at all, while others went on: behind it
// TCP acknowledges bytes that were never seen; or one of any length in which the interface was down. What media lacks
// across it is the capture's loss.
type Pause struct {
	Start       Time    `json:"start"`
	Seconds     float64 `json:"seconds"`
	UnseenBytes int64   `json:"unseen_bytes"` // of TCP, acknowledged within two seconds behind the pause
	Packet      int64   `json:"packet"`       // number, counted through all inputs, of the frame behind it
	// the interface was down or away, and came back
	InterfaceDown bool `json:"interface_down,omitempty"`
}

// Summary closes the stream: counts, coverage, the exit status and its reason, and the table of the Webex picture.
type Summary struct {
	Verdict State `json:"verdict"` // of the network: fail, warn, pass, not-observed or not-enough
	// not-enough: what was not judged, and the capture that would settle it
	Missing string `json:"missing,omitempty"`
	// the outcome in one or two sentences: whose call, when, what happened to it, and why
	Answer string `json:"answer,omitempty"`
	// what to do about it
	Instruction string `json:"instruction,omitempty"`
	// answer (member summary) and instruction (member remediation) as data
	Messages Messages `json:"messages,omitzero"`
	// of the capture and the data that judged it (rules CAP and DAT): fail, warn or pass; not-enough: not judged
	Capture    State            `json:"capture,omitempty"`
	States     map[State]int    `json:"states"`     // findings by state
	Severities map[Severity]int `json:"severities"` // failing and warning findings by severity
	Rules      int              `json:"rules"`      // rules in force
	Applicable int              `json:"applicable"` // rules whose traffic was seen
	Assessed   int              `json:"assessed"`   // of these, judged pass, warn or fail
	// percent: assessed of applicable; absent when none applied
	Coverage   *float64              `json:"coverage,omitempty"`
	Flows      int                   `json:"flows"`
	WebexFlows int                   `json:"webex_flows"`
	Clients    int                   `json:"clients"` // distinct Webex clients
	Picture    []Picture             `json:"picture,omitempty"`
	ExitCode   int                   `json:"exit_code"`
	ExitReason string                `json:"exit_reason"`
	Groups     map[string]RuleCounts `json:"groups,omitempty"` // rule results by group (MED, QOS …)
	// about waivers and the baseline: expired, matching nothing, not comparable
	Notices []string `json:"notices,omitempty"`
}

// RecordType implements Record.
func (*Summary) RecordType() string { return "summary" }

// Interrupted reports whether a signal has ended the analysis: the exit status is then 128 and the signal's number.
func (s *Summary) Interrupted() bool { return s.ExitCode > 128 }

// Picture is one row of the table service × function × transport.
type Picture struct {
	Service   Service   `json:"service"`
	Function  Function  `json:"function"`
	Transport Transport `json:"transport,omitempty"` // absent: neither UDP nor TCP
	Flows     int       `json:"flows"`
	Clients   int       `json:"clients"`
	Seconds   float64   `json:"seconds"` // sum of the flows' durations
	Bytes     int64     `json:"bytes"`
	Published int       `json:"published"` // flows whose server address is in the pack's ranges
}

// RuleCounts counts the rules of one group by outcome.
type RuleCounts struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Warn          int `json:"warn"`
	NotObserved   int `json:"not_observed"`
	NotAssessable int `json:"not_assessable"`
}

// Merge adds what another stretch of the same file or interface tells, which came behind this one.
func (h *CaptureHealth) Merge(o *CaptureHealth) {
	h.Packets, h.Bytes, h.Truncated, h.TruncatedNeed = h.Packets+o.Packets, h.Bytes+o.Bytes, h.Truncated+o.Truncated,
		h.TruncatedNeed+o.TruncatedNeed
	if h.StartTime == 0 {
		h.StartTime = o.StartTime
	}
	h.EndTime = max(h.EndTime, o.EndTime)
	h.KernelDrops, h.InterfaceDrops = sumOf(h.KernelDrops, o.KernelDrops), sumOf(h.InterfaceDrops, o.InterfaceDrops)
	h.MirrorLost = sumOf(h.MirrorLost, o.MirrorLost)
	h.Duplicates, h.DuplicatePairs = h.Duplicates+o.Duplicates, sumsOf(h.DuplicatePairs, o.DuplicatePairs)
	h.Undecodable, h.Unknown = sumsOf(h.Undecodable, o.Undecodable), sumsOf(h.Unknown, o.Unknown)
	h.NotIP, h.FlowsEvicted = h.NotIP+o.NotIP, h.FlowsEvicted+o.FlowsEvicted
	h.FlowsSummarised += o.FlowsSummarised
	h.PacketsSummarised += o.PacketsSummarised
	h.PrefixesRefused, h.FragmentsEvicted = h.PrefixesRefused+o.PrefixesRefused, h.FragmentsEvicted+o.FragmentsEvicted
	h.FragmentOverlaps, h.ClockSteps = h.FragmentOverlaps+o.FragmentOverlaps, h.ClockSteps+o.ClockSteps
	h.TCPUnseenBytes, h.TCPBytes = h.TCPUnseenBytes+o.TCPUnseenBytes, h.TCPBytes+o.TCPBytes
	h.Pauses = append(slices.Clip(h.Pauses), o.Pauses...)
	h.Pauses = h.Pauses[:min(len(h.Pauses), maxPauses)]
	h.LossAssessable = h.LossAssessable && o.LossAssessable
	h.mergeLoss(o)
	h.Damage = cmp.Or(h.Damage, o.Damage)
}

// maxPauses is how many pauses a record has.
const maxPauses = 64

// mergeLoss takes the estimate of the stretch that lost more: the worst is what a reader has to know.
func (h *CaptureHealth) mergeLoss(o *CaptureHealth) {
	if o.LossRate != nil && (h.LossRate == nil || *o.LossRate > *h.LossRate) {
		h.LossRate, h.LossLow, h.LossHigh, h.LossEvidence = o.LossRate, o.LossLow, o.LossHigh, o.LossEvidence
	}
}

// sumOf adds counters that may be unknown; what only one stretch knows is its own.
func sumOf(a, b *int64) *int64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	sum := *a + *b
	return &sum
}

func sumsOf(a, b map[string]int64) map[string]int64 {
	if len(b) == 0 {
		return a
	}
	sums := maps.Clone(a)
	if sums == nil {
		sums = map[string]int64{}
	}
	for k, n := range b {
		sums[k] += n
	}
	return sums
}
