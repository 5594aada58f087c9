package classify_test

import (
	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/export"
)

func init() { classify.ToFlows = export.Flows }
