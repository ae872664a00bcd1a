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
// With PLUNGE_CHECK=1 in the environment every pool of a test binary is checked. Then go test finds objects that
// are released twice, and buffers that are used after their release, without a change to the code. Tests that
// rely on getting a released object back at once need PLUNGE_QUARANTINE=0, too.
package pooltest
