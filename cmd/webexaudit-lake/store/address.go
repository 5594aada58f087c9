package store

import (
	"net/url"
	"slices"
	"strings"
)

// shared are the parameters of an address that a plan may hold: they say where a store is, and not who may read it.
var shared = []string{
	"region", "endpoint", "use_path_style", "s3ForcePathStyle", "hostname_immutable", "disable_https", "accelerate",
	"dualstack", "fips", "request_checksum_calculation", "response_checksum_validation",
	"anonymous", "domain", "protocol", "localemu", "cdn", "storage_account",
}

// shareable is an address without user, password and the parameters that may be secret.
func shareable(place string) string {
	u, err := url.Parse(place)
	if err != nil || !strings.Contains(place, "://") {
		return place
	}
	q := u.Query()
	for name := range q {
		if !slices.Contains(shared, name) {
			q.Del(name)
		}
	}
	if e, err := url.Parse(q.Get("endpoint")); err == nil && e.User != nil {
		e.User = nil
		q.Set("endpoint", e.String())
	}
	u.User, u.RawQuery, u.Fragment = nil, q.Encode(), ""
	return u.String()
}

// Address is what [Open] needs to open the store again, here or on another machine, where the credentials are found.
func (s *Store) Address() string {
	if s.bucket == nil {
		return s.dir
	}
	return s.address
}
