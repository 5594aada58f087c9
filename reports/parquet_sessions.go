package reports

import (
	"webexaudit/analyzer/record"
)

// reachabilityRow is one cell of the reachability matrix.
type reachabilityRow struct {
	lakeHead
	Client       string   `parquet:"client,dict,id(5)"`
	Prefix       string   `parquet:"prefix,dict,id(6)"`
	Port         int32    `parquet:"port,id(7)"`
	Transport    string   `parquet:"transport,dict,id(8)"`
	Asked        int64    `parquet:"asked,id(9)"`
	Answered     int64    `parquet:"answered,id(10)"`
	Reset        int64    `parquet:"reset,id(11)"`
	ICMPRejected int64    `parquet:"icmp_rejected,id(12)"`
	Silent       int64    `parquet:"silent,id(13)"`
	RTTMedianMs  *float64 `parquet:"rtt_median_ms,optional,id(14)"`
	Requests     int64    `parquet:"requests,id(15)"`
	Clients      []string `parquet:"clients,list,id(16)" parquet-element:",id(1016)"`
	FlowIDs      []string `parquet:"flow_ids,list,id(17)" parquet-element:",id(1017)"`
	FirstSeen    *int64   `parquet:"first_seen,optional,timestamp(microsecond),id(18)"`
	LastSeen     *int64   `parquet:"last_seen,optional,timestamp(microsecond),id(19)"`
}

// sessionRow is one client's call or meeting.
type sessionRow struct {
	lakeHead
	SessionID  string   `parquet:"session_id,id(5)"`
	Client     *string  `parquet:"client,optional,dict,id(6)"`
	Service    string   `parquet:"service,dict,id(7)"`
	Transport  string   `parquet:"transport,dict,id(8)"`
	Transports *string  `parquet:"transports,optional,id(9)"` // JSON text: transport, start_time, end_time, bytes
	Cause      *string  `parquet:"cause,optional,dict,id(10)"`
	Node       *string  `parquet:"node,optional,dict,id(11)"`
	StartTime  int64    `parquet:"start_time,timestamp(microsecond),id(12)"`
	EndTime    int64    `parquet:"end_time,timestamp(microsecond),id(13)"`
	FlowIDs    []string `parquet:"flow_ids,list,id(14)" parquet-element:",id(1014)"`
}

func reachabilityToRow(h lakeHead, x *record.Reachability) reachabilityRow {
	return reachabilityRow{
		lakeHead: h, Client: valid(x.Client), Prefix: x.Prefix, Port: int32(x.Port), Transport: string(x.Transport),
		Asked: x.Asked, Answered: x.Answered, Reset: x.Reset, ICMPRejected: x.ICMPRejected, Silent: x.Silent,
		RTTMedianMs: x.RTTMedianMs, Requests: x.Requests, Clients: allValid(x.Clients), FlowIDs: x.FlowIDs,
		FirstSeen: maybeMicros(x.FirstSeen), LastSeen: maybeMicros(x.LastSeen),
	}
}

func sessionToRow(h lakeHead, x *record.Session) sessionRow {
	return sessionRow{
		lakeHead: h, SessionID: x.SessionID, Client: known(address(x.Client)), Service: string(x.Service), Transport: string(x.Transport),
		Transports: jsonText(x.Transports), Cause: known(x.Cause), Node: known(x.Node),
		StartTime: micros(x.StartTime), EndTime: micros(x.EndTime), FlowIDs: x.FlowIDs,
	}
}
