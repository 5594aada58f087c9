// Package analyzer is the wiring of the program: captures in, records out. This comment is the architecture as it stands.
//
//	capture ─Frame─► decode ─Packet─► flow ─Flow,Stream─► dissect ─Facts─► classify ─Verdict─┐
//	files, stdin,    link to          5-tuple table,      parsers          signatures         │
//	directories,     transport,       time-outs,          STUN RTP RTCP    as data            ▼
//	interfaces       tunnels,         TCP facts and       TLS QUIC DTLS                    record
//	                 fragments,       prefixes            DNS HTTP SIP …                      │ immutable from here on
//	                 duplicates                           │                                   ▼
//	                                                      ▼                    session: reachability, calls, vantage
//	                                                    media: RTP streams                    │
//	                                                                                          ▼
//	reports ◄──────────────────── record.Sink ◄──────────────────────────────────── audit: rules
//	console json jsonl parquet
//
// # Data flows one way
//
// A package imports only what stands left of it; imports_test.go holds the table and fails on any other arrow.
//
//	wording          nothing              [wording.Text], [wording.Arg]: values and sentences for people; every package may import it
//	record           nothing              the vocabulary: one type per line type of the JSON Lines contract
//	signatures       nothing              dated packs of signatures, YAML under signatures/webex; the program holds them as generated tables
//	capture          nothing              [capture.Source] fills blocks of frames; the only importer of gopacket/gopacket
//	decode           capture              [decode.Decoder] makes packets; the only importer of google/gopacket
//	flow             decode               [flow.Table], [flow.Stream], Community ID
//	dissect/*        nothing              one pure parser each
//	media            flow                 [media.Stream]: loss, jitter, gaps of one SSRC
//	dissect          flow, media, parsers [dissect.Dissector]: which parser when; the facts of a flow
//	classify         signatures, dissect, media, flow, record
//	yamldoc          nothing              strict reading of the YAML that operators write; the only such importer beside signatures
//	site             record, yamldoc      what the operator declares
//	loss             record               what of a stream's gaps the capture lost, and what the network
//	session          record, site         what several flows say together
//	audit/waiver     record, yamldoc      findings that somebody has accepted for a time
//	audit/baseline   audit, record, site  two runs compared: new, fixed, worse, better, unchanged, not comparable
//	audit/userrule   audit, record, yamldoc  rules of the operator: YAML and CEL; the only importer of cel-go
//	audit            record, site         rules.go is the one list of rules, policy.go the one table of thresholds
//	analyzer         all of the above
//	reports          record               reports.go is the one table of formats
//	cmd/webexaudit   analyzer and what its commands show
//	pcaptest         nothing              builds captures in code; for tests and generators only
//
// # A packet's way
//
// [Run] opens the inputs and starts the goroutines of the analysis (pipeline.go): one that reads blocks, one that decodes them and
// deals the packets, and the workers, who also make records of the flows at the end. (Beside them only outputs run at the same time, and
// the decompressor.) Decoding is one goroutine on purpose: reassembly of fragments, duplicate detection and the clock need all packets in order, and so does the numbering. Packets are dealt by a symmetric hash of their
// 5-tuple to a fixed number of partitions; each worker owns some partitions with their flow tables. The number of workers
// therefore changes nothing in the result: tables, bounds and evictions belong to partitions. An ICMP error goes to its own flow
// and to the flow it quotes. A batch belongs to the stage that holds it; the last worker hands it back to the reader.
//
// When a flow ends, its counters and facts are set aside. When the capture ends, finish.go puts all flows into one order, joins what
// crosses flows (names by DNS answers, names.go), writes records (convert.go, streams.go, health.go), lets classify judge what each
// flow is, loss who lost the missing packets (series.go, quality.go), session what the flows are together, and audit what of it is a finding.
// What depends on one flow alone is done by as many goroutines as there are workers, each with some of the flows, and so are rules. What joins
// flows is done by one goroutine between such steps, and in order: the number of workers changes nothing here either.
//
// # Rules of the house
//
// The clock is the packet's time: the same capture gives the same bytes at any speed and with any number of workers. Every table has a
// bound, and what falls out is counted. Malformed traffic is counted by reason; errors that travel up are I/O, configuration and
// bugs. Facts about Webex are rows in a pack, limits are rows in the policy, and neither is a constant in code. A number that two reports show is
// computed once, in a record. Payload never leaves.
//
// # Where to add
//
//	a signature       a row in signatures/webex/*.yaml with its examples, then go generate ./signatures
//	a rule            a Rule value in audit, a line in rules.go, testdata/WXA-….txtar
//	a record's member record/*.go, then go generate ./analyzer/record; its column in reports/parquet_*.go
//	a report format   reports/<name>.go and a line in reports.go
//	an encapsulation  decode/encap_<name>.go and a line in encap.go
//	a protocol        dissect/<name>/, its facts in dissect/facts.go, a line in udp.go or tcp.go
//	a capture source  capture/<name>.go and a case in capture.Open
package analyzer
