package tlswire

import (
	"slices"
	"testing"
)

func TestIsRecord(t *testing.T) {
	tests := []struct {
		name  string
		bytes string
		want  bool
	}{
		{"ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", true},
		{"header only", "\x17\x03\x03\x40\x00", true},
		{"longest", "\x17\x03\x03\x48\x00", true},
		{"too long", "\x17\x03\x03\x48\x01", false},
		{"empty", "\x17\x03\x03\x00\x00", false},
		{"fatal alert", "\x15\x03\x03\x00\x02\x02\x28", true},
		{"alert of level 9", "\x15\x03\x03\x00\x02\x09\x28", false},
		{"encrypted alert", "\x15\x03\x03\x00\x1a\x00\x00", true},
		{"change cipher spec", "\x14\x03\x03\x00\x01\x01", true},
		{"change cipher spec of 2", "\x14\x03\x03\x00\x01\x02", false},
		{"heartbeat", "\x18\x03\x02\x00\x22", true},
		{"type 25 (DTLS CID)", "\x19\x03\x03\x00\x22", false},
		{"version 3.5", "\x16\x03\x05\x00\x22", false},
		{"DTLS", "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x22", false},
		{"HTTP", "GET / HTTP/1.1\r\n", false},
		{"too short", "\x16\x03\x01\x02", false},
		{"nothing", "", false},
		{"SSLv2 hello", string(sslv2Hello), true},
		{"SSLv2 hello whose lengths do not add up", "\x80\x26" + string(sslv2Hello[2:]), false},
	}
	for _, tt := range tests {
		check(t, tt.name, IsRecord([]byte(tt.bytes)), tt.want)
	}
}

func TestRecordWalker(t *testing.T) {
	stream := slices.Concat(
		records(RecordHandshake, make([]byte, 300), 100), records(RecordApplicationData, make([]byte, 40000), 16384),
		records(RecordAlert, make([]byte, 26), 26),
	)
	want := []int{100, 100, 100, 16384, 16384, 7232, 26}
	for _, segment := range []int{1, 3, 5, 104, 1460, len(stream)} {
		var w RecordWalker
		var got []int
		for piece := range slices.Chunk(stream, segment) {
			if !w.Next(piece, func(_ byte, size int) { got = append(got, size) }) {
				t.Fatalf("segments of %d: lost", segment)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("segments of %d: %v", segment, got)
		}
	}
}

func TestRecordWalkerGap(t *testing.T) {
	stream := records(RecordApplicationData, make([]byte, 5000), 1000)
	var got []int
	emit := func(_ byte, size int) { got = append(got, size) }
	var w RecordWalker

	w.Next(stream[:200], emit) // a gap inside the first record does no harm
	check(t, "gap inside a record", w.Skip(805), true)
	w.Next(stream[1005:1100], emit)
	check(t, "records", len(got), 2)

	check(t, "gap over a boundary", w.Skip(1000), false)
	check(t, "lost", w.Lost(), true)
	check(t, "amid a record", w.Next(stream[2100:2200], emit), false)
	check(t, "a header that leads to nonsense", w.Next(slices.Concat(stream[2010:2110], make([]byte, 1000)), emit), false)
	check(t, "at a record", w.Next(stream[3015:], emit), true)
	check(t, "records", len(got), 4)
	check(t, "found", w.Lost(), false)

	w.Reset()
	check(t, "no record", w.Next([]byte("HTTP/1.1 200 OK"), emit), false)
	check(t, "resync on too little", w.Resync(stream[:4]), false)
}

func TestRecordWalkerAllocates(t *testing.T) {
	stream := records(RecordApplicationData, make([]byte, 60000), 1200)
	var w RecordWalker
	total := 0
	emit := func(_ byte, size int) { total += size }
	if n := testing.AllocsPerRun(100, func() {
		for rest := stream; len(rest) > 0; rest = rest[min(len(rest), 1460):] {
			w.Next(rest[:min(len(rest), 1460)], emit)
		}
	}); n != 0 || total == 0 {
		t.Errorf("%v allocations, %d bytes", n, total)
	}
}
