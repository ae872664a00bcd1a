package main

import (
	"testing"
	"time"
)

func push(call, ret int64, v uint32, ok bool) queueCall {
	return queueCall{call: call, ret: ret, push: true, v: v, ok: ok}
}

func pop(call, ret int64, v uint32, ok bool) queueCall {
	return queueCall{call: call, ret: ret, v: v, ok: ok}
}

// Histories of queues made by hand, in the order of their calls.
func TestQueueModels(t *testing.T) {
	for _, c := range []struct {
		name           string
		capacity       int
		calls          []queueCall
		handles, rings verdict
	}{
		{"nothing", 1, nil, sound, sound},
		{"in order", 2, []queueCall{push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 6, 7, true), pop(7, 8, 8, true)}, sound, sound},
		{"out of order", 2, []queueCall{push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 6, 8, true), pop(7, 8, 7, true)}, wrong, wrong},
		{"concurrent pushes", 2, []queueCall{push(1, 4, 7, true), push(2, 3, 8, true), pop(5, 6, 8, true), pop(7, 8, 7, true)}, sound, sound},
		{"the same stamp", 2, []queueCall{push(1, 2, 7, true), push(2, 3, 8, true), pop(5, 6, 8, true), pop(7, 8, 7, true)}, sound, sound},
		{"full", 1, []queueCall{push(1, 2, 7, true), push(3, 4, 8, false)}, sound, sound},
		{"full too early", 2, []queueCall{push(1, 2, 7, true), push(3, 4, 8, false)}, wrong, wrong},
		{"one too many", 1, []queueCall{push(1, 2, 7, true), push(3, 4, 8, true)}, wrong, wrong},
		{"empty while pushing", 1, []queueCall{push(1, 4, 7, true), pop(2, 3, 0, false)}, sound, sound},
		{"empty after push", 1, []queueCall{push(1, 2, 7, true), pop(3, 4, 0, false)}, wrong, wrong},
		{"twice", 1, []queueCall{push(1, 2, 7, true), pop(3, 6, 7, true), pop(4, 5, 7, true)}, wrong, wrong},
		{"popped before pushed", 1, []queueCall{pop(1, 2, 7, true), push(3, 4, 7, true)}, wrong, wrong},

		// 7 is claimed and not there yet, 8 is behind it.
		{
			"empty, for the oldest is half done", 2,
			[]queueCall{push(1, 8, 7, true), push(2, 3, 8, true), pop(4, 5, 0, false), pop(9, 10, 7, true), pop(11, 12, 8, true)},
			wrong, sound,
		},
		{
			"empty, while one behind the oldest is half done", 2,
			[]queueCall{push(1, 2, 7, true), push(3, 6, 8, true), pop(4, 5, 0, false), pop(7, 8, 7, true), pop(9, 10, 8, true)},
			wrong, wrong,
		},
		{
			"empty, for the oldest is half done, which then comes second", 2,
			[]queueCall{push(1, 8, 7, true), push(2, 3, 8, true), pop(4, 5, 0, false), pop(9, 10, 8, true), pop(11, 12, 7, true)},
			wrong, wrong,
		},
		{
			"empty, while a pop is half done", 2,
			[]queueCall{push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 8, 7, true), pop(6, 7, 0, false), pop(9, 10, 8, true)},
			wrong, wrong,
		},
		// The pop of 7 has made no room yet where the push wants it, that of 8 has.
		{
			"full, for the slot's pop is half done", 2,
			[]queueCall{
				push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 10, 7, true), pop(6, 7, 8, true), push(8, 9, 9, false),
			},
			wrong, sound,
		},
		{
			"full, while the pop of another slot is half done", 2,
			[]queueCall{
				push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 6, 7, true), pop(7, 10, 8, true), push(8, 9, 9, false),
			},
			wrong, wrong,
		},
		{
			"passes one that is half done", 2,
			[]queueCall{push(1, 2, 7, true), push(3, 10, 8, true), pop(4, 5, 7, true), push(6, 7, 9, true), pop(8, 9, 9, true), pop(11, 12, 8, true)},
			sound, sound, // for 8 can be claimed after 9 was popped
		},
		{
			"cannot be half done and popped", 3,
			[]queueCall{push(1, 10, 7, true), push(2, 3, 8, true), pop(4, 5, 7, true), pop(6, 7, 0, false), pop(11, 12, 8, true)},
			wrong, wrong,
		},
	} {
		for _, k := range []struct {
			name string
			kind queueKind
			want verdict
		}{{"handles", handlesKind, c.handles}, {"ring", ringKind, c.rings}} {
			p := played{searches: []search{k.kind.check(c.calls, c.capacity)}}
			if got, _ := p.judge(time.Minute); got != k.want {
				t.Errorf("%s, %s: got verdict %d, want %d", k.name, c.name, got, k.want)
			}
		}
	}
}

// Histories of a pool of one place or two, made by hand.
func TestPoolModels(t *testing.T) {
	at := func(call, ret int64, v poolVerb, id uint32) poolCall {
		return poolCall{call: call, ret: ret, verb: v, id: id}
	}
	sweep := func(call, ret int64, v poolVerb, n int) poolCall {
		return poolCall{call: call, ret: ret, verb: v, n: n}
	}
	for _, c := range []struct {
		name         string
		maxIdle      int
		calls        []poolCall
		objects, bag verdict
	}{
		{"reused", 1, []poolCall{at(1, 2, made, 1), at(3, 4, released, 1), at(5, 6, hit, 1)}, sound, sound},
		{"from nowhere", 1, []poolCall{at(1, 2, hit, 1)}, wrong, wrong},
		{"to two", 1, []poolCall{at(1, 2, made, 1), at(3, 4, released, 1), at(5, 8, hit, 1), at(6, 7, hit, 1)}, wrong, wrong},
		{"before it was released", 1, []poolCall{at(1, 2, made, 1), at(3, 4, hit, 1), at(5, 6, released, 1)}, wrong, wrong},
		{"a miss too early", 1, []poolCall{at(1, 2, made, 1), at(3, 4, released, 1), at(5, 6, missed, 0)}, sound, wrong},
		{"one made too early", 1, []poolCall{at(1, 2, made, 1), at(3, 4, released, 1), at(5, 6, made, 2)}, sound, wrong},
		{"a miss during the Release", 1, []poolCall{at(1, 2, made, 1), at(3, 6, released, 1), at(4, 5, missed, 0)}, sound, sound},
		{"destroyed, though there is room", 1, []poolCall{at(1, 2, made, 1), at(3, 6, released, 1), at(4, 5, destroyed, 1)}, sound, wrong},
		{"dropped, though there is room", 1, []poolCall{at(1, 2, made, 1), at(3, 6, released, 1), at(7, 8, missed, 0)}, sound, wrong},
		{
			"full", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, made, 2), at(5, 6, released, 1), at(7, 10, released, 2), at(8, 9, destroyed, 2), at(11, 12, hit, 1)},
			sound, sound,
		},
		{
			"one too many", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, made, 2), at(5, 6, released, 1), at(7, 8, released, 2), at(9, 10, hit, 1), at(11, 12, hit, 2)},
			wrong, wrong, // by checkBound
		},
		{
			"full while an Acquire is half done", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, made, 2), at(5, 6, released, 1), at(7, 14, hit, 1), at(8, 9, missed, 0), at(10, 13, released, 2), at(11, 12, destroyed, 2)},
			sound, sound,
		},
		{
			"full while nothing has the place", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, made, 2), at(5, 6, released, 1), at(7, 8, hit, 1), at(10, 13, released, 2), at(11, 12, destroyed, 2)},
			sound, wrong,
		},
		{
			"the younger first", 2,
			[]poolCall{at(1, 2, made, 1), at(3, 4, made, 2), at(5, 6, released, 1), at(7, 8, released, 2), at(9, 10, hit, 2), at(11, 12, hit, 1)},
			sound, wrong,
		},
		{
			"cleared", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, cleared, 1), at(6, 7, destroyed, 1), at(9, 10, missed, 0)},
			sound, sound,
		},
		{
			"after Clear", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, cleared, 0), at(9, 10, hit, 1)},
			wrong, wrong,
		},
		{
			"while Clear runs", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, cleared, 0), at(7, 10, hit, 1)},
			sound, sound,
		},
		{
			"Clear counts one too many", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, cleared, 2), at(6, 7, destroyed, 1)},
			sound, wrong,
		},
		{
			"cleared and never destroyed", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, cleared, 1)},
			wrong, sound,
		},
		{
			"destroyed twice", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 10, cleared, 1), at(6, 7, destroyed, 1), at(8, 9, destroyed, 1)},
			wrong, sound,
		},
		{
			"destroyed while held", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), at(5, 6, hit, 1), sweep(7, 10, cleared, 1), at(8, 9, destroyed, 1)},
			wrong, wrong,
		},
		{
			"handed out when destroyed", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, cleared, 1), at(6, 7, destroyed, 1), at(9, 10, hit, 1)},
			wrong, wrong,
		},
		{
			"destroyed by nobody", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), at(5, 6, destroyed, 1)},
			wrong, wrong, // by checkCauses
		},
		{
			"after Close", 1,
			[]poolCall{at(1, 2, made, 1), at(3, 4, released, 1), sweep(5, 8, closed, 0), at(9, 10, hit, 1)},
			wrong, wrong,
		},
		{
			"kept after Close", 1,
			[]poolCall{at(1, 2, made, 1), sweep(3, 4, closed, 0), at(5, 6, released, 1), at(7, 8, hit, 1)},
			wrong, wrong,
		},
		{
			"destroyed after Close", 1,
			[]poolCall{at(1, 2, made, 1), sweep(3, 4, closed, 0), at(5, 8, released, 1), at(6, 7, destroyed, 1)},
			sound, sound,
		},
		{
			"pruned or not", 2,
			[]poolCall{
				at(1, 2, made, 1), at(3, 4, released, 1), at(5, 6, made, 2), at(7, 8, released, 2),
				sweep(9, 12, pruned, 1), at(10, 11, destroyed, 1), at(13, 14, hit, 2),
			},
			sound, wrong, // the bag's histories have no Prune
		},
	} {
		objects := played{broken: checkCauses(c.calls) + checkBound(c.calls, c.maxIdle), searches: checkObjects(c.calls, false)}
		if got, _ := objects.judge(time.Minute); got != c.objects {
			t.Errorf("pool, %s: got verdict %d, want %d", c.name, got, c.objects)
		}
		bag := played{broken: checkCauses(c.calls), searches: []search{checkBag(c.calls, c.maxIdle)}}
		if got, _ := bag.judge(time.Minute); got != c.bag {
			t.Errorf("bag, %s: got verdict %d, want %d", c.name, got, c.bag)
		}
	}
}
