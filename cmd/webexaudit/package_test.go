package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packaged are the files that all packages have, with their modes. There is a manual page for each command beside.
var packaged = map[string]string{
	"/usr/bin/webexaudit":                                       "-rwxr-xr-x",
	"/usr/lib/systemd/system/webexaudit-nightly.service":        "-rw-r--r--",
	"/usr/lib/systemd/system/webexaudit-nightly.timer":          "-rw-r--r--",
	"/usr/lib/systemd/system/webexaudit-watch@.service":         "-rw-r--r--",
	"/usr/lib/sysusers.d/webexaudit.conf":                       "-rw-r--r--",
	"/usr/lib/tmpfiles.d/webexaudit.conf":                       "-rw-r--r--",
	"/usr/share/bash-completion/completions/webexaudit":         "-rw-r--r--",
	"/usr/share/fish/vendor_completions.d/webexaudit.fish":      "-rw-r--r--",
	"/usr/share/doc/webexaudit/CHANGELOG.md":                    "-rw-r--r--",
	"/usr/share/doc/webexaudit/THIRD_PARTY":                     "-rw-r--r--",
	"/usr/share/doc/webexaudit/copyright":                       "-rw-r--r--",
	"/usr/share/doc/webexaudit/grafana-alerts.yaml":             "-rw-r--r--",
	"/usr/share/doc/webexaudit/grafana-dashboard.json":          "-rw-r--r--",
	"/usr/share/doc/webexaudit/grafana-tables.json":             "-rw-r--r--",
	"/usr/share/doc/webexaudit/guide.md":                        "-rw-r--r--",
	"/usr/share/doc/webexaudit/prometheus-rules.yaml":           "-rw-r--r--",
	"/usr/share/man/man1/webexaudit.1.gz":                       "-rw-r--r--",
	"/usr/share/man/man1/webexaudit-watch.1.gz":                 "-rw-r--r--",
	"/usr/share/man/man1/webexaudit-signatures-export.1.gz":     "-rw-r--r--",
	"/usr/share/man/man1/webexaudit-completion-powershell.1.gz": "-rw-r--r--",
}

// unexpected compares files and modes with those that all packages have, and more.
func unexpected(t *testing.T, got map[string]string, more map[string]string) {
	t.Helper()
	want := maps.Clone(packaged)
	maps.Copy(want, more)
	for _, name := range slices.Sorted(maps.Keys(got)) {
		mode := want[name]
		if mode == "" && strings.HasPrefix(name, "/usr/share/man/man1/webexaudit-") {
			mode = "-rw-r--r--"
		}
		if got[name] != mode {
			t.Errorf("%s has mode %q, want %q", name, got[name], mode)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is not there", name)
	}
}

// packageTree has deploy/package lay out what packages hold. The program in it is this test.
func packageTree(t *testing.T) (root string) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	program := filepath.Join(dir, "webexaudit")
	if err == nil {
		err = os.Symlink(self, program)
	}
	if err != nil {
		t.Fatal(err)
	}
	root = filepath.Join(dir, "root")
	cmd := exec.Command("../../deploy/package", "tree", root)
	cmd.Env = append(os.Environ(), "PROGRAM="+program)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return root
}

// TestPackageTree: packages have the files that are expected, and what is made for them is what its reader expects.
func TestPackageTree(t *testing.T) {
	root := packageTree(t)
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		files[strings.TrimPrefix(path, root)] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Error(err)
	}
	unexpected(t, files, nil)
	for name, want := range map[string]string{
		"/usr/share/bash-completion/completions/webexaudit":    "complete -o default -F __start_webexaudit webexaudit",
		"/usr/share/fish/vendor_completions.d/webexaudit.fish": "complete -c webexaudit ",
		".zsh":                                               "#compdef webexaudit\n",
		"/usr/share/doc/webexaudit/copyright":                "Apache License",
		"/usr/share/man/man1/webexaudit.1.gz":                "webexaudit-watch(1)",
		"/usr/share/man/man1/webexaudit-watch.1.gz":          `\fB--keep-size\fP`,
		"/usr/lib/systemd/system/webexaudit-watch@.service":  "\nUser=webexaudit\n",
		"/usr/lib/systemd/system/webexaudit-nightly.service": "\nUser=webexaudit\n",
		"/usr/lib/sysusers.d/webexaudit.conf":                "u webexaudit - ",
		"/usr/lib/tmpfiles.d/webexaudit.conf":                "d /var/spool/webexaudit 0750 webexaudit webexaudit",
	} {
		text, err := os.ReadFile(root + name)
		if strings.HasSuffix(name, ".gz") && err == nil {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
				text, err = io.ReadAll(z)
			}
		}
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: no %q (error %v)", name, want, err)
		}
	}
}

// TestUnits: what the units start is a command line of the program, and systemd finds no fault with them.
func TestUnits(t *testing.T) {
	const dir = "../../deploy/systemd"
	p := program{stdout: io.Discard, stderr: io.Discard}
	for unit, values := range map[string]*strings.Replacer{
		"webexaudit-watch@.service":  strings.NewReplacer("%i", "eth0", "$WATCH_FLAGS", ""),
		"webexaudit-nightly.service": strings.NewReplacer("$NIGHTLY_FLAGS", "", "$NIGHTLY_CAPTURES", "/var/spool/webexaudit"),
	} {
		start := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/webexaudit (.*)$`).FindStringSubmatch(readText(t, dir, unit))
		if start == nil {
			t.Errorf("%s does not start the program", unit)
			continue
		}
		c, rest, err := p.root().Find(strings.Fields(values.Replace(start[1])))
		if err == nil {
			err = c.ParseFlags(rest)
		}
		if err == nil {
			err = c.ValidateArgs(c.Flags().Args())
		}
		if err != nil || !c.HasParent() {
			t.Errorf("%s: %q: %v", unit, start[1], err)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd's own opinion of the units: ", err)
	}
	security(t, dir)
}

// security has systemd rate how open the units leave the program: at most 2 of 10, which it calls OK.
func security(t *testing.T, dir string) {
	t.Helper()
	for _, unit := range []string{"webexaudit-watch@.service", "webexaudit-nightly.service"} {
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", filepath.Join(dir, unit)).CombinedOutput()
		if strings.Contains(string(out), "unrecognized option") {
			t.Skip("this systemd-analyze cannot rate files")
		}
		if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); err != nil {
			t.Errorf("%s: %v: %s", unit, err, lines[len(lines)-1])
		}
	}
}

// TestDebianPackage: the package of make package, where it was made, has the files that are expected, all of them
// root's; what operators change is known as such.
func TestDebianPackage(t *testing.T) {
	debs, _ := filepath.Glob("../../bin/packages/*.deb")
	if len(debs) != 1 {
		t.Skip("no package is there: make package makes one")
	}
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("nobody can read it: ", err)
	}
	out, err := exec.Command("dpkg-deb", "-c", debs[0]).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		var mode, owner, size, day, hour, name string
		if _, err := fmt.Sscan(line, &mode, &owner, &size, &day, &hour, &name); err != nil || owner != "root/root" {
			t.Errorf("%s: owner %s, %v", line, owner, err)
		}
		if strings.HasPrefix(mode, "-") {
			files[strings.TrimPrefix(name, ".")] = mode
		} else if mode != "drwxr-xr-x" {
			t.Error(line)
		}
	}
	unexpected(t, files, map[string]string{
		"/etc/webexaudit/watch.env":                     "-rw-r-----",
		"/usr/share/zsh/vendor-completions/_webexaudit": "-rw-r--r--",
	})
	about, err := exec.Command("dpkg-deb", "-I", debs[0], "control", "conffiles", "postinst", "prerm", "postrm").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Package: webexaudit\n", "Version: " + release + "\n", "\n/etc/webexaudit/watch.env\n", "systemd-sysusers webexaudit.conf",
		"systemctl disable webexaudit-watch@.service", "rm -rf /var/lib/webexaudit",
	} {
		if !strings.Contains(string(about), want) {
			t.Errorf("no %q in\n%s", want, about)
		}
	}
}
