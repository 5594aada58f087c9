// Package misuse holds calls that go vet must complain about.
package misuse

import "webexaudit/analyzer/wording"

var (
	_ = wording.New("too-few", "%s of %s", wording.Count(1, "flow", "flows"))
	_ = wording.New("wrong", "%d ports", "5004")
)
