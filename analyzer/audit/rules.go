package audit

// Legacy are the rules that are not folds yet.
func Legacy() []*Rule {
	return []*Rule{
		cal004,
		exp004, exp005,
	}
}
