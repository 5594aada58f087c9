package privilege

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// asked is the environment variable that makes the test binary a child: what is given up does not come back.
const asked = "PRIVILEGE_TEST_CHILD"

// children are what a child does with its arguments; the answer goes to the test as JSON.
var children = map[string]func([]string) any{}

func TestMain(m *testing.M) {
	if do, ok := children[os.Getenv(asked)]; ok {
		if err := json.NewEncoder(os.Stdout).Encode(do(os.Args[1:])); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// child runs one of the children and gives its answer.
func child[T any](t *testing.T, name string, args ...string) (answer T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asked+"="+name)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil {
		t.Fatalf("%s: %v: %s%s", name, err, out, problem.String())
	}
	return answer
}

// threads start, so that there are some when something is given up; each goes on for ever.
func threads() {
	for range 4 {
		up := make(chan bool)
		go func() {
			runtime.LockOSThread()
			up <- true
			select {}
		}()
		<-up
	}
}

// onOther runs f on a thread that there was before something was given up, or that has started since.
func onOther(f func()) {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		f()
		done <- true
	}()
	<-done
}

// statuses are the lines of /proc/self/task/*/status that tell of privileges, for each thread.
func statuses() (list []map[string]string) {
	paths, _ := filepath.Glob("/proc/self/task/*/status")
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue // the thread has ended
		}
		status := map[string]string{}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ":")
			if strings.HasPrefix(name, "Cap") || name == "NoNewPrivs" || name == "Uid" || name == "Gid" || name == "Groups" {
				status[name] = strings.Join(strings.Fields(value), " ")
			}
		}
		f.Close()
		list = append(list, status)
	}
	return list
}
