package dissect

// Trip is a STUN transaction that was answered.
type Trip struct {
	Time int64 // of the request
	RTT  int64 // ns to the answer
}

// maxTrips is how many are kept of a flow.
const maxTrips = 256

// trips keep every transaction of few, and of many every second, fourth …, spread over the flow.
type trips struct {
	list        []Trip
	every, left int // as many lie between two that are kept, and are still to be left out
}

func (k *trips) add(t Trip) {
	if k.left > 0 {
		k.left--
		return
	}
	if len(k.list) == maxTrips {
		for i := range maxTrips / 2 {
			k.list[i] = k.list[2*i]
		}
		k.list, k.every = k.list[:maxTrips/2], 2*k.every+1
	}
	k.list, k.left = append(k.list, t), k.every
}

// Trips are the round trips of the flow by time, at most 256.
func (x *STUNFacts) Trips() []Trip { return x.trips.list }
