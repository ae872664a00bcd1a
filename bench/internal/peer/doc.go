// Package peer puts every pool and queue that is compared behind one shape.
//
// A peer is one file: an adapter type with a directive, a constructor named new
// plus the type's name, and the few short methods that the loops call.
//
//	//bench:pool 1 sync.Pool
//	type syncPool struct{ p *sync.Pool }
//
// The directive gives the kind, the place in the tables and the name. Kinds:
//
//   - pool: a pool of *Object, with get, put, putReset, scoped, getN and putN;
//   - bytes, large: a pool of []byte or *[]byte, and one of Large, with the one loop
//     Pair written out;
//   - of: a generic pool, an [Of], for workloads whose operations take long;
//   - loops: what has the methods and the loops of a pool and is no peer;
//   - handles, ring: a queue of uint32 and one of *Object, with push and pop.
//
// The loops that are timed come from loops.tmpl: go generate writes them out for
// each adapter, because that is the only way in Go to have one text compiled
// against each concrete type. A loop over an interface or over a type parameter
// with methods would call indirectly and could not inline, at a cost of the order
// of what is measured. After adding a peer run go generate ./... in bench.
//
// Files: peer.go, of.go (what the workloads see), one file a peer (plunge.go,
// syncpool.go, syncx.go, channel.go, mutex.go, xsync.go, commons.go, puddle.go);
// generated: *_loops.go (the loops of the adapters in the file of that name),
// registry.go (the list).
package peer

//go:generate go run ../gen -dir .
