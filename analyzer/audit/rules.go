package audit

// Legacy are the rules that are not folds yet: none.
func Legacy() []*Rule {
	return nil
}
