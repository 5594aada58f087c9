package audit

// Legacy are the rules that are not folds yet.
func Legacy() []*Rule {
	return []*Rule{
		cal001, cal002, cal003, cal004, cal005, cal006, cal007,
		cap001, cap002, cap003, cap004, cap005, cap006, cap007, cap008, cap009, cap010,
		dat001, dat002,
		edg001,
		exp001, exp002, exp003, exp004, exp005, exp007,
		med001, med002, med003, med004, med005, med006, med007, med008, med009, med010, med012, med013, med014, med015, med016,
		nat001, nat002, nat003, nat004,
		qos001, qos002, qos003, qos004, qos005, qos006, qos007, qos008, qos009, qos010, qos011, qos012,
		qua001, qua002, qua003, qua004, qua005, qua006, qua007, qua008, qua009, qua010, qua011, qua012, qua013,
		vmn001, vmn002,
	}
}
