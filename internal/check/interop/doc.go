// Package interop has only tests. Each adapter of package buffers is used by the library that it is for, over
// loopback if that has a network, and every byte that comes back is compared. Package resource is used with real
// servers, which end, come back, cut connections and let dials hang. This is a module of its own, so that the root
// needs none of these libraries.
//
//	http_test.go       (*buffers.Pool).HTTP in a httputil.ReverseProxy
//	grpc_test.go       (*buffers.Pool).GRPC in a gRPC server and client
//	arrow_test.go      (*buffers.Pool).Arrow under arrow-go's builders, ipc reader and writer
//	pooldebug_test.go  the page of package pooldebug in Chromium, if there is one
//	websocket_test.go  (*buffers.Fixed).Any in both ends of gorilla's websocket
//	postgres_test.go   a resource.Pool of pgconn's connections to PostgreSQL, beside a pgxpool.Pool
//	postgres_faults_test.go  the same with outages, cuts and dials that hang
//	postgres_server_test.go, postgres_conn_test.go  the server and its connections
//	tcp_test.go        a resource.Pool of plain TCP connections
//	puddle/            puddle's own tests, run against a resource.Pool
//	proxy_test.go, resource_test.go  a proxy that cuts connections, and goroutines that use a pool
//
// The tests of package buffers check by the pool's counters that its buffers were used, and all came back.
//
// With PLUNGE_INTEROP=full in the environment each test does fifty times as much: the
// proxy passes 100,000 bodies instead of 2,000.
package interop
