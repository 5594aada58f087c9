package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/anonymize"
	"webexaudit/analyzer/capture"
)

// anonymizeFlags say by which key addresses and names are mapped, and which of them are published.
type anonymizeFlags struct {
	keyFile, signatures string
	overwrite           bool
}

func (p *program) anonymizeCommand() *cobra.Command {
	var f anonymizeFlags
	c := &cobra.Command{
		Use:   "anonymize [flags] IN OUT.pcapng",
		Short: "Write a capture again without addresses, names and content",
		Long: `Anonymize writes the packets of a capture again, in their order and at their times, so that whoever gets the file can audit it
and learns nothing of whom it is about. An audit says the same of it: findings, loss, jitter, marks.

Mapped by a key: IP addresses, also in tunnels, ICMP errors, STUN, DNS and SIP (Crypto-PAn: addresses that share a prefix
still do; private ones stay private); MAC addresses; names in DNS, TLS and DTLS hellos, certificates, CONNECT and other
heads of HTTP, SOCKS, SIP, by labels and words of the same length. Kept: addresses in ranges and networks of the signature
pack (Webex, Microsoft ...), multicast and loopback; names of the pack but for what a star in them stands for; ports,
times, lengths, TTLs, marks; public keys of certificates.

Blank: media, application data, bodies of HTTP, DNS records and STUN attributes that are not known, credentials, frames
that are no IP or cannot be decoded, fragments but the first, QUIC hellos that name others, SSH behind its banner, H.323.
Checksums are good again. In SIP over TCP addresses become words, since its length must stay: what compares them with
those of packets is not judged there. SIP over UDP may become shorter or longer. A site file must name the new addresses.

The same key maps alike in every capture and report (--anonymize of analyze, compare and report). Without --key-file there is a new key each
time, which nobody keeps.`,
		Example: `  webexaudit anonymize complaint.pcapng shared.pcapng
  openssl rand -hex 32 > key && chmod 600 key
  webexaudit anonymize --key-file key complaint.pcapng shared.pcapng`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, args []string) error { return p.anonymize(c.Context(), &f, args[0], args[1]) },
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&f.keyFile, "key-file", "", "`FILE` with the key, 64 hexadecimal digits (default: a new key)")
	c.Flags().StringVar(&f.signatures, "signatures", "", "`DIR` with signatures that are added to the built-in ones")
	c.Flags().BoolVar(&f.overwrite, "overwrite", false, "replace an existing file")
	return c
}

func (p *program) anonymize(ctx context.Context, f *anonymizeFlags, in, out string) error {
	m, err := newMapper(f.keyFile, f.signatures)
	if err != nil {
		return err
	}
	if err := oneCapture(in); err != nil {
		return err
	}
	outs := &outputs{overwrite: f.overwrite}
	if out != "-" {
		outs.files = []outFile{{path: out}}
	}
	if err := outs.check([]string{in}); err != nil {
		return err
	}
	begin(ctx)
	paths := outs.reach()
	paths.Read = []string{in}
	p.confine(false, false, paths)
	return p.writeAnonymized(ctx, m, f, in, out)
}

// anonymized is said in the captures that anonymize writes.
const anonymized = "Anonymized: addresses and names are mapped by a key, payload is blank; published ranges and names of Webex stay."

func (p *program) writeAnonymized(ctx context.Context, m *anonymize.Mapper, f *anonymizeFlags, in, out string) error {
	section := capture.Section{Application: "webexaudit " + release, Comment: anonymized}
	var problem, err error
	fill := func(w io.Writer) error {
		problem = m.File(ctx, in, w, section)
		if damage := (*capture.DamageError)(nil); errors.As(problem, &damage) {
			return nil // what precedes it is written
		}
		return problem
	}
	if out == "-" {
		err = fill(hurried{ctx, p.stdout})
	} else {
		err = writing{ctx: ctx, overwrite: f.overwrite}.replace(out, fill)
	}
	switch {
	case ctx.Err() != nil:
		return failure{interruptStatus(ctx), errors.New("interrupted: no capture was written")}
	case problem != nil:
		return failure{statusInput, problem}
	case err != nil:
		return failure{statusOutput, err}
	}
	return nil
}

// oneCapture says what else than a capture file an argument names.
func oneCapture(in string) error {
	if in == "-" {
		return usage("anonymize reads its capture twice, which standard input does not allow: name a file")
	}
	info, err := os.Stat(in)
	if err == nil && info.IsDir() {
		err = errors.New("is a directory: name a capture file")
	}
	if err != nil {
		return failure{statusInput, fmt.Errorf("%s: %w", in, cause(err))}
	}
	return nil
}

const keyBytes = 32

// newMapper is the mapper of a key: that of a file, else a new one.
func newMapper(keyFile, signatures string) (*anonymize.Mapper, error) {
	var key [keyBytes]byte
	if keyFile == "" {
		_, _ = rand.Read(key[:]) // which does not fail
	} else {
		text, err := os.ReadFile(keyFile)
		if err != nil {
			return nil, usage("--key-file %s: %w", keyFile, cause(err))
		}
		if n, err := hex.Decode(key[:], firstBytes(bytes.TrimSpace(text), 2*keyBytes+2)); err != nil || n != keyBytes {
			return nil, usage("--key-file %s: want 64 hexadecimal digits, as openssl rand -hex 32 prints them", keyFile)
		}
	}
	all, err := catalog(signatures)
	if err != nil {
		return nil, failure{statusUsage, err}
	}
	return anonymize.NewMapper(key, all)
}

func firstBytes(b []byte, n int) []byte {
	if len(b) >= n {
		return []byte("too long")
	}
	return b
}
