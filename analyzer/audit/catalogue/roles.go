package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/site"
)

// A machine may have several roles; a record names one of them, the site file all.

// isClient reports whether the flow's client has the role, by its record or by the site file.
func isClient(e *audit.Env, f *observe.Flow, role site.Role) bool {
	return hasRole(e, f.ClientRole, f.From, role)
}

// isServer reports whether the flow's server has the role.
func isServer(e *audit.Env, f *observe.Flow, role site.Role) bool {
	return hasRole(e, f.ServerRole, f.Server().Addr(), role)
}

func hasRole(e *audit.Env, recorded string, a netip.Addr, role site.Role) bool {
	return recorded == string(role) || recorded != "" && e.Site.HasRole(a, role)
}
