// Code generated from hits.tmpl by internal/check/hits. DO NOT EDIT.

package shard

import (
	stdatomic "sync/atomic"
	"unsafe"

	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// D1: the functions of this file have the hits, if pin.Direct is set. Each is a nosplit function and never inlined.
// From pin.M until it is done with the lane it calls nothing, in builds without inlining, too. So that part is a
// pinned section. Its lines are repeated in each function, since a call costs a tenth of a hit; hits.tmpl has them
// once. None is a method: for a method as a value or in an interface the compiler makes another one, also nosplit,
// which takes and returns a T of any size.
//
// D2: they have few variables and few blocks. In builds without optimization each variable takes a word of the stack.
// With -covermode=atomic each block does, too. large.go says how much there is. internal/check/builds links them for
// each kind of T in each such build.

// GetBy is b.Get() for a Bag that M makes at its first use. It is a function, not a
// method, so that its callers can be inlined.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func GetBy[T any, M Maker[T]](b *Bag[T]) (v T) {
	if unsafe.Sizeof(v) > maxBoxless {
		x := (*lazy[T, M])(b).getLarge()
		v = *x
		b.free(x)
		return v
	}
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		return (*lazy[T, M])(b).getOrMiss()
	}
	var id uint
	var l *lane[T]
	l = (*lane[T])(pin.M())
	id = uint(pin.Offset)
	oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a Bag that was not made
	if id != 0 && oldest != 0 {
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
		l = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		if id < l.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			// One unsigned compare tells an empty magazine and proves the index.
			cells := l.loaded.cells
			id = l.loaded.n - 1
			if id < uint(len(cells)) && cells[id].stamp >= oldest {
				l.gets++
				v = cells[id].v
				l.loaded.n = id
				return v
			}
		}
	}
	return (*lazy[T, M])(b).getOrMiss()
}

// TryGetBy is b.TryGet() for a Bag that M makes at its first use.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func TryGetBy[T any, M Maker[T]](b *Bag[T]) (v T, ok bool) {
	if unsafe.Sizeof(v) > maxBoxless {
		x := (*lazy[T, M])(b).tryGetLarge()
		if x == nil {
			return v, false
		}
		v = *x
		b.free(x)
		return v, true
	}
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		return (*lazy[T, M])(b).getOrNot()
	}
	var id uint
	var l *lane[T]
	l = (*lane[T])(pin.M())
	id = uint(pin.Offset)
	oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a Bag that was not made
	if id != 0 && oldest != 0 {
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
		l = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		if id < l.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			// One unsigned compare tells an empty magazine and proves the index.
			cells := l.loaded.cells
			id = l.loaded.n - 1
			if id < uint(len(cells)) && cells[id].stamp >= oldest {
				l.gets++
				v = cells[id].v
				l.loaded.n = id
				return v, true
			}
		}
	}
	return (*lazy[T, M])(b).getOrNot()
}

// PutBy is b.Put(v) for a Bag that M makes at its first use.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func PutBy[T any, M Maker[T]](b *Bag[T], v T) {
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		if unsafe.Sizeof(v) > maxBoxless {
			x := b.box()
			*x = v
			(*lazy[T, M])(b).putLarge(x)
		} else if !race.Enabled && b.plain || (*lazy[T, M])(b).prepare(v) {
			(*lazy[T, M])(b).putOrOverflow(v)
		}
		return
	}
	var id uint
	var l *lane[T]
	if !b.plain { // or not made: Z1
		// H2. This is firstWord, which would be a call in builds without inlining.
		if unsafe.Sizeof(v) < unsafe.Sizeof(id) && b.unguarded > 0 || unsafe.Sizeof(v) >= unsafe.Sizeof(id) && *(*uintptr)(unsafe.Pointer(&v))-1 < b.unguarded {
			l = (*lane[T])(pin.M())
			id = uint(pin.Offset)
			id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
			l = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		}
		if l != nil && id < l.n { // H1
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			l.n++
			b.ask(v, unseen{})
		} else if !(*lazy[T, M])(b).prepare(v) {
			return
		}
	}
	l = (*lane[T])(pin.M())
	id = uint(pin.Offset)
	stamp := stdatomic.LoadInt64(&b.stamp) // 0 in a Bag that was not made
	if id != 0 && stamp != 0 {
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
		l = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		if id < l.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			id = l.loaded.n
			if id < uint(len(l.loaded.cells)) {
				free := &l.loaded.cells[id]
				free.stamp = stamp
				l.loaded.n = id + 1
				l.puts++
				if b.ask != nil {
					l.n--
				}
				free.v = v
				return
			}
		}
	}
	(*lazy[T, M])(b).putOrOverflow(v)
}

// GetSized returns n bytes of a block of the class, with its capacity, and counts them. n is a
// length of the class, or 0: that is not checked.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func GetSized(c *SizeClass, n int) []byte {
	if pin.Direct {
		var id, i uint
		var l *lane[*byte]
		l = (*lane[*byte])(pin.M())
		id = uint(pin.Offset)
		b, rows := c.bag, uint(stdatomic.LoadUintptr(&c.rows)) // Y2
		if id != 0 && b != nil {
			oldest := stdatomic.LoadInt64(&b.oldest)
			id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
			l = (*lane[*byte])(stdatomic.LoadPointer(&b.lanes))
			if id < l.n && id < rows {
				l = (*lane[*byte])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
				// One unsigned compare tells an empty magazine and proves the index.
				cells := l.loaded.cells
				i = l.loaded.n - 1
				if i < uint(len(cells)) && cells[i].stamp >= oldest {
					// Without this test the compiler would check v by a load, which waits for a cold block.
					if v := cells[i].v; v != nil {
						l.gets++
						l.loaded.n = i
						*(*uint64)(unsafe.Add(c.row, id<<(c.log&63)+uint(n-1-int(c.low))>>(c.shift&63)%SizeSteps*8)) += uint64(n) // Y1
						return (*[anySize]byte)(unsafe.Pointer(v))[:n:c.size]
					}
				}
			}
		}
	}
	return c.get(n)
}

// PutSized puts back the block that b is, or a prefix of it, by its capacity.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func PutSized(c *SizeClass, b []byte) {
	if pin.Direct {
		var id uint
		var l *lane[*byte]
		l = (*lane[*byte])(pin.M())
		id = uint(pin.Offset)
		if id != 0 && c.back == cap(b) {
			bag := c.bag
			stamp := stdatomic.LoadInt64(&bag.stamp) // 0 to have the policy asked
			id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
			l = (*lane[*byte])(stdatomic.LoadPointer(&bag.lanes))
			if id < l.n && stamp != 0 {
				l = (*lane[*byte])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
				id = l.loaded.n
				if id < uint(len(l.loaded.cells)) {
					free := &l.loaded.cells[id]
					free.stamp = stamp
					l.loaded.n = id + 1
					l.puts++
					free.v = unsafe.SliceData(b)
					return
				}
			}
		}
	}
	c.put(b)
}

// GetNBy is b.GetN(dst) for a Bag that M makes at its first use.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func GetNBy[T any, M Maker[T]](b *Bag[T], dst []T) {
	k := 0
	if pin.Direct && unsafe.Sizeof(*new(T)) <= maxDirectN {
		var id uint
		var l *lane[T]
		l = (*lane[T])(pin.M())
		id = uint(pin.Offset)
		oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a Bag that was not made
		if id != 0 && oldest != 0 {
			id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
			l = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
			if id < l.n {
				l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
				if i := l.loaded.n; i >= uint(len(dst)) && i <= uint(len(l.loaded.cells)) {
					cells := l.loaded.cells[:i]
					for k < len(dst) {
						c := &cells[len(cells)-1-k]
						if c.stamp < oldest {
							break
						}
						dst[k] = c.v
						k++
					}
					l.loaded.n = i - uint(k)
					l.gets += uint(k)
				}
			}
		}
	}
	if k < len(dst) {
		(*lazy[T, M])(b).getRest(dst, k)
	}
}

// PutNBy is b.PutN(src) for a Bag that M makes at its first use.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func PutNBy[T any, M Maker[T]](b *Bag[T], src []T) {
	if !pin.Direct || unsafe.Sizeof(*new(T)) > maxDirectN || !b.plain {
		(*lazy[T, M])(b).putRest(src)
		return
	}
	k := 0
	var id uint
	var l *lane[T]
	l = (*lane[T])(pin.M())
	id = uint(pin.Offset)
	stamp := stdatomic.LoadInt64(&b.stamp) // 0 in a Bag that was not made
	if id != 0 && stamp != 0 {
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(l), id))))
		l = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		if id < l.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			if i := l.loaded.n; i <= uint(len(l.loaded.cells)) {
				free := l.loaded.cells[i:]
				k = min(len(src), len(free))
				for j, v := range src[:k] {
					c := &free[j]
					c.v = v
					c.stamp = stamp
				}
				l.loaded.n = i + uint(k)
				l.puts += uint(k)
			}
		}
	}
	if k < len(src) {
		(*lazy[T, M])(b).putRest(src[k:])
	}
}
