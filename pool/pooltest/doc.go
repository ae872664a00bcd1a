// Package pooltest helps to test code that uses package pool: AssertNoLeaks finds
// objects that were not released, and Deterministic makes a pool hand them out in
// an order that does not depend on the scheduler.
//
//	func TestServer(t *testing.T) {
//		p := pool.Must(pool.New(pooltest.Deterministic(pool.Options[*Conn]{
//			New:   dial,
//			Check: true,
//		})))
//		defer pooltest.AssertNoLeaks(t, p)
//		…
//	}
//
// With the environment variable PLUNGE_CHECK=1 every pool of a test binary is a
// checked one: go test finds objects released twice, and buffers used after their release, without
// a change to the code. Tests that count on an object being used again at once need PLUNGE_QUARANTINE=0, too.
package pooltest
