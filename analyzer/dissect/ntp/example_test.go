package ntp_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/ntp"
)

func ExampleParse() {
	datagram := make([]byte, ntp.HeaderLen)
	datagram[0], datagram[1] = 4<<3|4, 2 // version 4, server, stratum 2
	datagram[31] = 7                     // the request's transmit time
	m, err := ntp.Parse(datagram)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Version, m.Mode == ntp.Server, m.Stratum, m.Origin == 7, m.GivesTime())
	// Output: 4 true 2 true true
}
