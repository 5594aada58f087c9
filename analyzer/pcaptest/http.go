package pcaptest

import "fmt"

// HTTP is an HTTP/1.1 request in clear and its answer.
type HTTP struct {
	Method  string // "": GET
	Target  string // "": /
	Host    string
	Headers []string // further fields of the request
	Status  int      // 0: no answer
	Answer  []string // further fields of the answer
	Body    string   // of the answer
}

// HTTP sends one request over an open TCP flow and receives the answer.
func (c *TCPFlow) HTTP(q HTTP) *TCPFlow {
	if q.Method == "" {
		q.Method = "GET"
	}
	if q.Target == "" {
		q.Target = "/"
	}
	c.Send(lines(append([]string{q.Method + " " + q.Target + " HTTP/1.1", "Host: " + q.Host}, q.Headers...), ""))
	if q.Status == 0 {
		return c
	}
	head := append([]string{fmt.Sprintf("HTTP/1.1 %d Status", q.Status)}, q.Answer...)
	if q.Status >= 200 {
		head = append(head, fmt.Sprintf("Content-Length: %d", len(q.Body)))
	}
	return c.Recv(lines(head, q.Body))
}
