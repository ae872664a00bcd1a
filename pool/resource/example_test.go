package resource_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

// session stands for a connection.
type session struct{ id int }

// dial returns a function that makes sessions.
func dial() func(context.Context) (*session, error) {
	n := 0
	return func(context.Context) (*session, error) {
		n++
		return &session{id: n}, nil
	}
}

func ExamplePool() {
	sessions, err := resource.New(resource.Options[*session]{
		New: dial(),
		Close: func(_ context.Context, s *session) error {
			fmt.Println("close session", s.id)
			return nil
		},
		Max: 1,
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()

	h, _ := sessions.Acquire(ctx)
	fmt.Println("session", h.Value().id)
	timed, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err = sessions.Acquire(timed)
	fmt.Println("the only one is in use:", errors.Is(err, context.DeadlineExceeded))
	h.Release()

	fmt.Println(sessions.Close(ctx))
	_, err = sessions.Acquire(ctx)
	fmt.Println(err)
	// Output:
	// session 1
	// the only one is in use: true
	// close session 1
	// <nil>
	// resource: pool is closed
}

func ExampleHandle() {
	sessions, _ := resource.New(resource.Options[*session]{New: dial(), Max: 4})
	query := func(ctx context.Context, broken bool) error {
		h, err := sessions.Acquire(ctx)
		if err != nil {
			return err
		}
		defer h.Release() // nothing, after Discard
		if broken {
			err := errors.New("connection reset by peer")
			h.Discard(err)
			return err
		}
		fmt.Println("session", h.Value().id)
		return nil
	}
	ctx := context.Background()
	fmt.Println(query(ctx, false), query(ctx, true), query(ctx, false))
	// Output:
	// session 1
	// session 2
	// <nil> connection reset by peer <nil>
}

func ExamplePool_Do() {
	sessions, _ := resource.New(resource.Options[*session]{New: dial(), Max: 4})
	err := sessions.Do(context.Background(), func(s *session) error {
		fmt.Println("session", s.id)
		return nil
	})
	fmt.Println(err)
	// Output:
	// session 1
	// <nil>
}

func ExampleOptions() {
	_, err := resource.New(resource.Options[*session]{New: dial(), Max: 8, MaxIdleTime: 30})
	fmt.Println(errors.Is(err, resource.ErrOptions), err)
	// Output: true resource: bad options: MaxIdleTime is 30ns; want 1ms or more (30*time.Second?), or 0 for no limit
}

func ExampleStats() {
	sessions, _ := resource.New(resource.Options[*session]{New: dial(), Max: 8, Name: "db"})
	h, _ := sessions.Acquire(context.Background())
	h.Discard(errors.New("broken"))
	h, _ = sessions.Acquire(context.Background())
	h.Release()
	s := sessions.Stats()
	s.LongestWait = 0 // it differs
	fmt.Println(s)
	// Output: db: 1/8 live, 1 idle, 0 in use, 0 waiting, 2 acquired (2 waited, 0s at most), 2 created, 0 failed, 1 closed
}

func ExampleCloses() {
	sessions, _ := resource.New(resource.Options[*session]{New: dial(), Max: 8})
	for _, cause := range []error{errors.New("broken"), context.Canceled, nil} {
		h, _ := sessions.Acquire(context.Background())
		h.Discard(cause)
	}
	c := sessions.Stats().ClosedBy
	fmt.Println(c.Broken, c.Interrupted, c.Dropped, c.Total())
	// Output: 1 1 1 3
}

func ExampleHeldError() {
	sessions, _ := resource.New(resource.Options[*session]{New: dial(), Max: 8, Name: "db"})
	sessions.Acquire(context.Background()) // and no Release
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	var held *resource.HeldError
	if errors.As(sessions.Close(ctx), &held) {
		fmt.Println(held.Pool, held.InUse, held.Cause)
	}
	// Output: db 1 context deadline exceeded
}

func ExamplePanicError() {
	sessions, _ := resource.New(resource.Options[*session]{
		New: func(context.Context) (*session, error) { panic("no such host") },
		Max: 8,
	})
	_, err := sessions.Acquire(context.Background())
	var p *resource.PanicError
	fmt.Println(errors.As(err, &p), p)
	// Output: true resource: New panicked: no such host
}
