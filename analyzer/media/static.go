package media

// Static returns what a static payload type of RFC 3551 table 4 and 5 carries and its clock rate; dynamic types are
// "unknown".
func Static(pt int) (kind string, clock int) {
	switch pt {
	case 0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18:
		return "audio", 8000
	case 6:
		return "audio", 16000
	case 10, 11:
		return "audio", 44100
	case 14:
		return "audio", 90000
	case 25, 26, 28, 31, 32, 33, 34:
		return "video", 90000
	}
	return "unknown", 0
}
