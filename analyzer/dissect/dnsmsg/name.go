package dnsmsg

import "golang.org/x/net/dns/dnsmessage"

// name renders n, preferably with a string that m already holds: in an answer most names repeat.
func (m *Message) name(n *dnsmessage.Name) string {
	known := [3]string{m.QName}
	if i := len(m.Answers) - 1; i >= 0 {
		known[1], known[2] = m.Answers[i].Target, m.Answers[i].Name
	}
	return name(n, known[:]...)
}

// name renders n in lower case without the final dot. It returns the string among known that is equal, else a new one.
func name(n *dnsmessage.Name, known ...string) string {
	var scratch [64]byte
	text := appendName(scratch[:0], n.Data[:n.Length])
	for _, k := range known {
		if string(text) == k { // compares without converting
			return k
		}
	}
	return string(text)
}

// appendName appends the name in presentation form. In wire, labels end with a dot and hold none.
func appendName(text, wire []byte) []byte {
	if len(wire) > 1 {
		wire = wire[:len(wire)-1]
	}
	for _, c := range wire {
		switch {
		case c >= 'A' && c <= 'Z':
			text = append(text, c+'a'-'A')
		case c == '\\':
			text = append(text, '\\', '\\')
		case c > ' ' && c < 0x7F:
			text = append(text, c)
		default:
			text = append(text, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		}
	}
	return text
}
