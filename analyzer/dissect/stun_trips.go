package dissect

// Trip is a STUN transaction that was answered.
type Trip struct {
	Time int64 // of the request
	RTT  int64 // ns to the answer
}

// maxTrips is how many are kept of a flow.
const maxTrips = 256

// Trips are the round trips of the flow by time, at most 256, spread over all.
func (x *STUNFacts) Trips() []Trip { return x.trips.List }
