package privilege

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

const nobody = 65534

func init() {
	children["become"] = func(args []string) any {
		uid, _ := strconv.Atoi(args[0])
		return after(Become(Identity{uid, uid}))
	}
	children["files"] = func([]string) any { return after(KeepFiles()) }
	children["try"] = tryChild
}

// after tells of the threads of a child that has given something up, and of those that start then.
func after(err error) any {
	threads()
	if err != nil {
		return []map[string]string{{"error": err.Error()}}
	}
	return statuses()
}

func needRoot(t *testing.T) {
	t.Helper()
	if held, err := capabilities(); err != nil || !held.has(unix.CAP_SETUID) || !held.has(unix.CAP_SETPCAP) {
		t.Skip("needs root")
	}
}

// checkThreads compares lines of the status of each thread.
func checkThreads(t *testing.T, list []map[string]string, want map[string]string) {
	t.Helper()
	if len(list) < 5 {
		t.Errorf("%d threads: %v", len(list), list)
	}
	for _, status := range list {
		for name, w := range want {
			if status[name] != w {
				t.Errorf("%s: %s, want %s", name, status[name], w)
			}
		}
	}
}

const none = "0000000000000000"

// TestBecome: no thread has a capability or another user left, whoever the program becomes.
func TestBecome(t *testing.T) {
	needRoot(t)
	for _, uid := range []string{"0", "65534"} {
		ids := uid + " " + uid + " " + uid + " " + uid
		checkThreads(t, child[[]map[string]string](t, "become", uid), map[string]string{
			"CapInh": none, "CapPrm": none, "CapEff": none, "CapBnd": none, "CapAmb": none, "NoNewPrivs": "1",
			"Uid": ids, "Gid": ids,
		})
	}
}

// TestKeepFiles: the capabilities to files of others are left, which are numbers 1, 2 and 3.
func TestKeepFiles(t *testing.T) {
	needRoot(t)
	const files = "000000000000000e"
	checkThreads(t, child[[]map[string]string](t, "files"), map[string]string{
		"CapInh": none, "CapPrm": files, "CapEff": files, "CapAmb": none, "NoNewPrivs": "1",
	})
}

// openDir is a directory that everybody may pass through.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tryChild tries, as several users, to write to a directory, and tells who could, and whether the program itself still
// can everything.
func tryChild(args []string) any {
	dir, could := args[0], map[string]bool{}
	for _, uid := range []int{0, nobody, 1234} {
		err := Try(Identity{uid, uid}, func() error {
			return os.WriteFile(filepath.Join(dir, strconv.Itoa(uid)), nil, 0o600)
		})
		could[strconv.Itoa(uid)] = err == nil
	}
	could["root again"] = true
	for range 20 { // whichever thread it is
		onOther(func() {
			if held, err := capabilities(); err != nil || !held.has(unix.CAP_NET_RAW) || os.Geteuid() != 0 {
				could["root again"] = false
			}
		})
	}
	return could
}

// TestTry: a try is as good as having become somebody, and leaves nothing behind.
func TestTry(t *testing.T) {
	needRoot(t)
	dir := openDir(t)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	got := child[map[string]bool](t, "try", dir)
	if got["0"] || !got["65534"] || got["1234"] || !got["root again"] {
		t.Errorf("%v", got)
	}
	if who, ok := owner(filepath.Join(dir, "65534")); !ok || who != (Identity{nobody, nobody}) {
		t.Errorf("what nobody wrote belongs to %v", who)
	}
}

func TestCandidates(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		self := []Identity{{os.Geteuid(), os.Getegid()}}
		if got := Candidates([]string{dir}); !slices.Equal(got, self) {
			t.Errorf("%v, want %v", got, self)
		}
		t.Skip("the rest needs root")
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SUDO_UID", "1000")
	t.Setenv("SUDO_GID", "1001")
	got := Candidates([]string{filepath.Join(dir, "not", "yet"), "/"})
	if want := []Identity{{1000, 1001}, {0, 0}, {nobody, nobody}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	t.Setenv("SUDO_UID", "-1")
	if got := Candidates(nil); !slices.Equal(got, []Identity{{0, 0}}) {
		t.Errorf("%v of a false user", got)
	}
}

// TestReplaceable: in a directory such as /tmp a file of somebody else cannot be replaced.
func TestReplaceable(t *testing.T) {
	needRoot(t)
	dir := openDir(t)
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	ask := func() error { return Replaceable(path) }
	if err := Try(Identity{nobody, nobody}, ask); err == nil {
		t.Error("somebody else's file in a sticky directory")
	}
	if err := ask(); err != nil {
		t.Error(err)
	}
	if err := os.Chown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := Try(Identity{nobody, nobody}, ask); err != nil {
		t.Error(err)
	}
	if err := Try(Identity{nobody, nobody}, func() error { return Writable(path) }); err != nil {
		t.Error(err)
	}
	if err := Try(Identity{1234, 1234}, func() error { return Writable(path) }); err == nil {
		t.Error("writable for anybody")
	}
}
