package dissect

import "webexaudit/analyzer/dissect/ssh"

// SSHFacts are the software versions of both sides' identification strings.
type SSHFacts struct{ Software [2]string }

// feedSSH reads the identification string; the rest is not looked at.
func (d *Dissector) feedSSH(h *half, b []byte) int {
	t := d.at.st.TCP
	if t.SSH == nil {
		t.SSH = new(SSHFacts)
	}
	if h.fed > 0 {
		return len(b)
	}
	id, n, err := ssh.ParseID(b)
	switch err {
	case nil:
		t.SSH.Software[d.at.s] = id.Software
		return n
	case ssh.ErrShort:
		return 0
	}
	return len(b)
}
