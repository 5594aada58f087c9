package view

// Numbered is a root with its number among the roots, from 1.
type Numbered struct {
	N int
	*Root
}

// Card is a root, and those of the same rule that ask for the same: of other subnets, proxies or names.
type Card struct {
	Numbered
	Same []Numbered
}

// Cards gathers roots into cards, in the order of their first ones.
func Cards(roots []*Root) (cards []*Card) {
	at := map[[3]string]*Card{}
	for i, r := range roots {
		key := [3]string{r.Rule, r.Remediation, string(r.State)}
		if c := at[key]; c != nil && r.Remediation != "" {
			c.Same = append(c.Same, Numbered{i + 1, r})
			continue
		}
		c := &Card{Numbered: Numbered{i + 1, r}}
		at[key], cards = c, append(cards, c)
	}
	return cards
}
