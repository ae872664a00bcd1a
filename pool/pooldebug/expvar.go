package pooldebug

import (
	"expvar"

	"github.com/plungepool/plunge/pool"
)

// Publish makes all named pools an expvar variable: an array of pool.Info, as they are at the time of the request, which
// package expvar serves at /debug/vars. A name can be used once in a process: if an expvar variable has it
// already, Publish logs that and panics, as expvar.Publish does. Call it from main or from the initialization of a package.
func Publish(name string) {
	expvar.Publish(name, expvar.Func(func() any { return infos() }))
}

// infos returns all named pools, never nil.
func infos() []pool.Info {
	all := []pool.Info{}
	for i := range pool.All() {
		all = append(all, i)
	}
	return all
}
