package shard

import (
	"testing"
	"time"
)

// T1: a call that takes or gives a value of a bag that is one stack waits until the
// stack is free.
func TestStackIsGuarded(t *testing.T) {
	for name, call := range map[string]func(b *Bag[int]){
		"Get":    func(b *Bag[int]) { b.Get() },
		"TryGet": func(b *Bag[int]) { b.TryGet() },
		"GetN":   func(b *Bag[int]) { b.GetN(make([]int, 2)) },
		"Put":    func(b *Bag[int]) { b.Put(1) },
		"TryPut": func(b *Bag[int]) { b.TryPut(1) },
		"PutN":   func(b *Bag[int]) { b.PutN([]int{1, 2}) },
		"Sweep":  func(b *Bag[int]) { b.Sweep(1, 0) },
		"Clear":  func(b *Bag[int]) { b.Clear() },
		"Resize": func(b *Bag[int]) { b.Resize(4) },
		"Close":  func(b *Bag[int]) { b.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			b := must(t, Options[int]{Capacity: 8, LIFO: true})
			b.Put(1)
			b.order()
			done := make(chan bool)
			go func() {
				call(b)
				close(done)
			}()
			select {
			case <-done:
				t.Error("it did not wait")
			case <-time.After(10 * time.Millisecond):
			}
			b.unorder()
			<-done
		})
	}
}

// A first call that finds that there is no stack yet leaves it free.
func TestStackUnused(t *testing.T) {
	b := must(t, Options[int]{Capacity: 8, LIFO: true})
	done := make(chan bool)
	go func() {
		if _, ok := b.TryGet(); ok {
			t.Error("a new bag has a value")
		}
		b.Put(1)
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a Get of a new bag does not return")
	}
}
