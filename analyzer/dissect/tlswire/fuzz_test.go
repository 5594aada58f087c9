package tlswire

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"testing"
)

// However the bytes are split, the events agree; memory stays within the limit.
func FuzzReader(f *testing.F) {
	for _, stream := range streams(f) {
		f.Add(stream, uint16(0))
		f.Add(stream[:len(stream)*2/3], uint16(300))
	}
	f.Add(records(RecordAlert, []byte{2, 48, 1, 0}, 4), uint16(1))
	f.Add([]byte("\x16\x03\x01\x00\x04\x0b\xff\xff\xff\x14\x03\x03\x00\x01\x01\x16\x03\x03\x00\x02\x01\x00"), uint16(9))
	f.Fuzz(func(t *testing.T, b []byte, limit uint16) {
		whole := Reader{MaxMessage: int(limit)}
		want, wantErr := readAll(&whole, b)
		single := Reader{MaxMessage: int(limit)}
		var got []string
		var gotErr error
		emit := func(e Event) { got = append(got, note(e)+string(e.Body)) }
		for i := range b {
			gotErr = single.Feed(b[i:i+1], emit)
			if len(single.msg) > single.limit() {
				t.Fatalf("%d bytes kept", len(single.msg))
			}
		}
		single.Finish(emit)
		if !slices.Equal(got, want) || gotErr != wantErr {
			t.Fatalf("byte by byte %q %v, in one piece %q %v", got, gotErr, want, wantErr)
		}
		if single.Role() != whole.Role() || single.seen != whole.seen {
			t.Fatal("role or kinds differ")
		}
	})
}

// A hello read into a used value is the same as one read into a new one, and whatever is read is within the message.
func FuzzClientHello(f *testing.F) {
	client, _ := configs(tls.VersionTLS12)
	f.Add(hello(f, client)[4:])
	f.Add(readHex(f, "testdata/browser.hex")[4:])
	f.Add(sslv2Hello[2:])
	f.Add(buildHello([]uint16{0x1301}, []ext{{extServerName, "\x00\x05\x00\x00\x09ab"}, {extPreSharedKey, "\x00\x07\x00\x01aAGE!\x00\x00"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var fresh ClientHello
		err := fresh.Decode(b)
		used := *ja4Example()
		if err2 := used.Decode(b); err2 != err || describe(&used) != describe(&fresh) {
			t.Fatalf("%v, %v:\n%s\n%s", err, err2, describe(&fresh), describe(&used))
		}
		if !bytes.Contains(b, fresh.ServerName) || 2*(len(fresh.Suites)+len(fresh.Extensions)) > len(b) {
			t.Fatal("more than there was")
		}
		if (fresh.JA4(OverQUIC) == "") != (fresh.JA3() == "") {
			t.Fatal("one fingerprint without the other")
		}
		var s ServerHello
		if s.Decode(b) == nil && s.Cut {
			t.Fatal("cut without an error")
		}
		Resumed(&fresh, &s, false, false)
	})
}

// What crypto/x509 accepts is read the same; what is cut never yields a name that the whole does not have.
func FuzzCertificate(f *testing.F) {
	for _, der := range newAuthority().leaf.Certificate {
		f.Add(der, uint16(len(der)/2))
	}
	f.Add([]byte("\x30\x80\x30\x80"), uint16(2))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		if x, err := x509.ParseCertificate(b); err == nil {
			agree(t, b, x)
		}
		whole, err := ParseCertificate(b)
		cut, cutErr := ParseCertificate(b[:min(int(at), len(b))])
		if err == nil && cutErr == nil && !whole.Partial {
			if cut.Issuer != whole.Issuer || cut.Subject != (Name{}) && cut.Subject != whole.Subject {
				t.Fatalf("%+v, whole %+v", cut, whole)
			}
			if len(cut.SANs) > len(whole.SANs) || !slices.Equal(cut.SANs, whole.SANs[:len(cut.SANs)]) {
				t.Fatalf("%q, whole %q", cut.SANs, whole.SANs)
			}
		}
		for der := range CertificateList(b) {
			ParseCertificate(der)
		}
	})
}

func FuzzRecordWalker(f *testing.F) {
	f.Add(records(RecordApplicationData, make([]byte, 300), 100), uint8(7), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, segment, gap uint8) {
		var w RecordWalker
		for piece := range slices.Chunk(b, int(segment)+1) {
			w.Next(piece, func(_ byte, size int) {
				if size < 1 || size > maxRecord {
					t.Fatalf("record of %d bytes", size)
				}
			})
			w.Skip(int(gap))
		}
	})
}

func BenchmarkClientHello(b *testing.B) {
	body := readHex(b, "testdata/browser.hex")[4:]
	var h ClientHello
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.Decode(body)
		}
	})
	b.Run("decode+JA3+JA4", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.Decode(body)
			h.JA3()
			h.JA4(OverTCP)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	_, server := converse2(b, tls.VersionTLS12, nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(server)))
	for b.Loop() {
		var r Reader
		r.Feed(server, func(Event) {})
	}
}

func BenchmarkRecordWalker(b *testing.B) {
	stream := records(RecordApplicationData, make([]byte, 1<<20), 1200)
	b.ReportAllocs()
	b.SetBytes(int64(len(stream)))
	var w RecordWalker
	total := 0
	for b.Loop() {
		for rest := stream; len(rest) > 0; rest = rest[min(len(rest), 1460):] {
			w.Next(rest[:min(len(rest), 1460)], func(_ byte, size int) { total += size })
		}
	}
}

func BenchmarkCertificate(b *testing.B) {
	der := newAuthority().leaf.Certificate[0]
	cache := NewCertCache(10)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ParseCertificate(der)
		}
	})
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cache.Parse(der)
		}
	})
	b.Run("crypto/x509", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x509.ParseCertificate(der)
		}
	})
}
