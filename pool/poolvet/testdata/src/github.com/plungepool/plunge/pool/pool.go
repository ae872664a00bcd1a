// Package pool has what the tests need of the real one; TestPlunge checks the names.
package pool

type Pool[T any] struct{ _ []T }

type Options[T any] struct{ New func() T }

func New[T any](o Options[T]) (*Pool[T], error)   { return nil, nil }
func Must[T any](p *Pool[T], err error) *Pool[T]  { return p }
func BorrowSlice[E any]() Lease[*[]E]             { return Lease[*[]E]{} }
func (p *Pool[T]) Acquire() (v T)                 { return v }
func (p *Pool[T]) TryAcquire() (v T, ok bool)     { return v, false }
func (p *Pool[T]) Release(v T)                    {}
func (p *Pool[T]) Borrow() Lease[T]               { return Lease[T]{} }
func (p *Pool[T]) Lend(v T) Lease[T]              { return Lease[T]{v: v} }
func (p *Pool[T]) Do(f func(T) error) (err error) { return nil }

type Lease[T any] struct{ v T }

func (l *Lease[T]) Value() T { return l.v }
func (l *Lease[T]) Release() {}
func (l *Lease[T]) Discard() {}
