package poolvet

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// role is what a call does to a pooled object.
type role int

const (
	none       role = iota
	acquire         // returns an object
	release         // takes its first argument back
	borrow          // returns a lease
	lend            // returns a lease of its first argument
	view            // returns the object of the lease or Buffer, which giveBack of the receiver releases
	giveBack        // releases the receiver; may be repeated
	discard         // ends the lease, but does not pool the object
	revive          // makes the receiver usable again: no touch
	touch           // any other method that panics after giveBack
	newPool         // returns a pool of its own
	sharedPool      // returns the process-wide pool
)

const plunge = "github.com/plungepool/plunge/"

// api is the role of each function, by package, receiver and name. A method of Buffer that
// is not here is a touch.
var api = map[string]role{
	"sync.Pool.Get": acquire,
	"sync.Pool.Put": release,

	plunge + "pool/syncpool.Pool.Get": acquire,
	plunge + "pool/syncpool.Pool.Put": release,

	plunge + "pool.New":             newPool,
	plunge + "pool.NewTyped":        newPool,
	plunge + "pool.Must":            newPool,
	plunge + "pool.Pool.Acquire":    acquire,
	plunge + "pool.Pool.TryAcquire": acquire,
	plunge + "pool.Pool.Release":    release,
	plunge + "pool.Pool.Borrow":     borrow,
	plunge + "pool.Pool.Lend":       lend,
	plunge + "pool.BorrowSlice":     borrow,
	plunge + "pool.BorrowMap":       borrow,
	plunge + "pool.BorrowSet":       borrow,
	plunge + "pool.Lease.Value":     view,
	plunge + "pool.Lease.Release":   giveBack,
	plunge + "pool.Lease.Discard":   discard,

	plunge + "buffers.New":                newPool,
	plunge + "buffers.NewFixed":           newPool,
	plunge + "buffers.Must":               newPool,
	plunge + "buffers.Default":            sharedPool,
	plunge + "buffers.Acquire":            acquire,
	plunge + "buffers.Release":            release,
	plunge + "buffers.Pool.Acquire":       acquire,
	plunge + "buffers.Pool.AcquireZeroed": acquire,
	plunge + "buffers.Pool.Release":       release,
	plunge + "buffers.Pool.Borrow":        borrow,
	plunge + "buffers.Fixed.Acquire":      acquire,
	plunge + "buffers.Fixed.Release":      release,
	plunge + "buffers.Fixed.Borrow":       borrow,
	plunge + "buffers.AnyPool.Get":        acquire,
	plunge + "buffers.AnyPool.Put":        release,
	plunge + "buffers.Lease.Bytes":        view,
	plunge + "buffers.Lease.Release":      giveBack,

	plunge + "buffers.Buffer.Bytes":           view,
	plunge + "buffers.Buffer.Next":            view,
	plunge + "buffers.Buffer.Peek":            view,
	plunge + "buffers.Buffer.AvailableBuffer": view,
	plunge + "buffers.Buffer.Release":         giveBack,
	plunge + "buffers.Buffer.Close":           giveBack,
	plunge + "buffers.Buffer.Init":            revive,
}

// imports are the packages whose functions api has.
var imports = map[string]bool{"sync": true, plunge + "pool": true, plunge + "pool/syncpool": true, plunge + "buffers": true}

// funcName returns a function's name as api has it.
func funcName(f *types.Func) string {
	if f == nil || f.Pkg() == nil {
		return ""
	}
	name := f.Name()
	if recv := f.Signature().Recv(); recv != nil {
		t := recv.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		named, ok := types.Unalias(t).(*types.Named)
		if !ok {
			return ""
		}
		name = named.Obj().Name() + "." + name
	}
	return f.Pkg().Path() + "." + name
}

// funcRole returns the role of f.
func funcRole(f *types.Func) role {
	name := funcName(f)
	if r, ok := api[name]; ok {
		return r
	}
	if strings.HasPrefix(name, plunge+"buffers.Buffer.") {
		return touch
	}
	return none
}

// callee returns the function that a call names, or nil.
func callee(c *ssa.CallCommon) *types.Func {
	if f, ok := c.Value.(*ssa.Function); ok { // else a closure, such as the method value p.Release
		f, _ := f.Object().(*types.Func)
		return f
	}
	return nil
}

// roleOf returns the role of the function that an instruction calls, now or deferred.
func roleOf(instr ssa.Instruction) (role, *ssa.CallCommon) {
	c, ok := instr.(ssa.CallInstruction)
	if !ok {
		return none, nil
	}
	return funcRole(callee(c.Common())), c.Common()
}

// object returns the argument of a release or lend. It is the last one of the call, because the first may be the
// receiver.
func object(c *ssa.CallCommon) ssa.Value { return c.Args[len(c.Args)-1] }
