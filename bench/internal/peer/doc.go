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
//   - pool: a pool of *Object, with get and put; and with putReset, scoped, getN and putN
//     where it has a better way than the usual one, which is written out, too;
//   - bytes, large: a pool of []byte or *[]byte, and one of Large, with the one loop
//     Pair written out;
//   - of: a generic pool, an [Of], for workloads whose operations take long;
//   - loops: what has the methods and the loops of a pool and is no peer;
//   - handles, ring: a queue of uint32 and one of *Object, with push and pop;
//   - buffers, fixed: a pool of byte slices, or pointers to them, of any length and of
//     one, with get of a length and put;
//   - log: a pool of growable buffers, with get and put.
//
// The loops that are timed come from loops.tmpl: go generate writes them out for
// each adapter, because that is the only way in Go to have one text compiled
// against each concrete type. A loop over an interface or over a type parameter
// with methods would call indirectly and could not inline, at a cost of the order
// of what is measured. After adding a peer run go generate ./... in bench.
//
// Files: peer.go, of.go, buffers.go (what the workloads see), one file a peer
// (plunge.go and plungebuffers.go, syncpool.go, syncx.go, channel.go, mutex.go,
// xsync.go, commons.go, puddle.go, mcache.go, grpc.go, bytebufferpool.go, make.go);
// generated: *_loops.go (the loops of the adapters in the file of that name),
// registry.go (the list).
package peer

//go:generate go run ../gen -dir .
