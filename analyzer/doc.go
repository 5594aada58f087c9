// Package analyzer is the wiring of the program: captures in, records out. This comment is the architecture as it
// stands.
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
//	console html md json jsonl sarif junit ocsf csv parquet
//
// # Data flows one way
//
// A package imports only what stands left of it; imports_test.go holds the table and fails on any other arrow.
//
//	wording          nothing              [wording.Text], [wording.Arg]: values and sentences for people; every
//	                                      package may import it
//	record           nothing              the vocabulary: one type per line type of the JSON Lines contract
//	yamldoc          nothing              strict reading of YAML: the signatures' and what operators write; the only
//	                                      such importer
//	signatures       yamldoc              dated packs of signatures, YAML under signatures/webex; the program holds
//	                                      them as generated tables
//	capture          nothing              [capture.Source] fills blocks of frames; the only importer of
//	                                      gopacket/gopacket
//	capture/pcapfilter capture            [pcapfilter.Parse]: filters in tcpdump's syntax, as BPF
//	decode           capture              [decode.Decoder] makes packets; the only importer of google/gopacket
//	flow             decode               [flow.Table], [flow.Stream], Community ID
//	dissect/*        nothing              one pure parser each
//	media            flow                 [media.Stream]: loss, jitter, gaps of one SSRC
//	dissect          flow, media, parsers [dissect.Dissector]: which parser when; the facts of a flow
//	classify         signatures, parsers, media, record   what a flow is, by its records and [classify.Hints]
//	site             signatures, record, yamldoc   what the operator declares, and how his list of ranges stands to
//	                                               the pack's
//	loss             record               what of a stream's gaps the capture lost, and what the network; what is left
//	                                      of speech
//	part             record               [part.Store]: packed parts of flows in memory and a temporary file, read in
//	                                      the order of their start; [part.Flows] lends them
//	parallel         nothing              [parallel.Ordered], [parallel.Do]: work divided among goroutines
//	privilege        nothing              what the program gives up: capabilities, its user, files nobody named; the
//	                                      only importer of go-landlock and psx
//	doctor           capture, privilege   whether a machine can capture and judge: rights, ring, offloads, clock, disk
//	ingest           capture to dissect   [ingest.Run]: the goroutines of the packet path; inputs and expired flows
//	                                      come out
//	export           ingest, classify, site, loss, parallel, part   [export.Sealing], [export.Fill]: flows set aside
//	                                      as records, and then judged
//	session          record, site         what several flows say together
//	audit/waiver     record, yamldoc      findings that somebody has accepted for a time
//	audit/baseline   audit, record, site  two runs compared: new, fixed, worse, better, unchanged, not comparable
//	audit/userrule   audit, observe, record, yamldoc  rules of the operator: YAML and CEL, judged by a fold; the only
//	                                      importer of cel-go
//	audit/observe    record, site         a flow as a rule sees it, and predicates over records, each once
//	audit            observe, record, site, wording  the engine: [audit.Per], folds, groups, graph, verdicts, explain
//	audit/catalogue  audit, observe       the rules; catalogue.go is their one list
//	analyzer         all of the above
//	compare          record, decode, parsers, parallel   [compare.Streams]: what two capture points saw of the same
//	                                      streams
//	slice            capture, decode, flow, record  [slice.Cut]: packets of findings, calls and clients as pcapng
//	anonymize        signatures, wording, capture, decode, parsers, record  captures and records without names
//	watch            record, audit, baseline  what an audit of weeks keeps: findings over windows, results on
//	                                      disk, whom it tells, what it answers over HTTP
//	reports/view     record               [view.View], [view.Detail]: what more than one report shows, computed once
//	reports/columnar nothing              [columnar.Writer]: Parquet files, column by column
//	reports          record, view, columnar   reports.go is the one table of formats
//	cmd/webexaudit   analyzer and what its commands show
//	cmd/webexaudit-lake  analyzer, reports   many sensors, many machines, object stores: a module of its own
//	record/recordtest record             [recordtest.Lend]: flows lent, and then spoilt; for tests only
//	pcaptest         nothing              builds captures in code; for tests and generators only
//
// # A packet's way
//
// [Run] composes the stages. [ingest.Run] opens the inputs and runs the goroutines of the packet path: the workers, who
// own the flow tables and read and decode in turn (its package comment says how they share), and one that reads for
// them from each interface; with one worker one goroutine does all of that. When a flow expires, its worker makes
// records of it and packs them into the store of the window ([export.Sealing]): flow.go and its siblings, one for each
// protocol, and hints.go with what a verdict needs beside records. Nothing of the live flow is left.
//
//	flows ─► export.Sealing ─► part.Store ─► names ─► gather ─► conclude ─► part.Store ─► record.Set
//	expire   records, hints    packed        DNS      of others verdicts    packed       lends them
//
// [export.Fill] goes through the parts of a window several times (settle.go), in ranges, on as many goroutines as there
// are workers. In the first passes it is learnt what tells of other flows: answers of DNS (names.go), hosts and
// neighbours (classify.Around). That is where a fact that crosses flows belongs: it is gathered of a range, and joined
// in the order of the ranges, so that the number of workers changes nothing. In the last pass (conclude.go) each flow
// gets its verdict, beside what is known by then, and is packed as it stays; Webex flows with a handshake, which is
// compared with all others (classify.Lesson), wait for its end. totals.go and health.go say what was read, alike.go
// joins flows that nobody answered. loss then tells who lost the missing packets, session what the flows are together,
// and audit what of it is a finding.
//
// [RunWindows] does so for windows of packet time. Where the clock passes the end of one, who decodes marks the place
// in what is handed to the workers, who cut their live flows there: a part is set aside with what was counted since the
// last cut, and the flow goes on, known for what it is (flow, media and dissect each have a cut.go that says what of
// their state is the part's). While the next window is read, this one is judged as above, and forgotten, but for what
// crosses the ends: export.Memory (names, what classify learnt of hosts, what TLS sessions showed) and audit.Rolling,
// the merged folds, which judge all windows of a day, or of the run, as one at its end. A [Renewal] has another
// configuration judge from the next window on that begins.
//
// [audit.Run] shows every flow, with all that hangs on it, to the folds of the rules: each worker has a set of its own,
// and the sets are merged. A fold holds sums, extremes and bounded sets, never records, so that the findings are the
// same however a run is dealt (catalogue's TestFoldsMerge). Gates of the whole run (vantage, capture loss) are asked
// when a fold closes. graph.go then connects findings with those that they follow from, verdict.go makes the two
// verdicts.
//
// [Map] and [Join] do in two steps, on as many machines as there are pieces, what [Run] does in one. A piece of a long
// capture is read by itself, and its flows are set aside as ever. Those that touch neither end of the piece are saved
// packed ([part.Store.Save]); of those that do, the frames are, with their numbers and the clock
// ([capture.KeptWriter]), as slice finds them. Where pieces are joined, the packed flows of all are taken in as they
// are, and the frames are read again through the same flow tables ([ingest.Kept]), so that a flow is the one that it
// would have been in one go; then all are judged as above. Nothing of live state is ever merged.
//
// [Compare] runs two capture points and reads their packets once more ([ingest.Packets]): compare keeps of each stream
// that both have a set of sequence numbers for each mark and some times, aligns the clocks, and makes records of what
// the points saw; the rules for them (Rule.Compares) judge those alone.
//
// # Rules of the house
//
// The clock is the packet's time: the same capture gives the same bytes at any speed and with any number of workers.
// What is written is there whole or not at all: files begin under a hidden name, and the tables of a run end with a
// marker. What reads strangers' bytes can open nothing that the command line does not name (privilege).
// Every table has a bound, and what falls out is counted. Malformed traffic is counted by reason; errors that travel up
// are I/O, configuration and bugs. Facts about Webex are rows in a pack, limits are thresholds beside the
// rules, and neither is a constant in code. A number that two reports show is computed once, in a record. Payload never
// leaves.
//
// Slices are cut by reading the captures again: slice decodes them as the analysis did and finds packets by the keys of
// the flow table.
//
// # Where to add
//
//	a signature       a row in signatures/webex/*.yaml with its examples, then go generate ./signatures
//	a rule            a Rule value in audit/catalogue with its thresholds, a line in catalogue.go,
//	                  testdata/WXA-….txtar
//	a record's member its struct in record, with tags and comment, then go generate ./analyzer/record
//	a record type     its struct with RecordType, a line in record.Set; in reports/parquet.go the day of its rows;
//	                  section in docs/parquet.md
//	a report format   reports/<name>.go and a line in reports.go; what it adds up belongs in reports/view
//	an encapsulation  decode/encap_<name>.go; in encap.go its constant, its name and the line that leads to it
//	a protocol        dissect/<name>/, its facts in dissect/facts.go, a line in udp.go or tcp.go
//	a capture source  capture/<name>.go and a case in capture.Open
package analyzer
