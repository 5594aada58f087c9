package catalogue

import "webexaudit/analyzer/audit"

var settle = audit.NewLimit("WXA-MED-004.settle_seconds", "s", 5, 2, 2, 0, 600, "ours: an answer needs time to arrive",
	"flows that begin in the last seconds of the capture are left out")
