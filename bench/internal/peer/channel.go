package peer

// channelPool is the free list of "Effective Go": a buffered channel, tried
// without waiting. It is bounded as plunge is.
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

func (a channelPool) putReset(o *Object) {
	o.wipe()
	a.put(o)
}

func (a channelPool) scoped() {
	o := a.get()
	defer a.put(o)
	o.touch()
}

func (a channelPool) getN(dst []*Object) {
	for i := range dst {
		dst[i] = a.get()
	}
}

func (a channelPool) putN(held []*Object) {
	for _, o := range held {
		a.put(o)
	}
}
