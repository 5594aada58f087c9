package dnsmsg_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/dnsmsg"
)

func ExampleParse() {
	datagram := []byte("\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00" +
		"\x01A\x07EXAMPLE\x00\x00\x01\x00\x01" +
		"\xc0\x0c\x00\x05\x00\x01\x00\x00\x01\x2c\x00\x04\x01b\xc0\x0e" +
		"\xc0\x27\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01")
	var m dnsmsg.Message // reuse it for the next message
	if err := dnsmsg.Parse(datagram, &m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.QName, m.QType, m.RCode)
	for _, a := range m.Answers {
		if a.Addr.IsValid() {
			fmt.Println(" ", a.Name, a.TTL, a.Type, a.Addr)
		} else {
			fmt.Println(" ", a.Name, a.TTL, a.Type, a.Target)
		}
	}
	// Output:
	// a.example A NOERROR
	//   a.example 300 CNAME b.example
	//   b.example 60 A 192.0.2.1
}
