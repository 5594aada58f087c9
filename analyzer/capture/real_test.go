package capture

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// realCaptures are other people's captures beside the repository, which are not part of it.
func realCaptures(t *testing.T) []string {
	t.Helper()
	const root = "../../../shared/captures"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no real captures:", err)
	}
	var paths []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if strings.Contains(filepath.Ext(path), "cap") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d captures in %s: %v", len(paths), root, err)
	}
	return paths
}

// TestRealCaptures compares with pcapgo, packet by packet, where pcapgo reads on.
func TestRealCaptures(t *testing.T) {
	for _, path := range realCaptures(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		oracle := classicByPcapgo
		if identify(data) == formatPcapng {
			oracle = ngByPcapgo
		}
		want, theirs := oracle(bytes.NewReader(data))
		for _, size := range []int{100, blockSize} {
			got, _, err := readBytes(t, data, size)
			if theirs == io.EOF && err != nil || len(got) < len(want) {
				t.Errorf("%s, blocks of %d: %d packets, %v; pcapgo reads %d, %v", path, size, len(got), err, len(want), theirs)
				continue
			}
			compareLenient(t, want, got[:len(want)])
		}
	}
}

// TestRealCapturesCount compares with the number of packets that Wireshark reads.
func TestRealCapturesCount(t *testing.T) {
	capinfos, err := exec.LookPath("capinfos")
	if err != nil {
		t.Skip("no capinfos:", err)
	}
	paths := realCaptures(t)
	var out, complaints bytes.Buffer
	cmd := exec.Command(capinfos, append([]string{"-T", "-m", "-c", "-r"}, paths...)...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	_ = cmd.Run() // fails where a file is damaged
	counts := map[string]int{}
	for line := range strings.Lines(out.String()) {
		if name, n, ok := strings.Cut(strings.TrimSpace(line), ","); ok {
			counts[name], _ = strconv.Atoi(n)
		}
	}
	damaged := map[string]bool{}
	for _, m := range regexp.MustCompile(`after reading (\d+) packets from "(.*)"`).FindAllStringSubmatch(complaints.String(), -1) {
		counts[m[2]], _ = strconv.Atoi(m[1])
		damaged[m[2]] = true
	}
	if len(counts) < len(paths)-2 || len(damaged) == 0 {
		t.Fatalf("capinfos knows %d of %d files: %s", len(counts), len(paths), complaints.String())
	}
	for path, want := range counts {
		s, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := readAll(t, s)
		if _, ok := errors.AsType[*DamageError](err); len(got) != want || ok != damaged[path] {
			t.Errorf("%s: %d packets, %v; Wireshark reads %d", path, len(got), err, want)
		}
		s.Close()
	}
}
