package peer

import "google.golang.org/grpc/mem"

// grpcBuffers is grpc's default pool: a sync.Pool for each of five sizes. It clears the buffers that it hands out.
//
//bench:buffers 2 grpc-mem
type grpcBuffers struct{ p mem.BufferPool }

func newGrpcBuffers(Options) grpcBuffers { return grpcBuffers{mem.DefaultBufferPool()} }

func (a grpcBuffers) get(n int) *[]byte { return a.p.Get(n) }
func (a grpcBuffers) put(b *[]byte)     { a.p.Put(b) }
