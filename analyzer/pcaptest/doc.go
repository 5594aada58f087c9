// Package pcaptest builds frames and captures in code, for tests and generators only: the reader of a test sees the
// oddity of a packet instead of trusting a blob. What goes in: a seed, a start time and a story told in a few calls.
// What comes out: a [Capture], an ordered list of [Frame] values that own their bytes, which can be written as pcap or
// pcapng.
//
// The layers of the package, from bytes to stories:
//
//   - [IP], [TCP], [Ethernet], [Wrap]: one packet, its headers and checksums, its tunnels and link headers.
//   - [Scenario]: hosts that talk. [Scenario.TCP] and [Scenario.UDP] open connections with a clock of their own.
//   - [Pipe]: whatever carries bytes between two ends; [Framed], [Scenario.TLS] put a protocol on top of another pipe.
//   - [STUN], [RTPStream], [RTCPStream], [ClientHello], [Certificate], [DNS] …: messages; each is written by hand, so
//     that
//     encrypted parts can be pseudo-random and every run gives the same bytes.
//   - [NativeCall]: the app's media as real calls show them, in two generations; [Call] is its small form.
//   - [HealthyMeeting] and its neighbours: ready captures; [Scenarios] lists them.
//
// Everything is deterministic: the same seed gives the same bytes on every machine. No wall clock, no system
// randomness, no map order reaches the output. The one exception is [RecordTLS], which records a real handshake of
// crypto/tls.
package pcaptest
