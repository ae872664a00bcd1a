package pooldebug

import (
	"expvar"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/resource"
)

// Publish publishes all named pools as an expvar variable, which package expvar serves at /debug/vars. Its value is
// the JSON of [Handler] at the time of the request. A name can be used once in a process: if an expvar variable
// already has it, Publish logs that and panics, as expvar.Publish does. Call it from main or from the
// initialization of a package.
func Publish(name string) {
	expvar.Publish(name, expvar.Func(func() any { return infos() }))
}

// info is a pool in JSON.
type info struct {
	pool.Info
	Resource *resource.Stats `json:"resource,omitempty"` // of a pool of package resource
}

// infos returns all named pools, never nil.
func infos() []info {
	all := []info{}
	pools, _ := read()
	for _, w := range pools {
		all = append(all, info{w.Info, w.limited})
	}
	return all
}
