package main

import "webexaudit/analyzer/audit"

// topics are what explain tells beside rules and signatures, by name.
var topics = map[string]audit.Topic{"ledger": ledgerTopic}

// ledgerTopic says how the line of a call about the two sides of the capture point is known.
var ledgerTopic = audit.Topic{
	Title: `"client 0 %, 0.5 ms · here · cloud 2.1 %, 41 ms": who lost the packets of a call, and where its time goes`,
	Sections: []audit.Section{
		{Title: "What the line says", Text: `"Here" is the capture point. On its left stands what lies between it and the client, on ` +
			`its right what lies between it and the Webex cloud: the share of packets that were lost on this stretch, both directions ` +
			`together, and the median time that a packet takes over it and back. "0.4 to 1.2 %" are bounds, where the packets leave room ` +
			`for more than one answer; "unknown" is said where nobody tells. "12 packets never sent on" had been lost before the cloud ` +
			`had them, at the far sender.`},
		{Title: "Lost before the capture point", Text: `RTP numbers the packets of a stream one by one (RFC 3550 section 5.1). A number ` +
			`that never came was lost between the sender and here, unless it is owned otherwise below: on the client's side of what the ` +
			`client sends, on the cloud's side of what it receives.`},
		{Title: "Lost behind the capture point", Text: `Only the receiver knows. It tells in receiver reports (RTCP, RFC 3550 section ` +
			`6.4.1) how many packets it misses up to which number; less what was missing here already, that was lost behind. The native ` +
			`app sends these reports in clear; browsers and many devices encrypt them.`},
		{Title: "Never sent", Text: `The native app counts its packets in header extension 4 of RTP. Where the numbers leap and this ` +
			`counter does not, the sender left them out, as the cloud does with what it never got. Such numbers are nobody's loss on this way.`},
		{Title: "Lost by the capture", Text: `What the receiver has and the capture lacks, passed here unseen: the sensor lost it, or the ` +
			`mirror. Counters of the sensor, gaps in the numbers of a mirror tunnel, and bytes of TCP that were acknowledged but never seen ` +
			`say the same in other words.`},
		{Title: "Times", Text: `The best source that a side has, in this order. Clocks: the native app stamps each packet with a clock in ` +
			`header extension 4, and the receiver returns the newest a few times a second (feedback MARI); from that packet's passing here to ` +
			`its return is the way behind the capture point and back. Reports: the same by LSR and DLSR of RTCP. STUN: requests ` +
			`and answers of the media flow, towards the cloud. TCP: handshakes and acknowledgements of the client, or with the same node.`},
		{Title: "What is believed", Text: `Anybody can send a datagram with feedback. A report counts only where it continues the one ` +
			`before it, and fits what passed here; a returned clock only where it equals one that passed before; the counter only after 16 ` +
			`steps that the numbers bear out, of which one in 64 may not. What contradicts the packets is left out and counted ("feedback not believed").`},
		{Title: "Bounds", Text: `Reports say how many packets are missing, not which. Where some are missing here and others behind, a packet ` +
			`may have come late to the receiver, or the sensor may have lost it: lost_behind_low counts what is certain, lost_behind_high what ` +
			`is possible at most, and so do lost_before_low and lost_before_high. Rules accuse by the lower bound; copies that ` +
			`passed raise only the upper one. No packet is owned twice: numbers - received = unsent + lost_before + lost_behind.`},
		{Title: "What is not known, and why", Text: `"RTCP is encrypted": the receiver's words cannot be read here, so that only gaps, STUN and ` +
			`TCP are left. "No RTCP was seen": it did not pass here, or the receiver sends none. "Too few": fewer reports than prove each other. ` +
			`"Contradict": none is believed. Media inside TCP or TLS has no ledger: TCP repairs what is lost. What the receiver's buffer dropped ` +
			`because it came too late was received, and is in no count. How header extension 4 and MARI are built is published nowhere; it was ` +
			`found by holding a real call of 2023 against itself, where all 569 clocks that came back had passed before.`},
		{Title: "Where it stands", Text: `The console and Markdown show the line with each call, the page its course in two lanes of the ` +
			`call's timeline. In the records: client_side and cloud_side of session, ledger of media_stream, and unsent, reported, lost_behind and ` +
			`rtt_ms of media_interval for each second. Rules that use it: WXA-QUA-001, 004, 005, 008, 013, 014, 016 and 019 (loss), WXA-QUA-003 (delay), ` +
			`WXA-MED-010, WXA-MED-017 and WXA-NAT-001 (a path that lives), WXA-CAP-002 (what the capture lacks).`},
		{Title: "Check by hand", Text: "Wireshark: `rtcp.ssrc.cum_nr` and `rtcp.ssrc.ext_high` of the receiver's reports against Telephony > RTP > RTP " +
			"Streams, column Lost; `rtcp.psfb.fmt == 15` for MARI."},
	},
}
