// Package peer has an adapter of the same shape for every pool and queue that is compared.
//
// A peer is one file: an adapter type with a directive, a constructor whose name is new plus the type's name, and
// the few short methods that the loops call.
//
//	//bench:pool 1 sync.Pool
//	type syncPool struct{ p *sync.Pool }
//
// The directive gives the kind, the place in the tables and the name. Kinds:
//
//   - pool: a pool of *Object, with get and put. If it has a better way than the generated
//     putReset, scoped, getN and putN, it has these, too;
//   - bytes, large: a pool of []byte or *[]byte, or a pool of Large, with the loop Pair
//     written by hand;
//   - of: a generic pool, an [Of], for workloads with long operations;
//   - loops: a type with the methods and the loops of a pool that is no peer. Each loop
//     calls its method begin first;
//   - handles, ring: a queue of uint32 or of *Object, with push and pop;
//   - buffers, fixed: a pool of byte slices, or pointers to them, of any length or of one
//     length, with get, which takes a length, and put;
//   - log: a pool of growable buffers, with get and put.
//
// The timed loops come from loops.tmpl. go generate writes them for each adapter, because only in this way does Go
// compile one text against each concrete type. A loop over an interface, or over a type parameter with methods,
// would use indirect calls without inlining, which cost about as much as what is measured. After adding a peer run
// go generate ./... in bench.
//
// Files: peer.go, of.go, buffers.go (what the workloads see), one file a peer
// (plunge.go and plungebuffers.go, syncpool.go, syncx.go, channel.go, mutex.go,
// xsync.go, commons.go, puddle.go, mcache.go, grpc.go, bytebufferpool.go, make.go);
// generated: *_loops.go (the loops of the adapters in the file of that name),
// registry.go (the list).
package peer

//go:generate go run ../gen -dir .
