package ssh_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/ssh"
)

func ExampleParseID() {
	id, n, err := ssh.ParseID([]byte("SSH-2.0-OpenSSH_9.6p1 Debian-1\r\n"))
	fmt.Println(id.Version, id.Software, id.Comment, n, err)
	// Output: 2.0 OpenSSH_9.6p1 Debian-1 32 <nil>
}
