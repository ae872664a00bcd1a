// Package puddle gives a resource.Pool the API of github.com/jackc/puddle/v2, so that puddle's tests can be run
// against it: see puddle_test.go. It also shows what a program that changes from one to the other has to know:
//
//   - A Handle is good for one loan, a puddle.Resource for the life of the resource. So the pool is one of *Resource.
//   - Errors of package resource say more. They wrap what puddle returns.
//   - After a failure of New the next call is delayed. Callers wait for that, or for their context's end.
//   - TryAcquire makes nothing, and no call makes a resource while others are idle, except for MinIdle.
//   - Drain, which is Reset, refuses callers for a moment, even waiting ones. Here they ask again, and come last then.
//   - The figures of Acquires that waited are Stats.Waited and WaitTime. Here they are counted in puddle's way.
//   - Close refuses those that wait, also for a resource that is being made.
//   - A resource that is being closed counts for the limit, and for Stats.Live.
package puddle
