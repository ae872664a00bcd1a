// Package web is the workload http: a server on loopback that answers with
// gzipped JSON, made through a pooled gzip.Writer and bytes.Buffer, under load
// from a client. plunge is compared with sync.Pool and with no pool.
//
// Each of the three servers is a process of its own, so that each garbage collector works only on what its server
// keeps and allocates. It is this program, started again with hidden arguments. It ends when its standard input does,
// so that it never outlives this process, however that ends. The client is in this process, and loads the servers in
// turns.
//
// The client sends the next request on a connection when it has the answer to the last. So the load follows the
// server, and the latencies are those of a busy server, not those at a given rate.
//
// The workload buffers-proxy has the same client and four proxies before one server of files. Each proxy is a
// process of its own, with a different pool of buffers.
//
// Files: payload.go (the documents), handler.go (the three handlers), proxy.go (the
// proxies, their pools and the files), server.go (what the processes do), child.go
// (starting and ending them), client.go (a sample), web.go (the rounds).
package web
