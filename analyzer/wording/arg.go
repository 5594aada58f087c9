package wording

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Kind says what an Arg is.
type Kind string

// The kinds of values. What names somebody's machines, networks and people is address, endpoint, prefix, name, subject
// or dn.
const (
	KindText     Kind = "text"     // a fixed word; Value
	KindCount    Kind = "count"    // N of a noun, One or Many
	KindNumber   Kind = "number"   // N, or F where it is no whole number
	KindBytes    Kind = "bytes"    // N
	KindDuration Kind = "duration" // F seconds
	KindPercent  Kind = "percent"  // F, 0 to 100
	KindUnknown  Kind = "unknown"  // a number that is none: NaN, infinity
	KindAddress  Kind = "address"  // Value: an IP address
	KindEndpoint Kind = "endpoint" // Value: IP address and port
	KindPrefix   Kind = "prefix"   // Value: an IP prefix
	KindName     Kind = "name"     // Value: a DNS name, SIP URI, host
	KindSubject  Kind = "subject"  // Value: the key of a record.Subject, Of: its kind
	KindDN       Kind = "dn"       // Value: a distinguished name as of RFC 4514
	KindList     Kind = "list"     // Args, and N more
	KindTime     Kind = "time"     // Value: a time as of RFC 3339, Of: "date" where the day is to be said too
	KindNested   Kind = "nested"   // Text
)

// Arg is one value of a sentence. In JSON a text is a string, a number a number, and all else an object.
type Arg struct {
	Kind  Kind    `json:"kind"`
	Value string  `json:"value,omitempty"`
	Of    string  `json:"of,omitempty"`
	N     int64   `json:"n,omitempty"`
	F     float64 `json:"f,omitempty"`
	One   string  `json:"one,omitempty"`
	Many  string  `json:"many,omitempty"`
	Args  []Arg   `json:"args,omitempty"`
	Text  *Text   `json:"text,omitempty"`
}

// Word is a fixed text.
func Word(s string) Arg { return Arg{Kind: KindText, Value: valid(s)} }

// Address is an IP address.
func Address(a netip.Addr) Arg { return Arg{Kind: KindAddress, Value: a.String()} }

// Endpoint is an IP address with a port.
func Endpoint(a netip.AddrPort) Arg { return Arg{Kind: KindEndpoint, Value: a.String()} }

// Prefix is an IP prefix.
func Prefix(p netip.Prefix) Arg { return Arg{Kind: KindPrefix, Value: p.String()} }

// Name is a DNS name, a SIP URI, the name of a host.
func Name(s string) Arg { return Arg{Kind: KindName, Value: valid(s)} }

// Subject is what a finding is about, by the kind and the key of a record.Subject: "10.20.1.0/24", "site Basel", "the
// capture".
func Subject(kind, key string) Arg { return Arg{Kind: KindSubject, Of: valid(kind), Value: valid(key)} }

// Clock is a time of day, with the date where the reader needs it to tell the day. It reads in UTC and says so; a
// report that names its zone once replaces it (Text.Map).
func Clock(t time.Time, dated bool) Arg {
	a := Arg{Kind: KindTime, Value: t.UTC().Format(time.RFC3339Nano)}
	if dated {
		a.Of = "date"
	}
	return a
}

// Time is that of an Arg of KindTime; false for any other.
func (a Arg) Time() (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, a.Value)
	return t, a.Kind == KindTime && err == nil
}

func clockText(a Arg) string {
	t, ok := a.Time()
	switch {
	case !ok:
		return a.Value
	case a.Of == "date":
		return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	return t.UTC().Format(time.TimeOnly) + " UTC"
}

// Nested is a sentence, or a part of one, within another.
func Nested(t Text) Arg { return Arg{Kind: KindNested, Text: &t} }

// String implements fmt.Stringer.
func (a Arg) String() string {
	switch a.Kind {
	case KindCount:
		if a.N == 1 {
			return "1 " + a.One
		}
		return grouped(a.N) + " " + a.Many
	case KindNumber:
		if a.F != 0 {
			return decimal(a.F)
		}
		return grouped(a.N)
	case KindBytes:
		return bytesText(a.N)
	case KindDuration:
		return durationText(a.F)
	case KindPercent:
		return percentText(a.F)
	case KindUnknown:
		return "unknown"
	case KindSubject:
		return subjectText(a.Of, a.Value)
	case KindDN:
		return unescape(a.Value)
	case KindList:
		return listText(a.Args, a.N)
	case KindTime:
		return clockText(a)
	case KindNested:
		if a.Text != nil {
			return a.Text.String()
		}
	}
	return a.Value
}

func subjectText(kind, key string) string {
	switch kind {
	case "subnet", "":
		return key
	case "run":
		return "the capture"
	case "issuer":
		return "issuer " + unescape(key)
	}
	return kind + " " + key
}

// argument makes an Arg of what a caller has.
func argument(v any) Arg {
	switch v := v.(type) {
	case Arg:
		return v
	case Text:
		return Nested(v)
	case netip.Addr:
		return Address(v)
	case netip.AddrPort:
		return Endpoint(v)
	case netip.Prefix:
		return Prefix(v)
	case time.Duration:
		return Duration(v)
	case fmt.Stringer:
		return Word(v.String())
	}
	switch r := reflect.ValueOf(v); {
	case !r.IsValid():
		return Word("")
	case r.CanInt():
		return Number(r.Int())
	case r.CanUint() && r.Uint() < 1<<63:
		return Number(int64(r.Uint()))
	case r.CanUint():
		return Decimal(float64(r.Uint()))
	case r.CanFloat():
		return Decimal(r.Float())
	}
	return Word(fmt.Sprint(v))
}

// valid makes a text what JSON would make of it.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// object is an Arg without methods.
type object Arg

// MarshalJSON implements json.Marshaler.
func (a Arg) MarshalJSON() ([]byte, error) {
	switch {
	case a.Kind == KindText:
		return json.Marshal(a.Value)
	case a.Kind == KindNumber && a.F != 0:
		return json.Marshal(a.F)
	case a.Kind == KindNumber:
		return strconv.AppendInt(nil, a.N, 10), nil
	}
	return json.Marshal(object(a))
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Arg) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '{':
		*a = Arg{}
		return json.Unmarshal(b, (*object)(a))
	case '"':
		*a = Arg{Kind: KindText}
		return json.Unmarshal(b, &a.Value)
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*a = Number(n)
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("an argument is a text, a number or an object, not %s", b)
	}
	*a = Decimal(v)
	return nil
}
