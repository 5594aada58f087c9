package audit

import "webexaudit/analyzer/wording"

// number writes a threshold without a needless exponent or decimals.
func number(v float64) string { return wording.Decimal(v).String() }

// percent of a part in a whole, 0 to 100.
func percent[N int | int64](part, whole N) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// share writes a percentage: 0.014 %, 5.2 %, 100 %.
func share(pct float64) string { return wording.Percent(pct).String() }
