// Licences writes the file THIRD_PARTY: the licences of all modules that are in a program on any system it is built
// for, as they lie beside the packages that are used.
//
//	go run ./analyzer/pcaptest/licences [-program webexaudit] [-o THIRD_PARTY]
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	out := flag.String("o", "THIRD_PARTY", "`FILE` to write")
	name := flag.String("program", "webexaudit", "`PROGRAM`: webexaudit or webexaudit-lake")
	flag.Parse()
	text, err := thirdParty(".", *name)
	if err == nil {
		err = os.WriteFile(*out, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// program is what is looked at.
type program struct {
	dir, path string   // of its module, and in it
	systems   []string // that it is built for; each has packages of its own
	cgo       string
}

var programs = map[string]program{
	"webexaudit":      {".", "./cmd/webexaudit", []string{"linux", "darwin", "windows"}, "0"},
	"webexaudit-lake": {"cmd/webexaudit-lake", ".", []string{"linux"}, "1"},
}

// own is the module of the house, which is no third party's.
const own = "webexaudit"

// licenceNames are the names of files that hold a licence, or what a licence wants to be handed on.
var licenceNames = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([-_](apache|mit))?(\.(txt|md))?$`)

// goPackage is what go list says of a package.
type goPackage struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// thirdParty is the text of the file: each licence once, below the names of all that it is the licence of.
func thirdParty(dir, name string) (string, error) {
	of, ok := programs[name]
	if !ok {
		return "", fmt.Errorf("there is no program %q", name)
	}
	files := map[string]string{} // path of a licence: what it is the licence of
	modules := map[string]bool{}
	for _, system := range of.systems {
		packages, err := of.list(dir, system)
		if err != nil {
			return "", err
		}
		for _, p := range packages {
			if p.Module == nil || p.Module.Main || p.Module.Path == own {
				continue
			}
			paths := beside(p.Dir, p.Module.Dir)
			modules[p.Module.Path] = len(paths) > 0 // for one package as for another
			for _, path := range paths {
				below, _ := filepath.Rel(p.Module.Dir, path)
				files[path] = p.Module.Path + " " + p.Module.Version + ", " + filepath.ToSlash(below)
			}
		}
	}
	for path, found := range modules {
		if !found {
			return "", fmt.Errorf("%s has no file with a licence", path)
		}
	}
	return write(files)
}

// list gives the packages of the program on a system.
func (of *program) list(dir, system string) (packages []goPackage, err error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module", of.path)
	cmd.Dir, cmd.Env = filepath.Join(dir, of.dir), append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED="+of.cgo)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s: %w: %s", system, err, problem.String())
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// beside are the licences in a directory and in those above it, up to that of the module.
func beside(dir, module string) (paths []string) {
	for {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if licenceNames.MatchString(e.Name()) {
				paths = append(paths, filepath.Join(dir, e.Name()))
			}
		}
		if dir == module || len(dir) <= len(module) {
			return paths
		}
		dir = filepath.Dir(dir)
	}
}

// standard is the licence of the standard library, which is in every program; the Go project's modules have the same.
const standard = "the standard library of Go"

func write(files map[string]string) (string, error) {
	names := map[string][]string{} // of a text
	for path, name := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		text := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
		names[text] = append(names[text], name)
		if strings.HasPrefix(name, "golang.org/x/sys ") && strings.HasSuffix(name, "LICENSE") {
			names[text] = append(names[text], standard)
		}
	}
	for text := range names {
		slices.Sort(names[text])
	}
	texts := slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Compare(names[a][0], names[b][0]) })
	var out strings.Builder
	out.WriteString("Webexaudit contains the following software of others, under the licences given below each.\n" +
		"This file is generated (make licences).\n")
	for _, text := range texts {
		fmt.Fprintf(&out, "\n%s\n%s\n\n%s\n", strings.Repeat("-", 80), strings.Join(names[text], "\n"), text)
	}
	return out.String(), nil
}
