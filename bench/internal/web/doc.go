// Package web is the workload http: a server on loopback that answers with
// gzipped JSON, made through a pooled gzip.Writer and bytes.Buffer, under load
// from a client in another process. plunge is compared with sync.Pool and with
// no pool.
//
// Each of the three servers is a process of its own, so that each garbage collector works only on what its server
// keeps and allocates. The client is one process, which loads the servers in turns. All are this program, started
// again with hidden arguments. They end when their standard input does, so that they never outlive this process,
// however it ends.
//
// The client sends the next request on a connection when it has the answer to the last. So the load follows the
// server, and the latencies are those of a busy server, not those at a given rate.
//
// The workload buffers-proxy has the same client and four proxies before one server of files. Each proxy is a
// process of its own, with a different pool of buffers.
//
// Files: payload.go (the documents), handler.go (the three handlers), proxy.go (the
// proxies, their pools and the files), server.go and client.go (what the processes
// do), child.go (starting and ending them), web.go (the rounds).
package web
