// Package web is the workload http: a server on loopback that answers with
// gzipped JSON, made through a pooled gzip.Writer and bytes.Buffer, under load
// from a client in another process. plunge is compared with sync.Pool and with
// no pool.
//
// Each of the three servers is a process of its own, so that the garbage
// collector of each works on what that one keeps and allocates; the client is
// one process, which loads them in turns. All are this program, started again
// with hidden arguments. They end when their standard input does, so that they
// outlive this process by no way of ending it.
//
// The client sends its next request on a connection when it has the answer to
// the last: the load follows the server, and the latencies are those of a
// server that is kept busy, not of one at a given rate.
//
// The workload buffers-proxy has the same client and four proxies, each a process of
// its own with another pool of buffers, before one server of files.
//
// Files: payload.go (the documents), handler.go (the three handlers), proxy.go (the
// proxies, their pools and the files), server.go and client.go (what the processes
// do), child.go (starting and ending them), web.go (the rounds).
package web
