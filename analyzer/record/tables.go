package record

import "net/netip"

// Capture is a row of the table captures: an input file or a live interface, how far it can be trusted, and by what it
// was judged.
type Capture struct {
	Path      string `json:"path,omitempty" parquet:"5"`       // file as it was named; absent for an interface
	Interface string `json:"interface,omitempty" parquet:"6"`  // interface of a live capture
	Packets   int64  `json:"packets" parquet:"9"`              // frames read
	FirstTime Time   `json:"first_time,omitzero" parquet:"10"` // of the first packet
	LastTime  Time   `json:"last_time,omitzero" parquet:"11"`  // of the last packet
	// what is wrong with the file, with byte offset and packet number; absent: nothing
	Damage string         `json:"damage,omitempty" parquet:"14"`
	File   *File          `parquet:"flat,null"`
	Health *CaptureHealth `parquet:"flat,null"`
	Run    *Run           `parquet:"flat"`
}

// Captures makes one capture of each file and of each health record that belongs to no file.
func (s *Set) Captures() []*Capture {
	run := s.Run
	if run == nil {
		run = new(Run)
	}
	var list []*Capture
	joined := map[*CaptureHealth]bool{}
	for i := range run.Files {
		f := &run.Files[i]
		c := &Capture{Path: f.Path, Packets: f.Packets, FirstTime: f.FirstTime, LastTime: f.LastTime, Damage: f.Damage,
			File: f, Run: run}
		for _, h := range s.Health {
			if !joined[h] && h.Interface == "" && (h.File == f.Path || h.File == "" && len(run.Files) == 1) {
				c.Health, joined[h] = h, true
				break
			}
		}
		list = append(list, c)
	}
	for _, h := range s.Health {
		if !joined[h] {
			list = append(list, &Capture{Path: h.File, Interface: h.Interface, Packets: h.Packets,
				FirstTime: h.StartTime, LastTime: h.EndTime,
				Damage: h.Damage, Health: h, Run: run})
		}
	}
	return list
}

// Handshake is a row of the table tls_sessions: a TLS session, which carries no time and no client, and when its flow
// began and whose it was.
type Handshake struct {
	StartTime Time `json:"start_time,omitzero" parquet:"7"` // of the flow; absent where its record is missing
	// address of the Webex client's side, where the flow is Webex
	Client netip.Addr `json:"client,omitzero" parquet:"65,dict"`
	// the /24 (IPv4) or /64 (IPv6) around it
	ClientSubnet string `json:"client_subnet,omitempty" parquet:"66,dict"`
	// the name that the site file gives its place
	Site    string      `json:"site,omitempty" parquet:"67,dict"`
	Session *TLSSession `parquet:"flat"`
}
