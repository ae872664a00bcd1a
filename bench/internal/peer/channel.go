package peer

// channelPool is the free list of "Effective Go": a buffered channel, used without waiting. It has the same bound
// as plunge.
//
//bench:pool 3 channel
type channelPool struct {
	q chan *Object
	o *Options
}

func newChannelPool(o Options) channelPool {
	return channelPool{make(chan *Object, o.bound()), &o}
}

func (a channelPool) get() *Object {
	select {
	case o := <-a.q:
		return o
	default:
		return a.o.object()
	}
}

func (a channelPool) put(o *Object) {
	select {
	case a.q <- o:
	default: // full: to the garbage collector
	}
}

// channelLarge holds 128 bytes by value.
//
//bench:large 3 channel
type channelLarge struct {
	q chan Large
	o *Options
}

func newChannelLarge(o Options) channelLarge {
	return channelLarge{make(chan Large, o.bound()), &o}
}

// Pair implements Bytes.
func (a channelLarge) Pair(n int) int {
	for range n {
		var l Large
		select {
		case l = <-a.q:
		default:
			l = a.o.large()
		}
		l.touch()
		select {
		case a.q <- l:
		default:
		}
	}
	return n
}

// channelOf is channelPool for any type.
//
//bench:of 3 channel
type channelOf[T any] struct {
	q chan T
	o OfOptions[T]
}

func newChannelOf[T any](o OfOptions[T]) channelOf[T] {
	return channelOf[T]{make(chan T, o.bound()), o}
}

// Get implements Of.
func (a channelOf[T]) Get() Held[T] {
	select {
	case v := <-a.q:
		return Held[T]{V: v}
	default:
		return Held[T]{V: a.o.make()}
	}
}

// Put implements Of.
func (a channelOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	select {
	case a.q <- h.V:
	default: // full: to the garbage collector
	}
}
