package audit

// Legacy are the rules that are not folds yet.
func Legacy() []*Rule {
	return []*Rule{
		exp005,
	}
}
