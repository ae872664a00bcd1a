package interop

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"

	"github.com/plungepool/plunge/buffers"
)

var _ mem.BufferPool = (*buffers.GRPCPool)(nil)

// codec has *[]byte for messages, which it copies from and to the pool's buffers.
type codec struct{ pool mem.BufferPool }

func (codec) Name() string { return "bytes" }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.Copy(*v.(*[]byte), c.pool)}, nil
}

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// flip is what the service does: the reply differs from the request, and must not share its memory.
func flip(b []byte) []byte {
	r := make([]byte, len(b))
	subtle.XORBytes(r, b, flips)
	return r
}

var flips = bytes.Repeat([]byte{0xa5}, maxMessage)

const (
	flipUnary  = "/plunge.Interop/Unary"
	flipStream = "/plunge.Interop/Stream"
)

// service is what protoc would have written.
var service = grpc.ServiceDesc{
	ServiceName: "plunge.Interop",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Unary",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var b []byte
			if err := decode(&b); err != nil {
				return nil, err
			}
			b = flip(b)
			return &b, nil
		},
	}},
	Streams: []grpc.StreamDesc{{
		StreamName:    "Stream",
		ServerStreams: true,
		ClientStreams: true,
		Handler: func(_ any, s grpc.ServerStream) error {
			for {
				var b []byte
				if err := s.RecvMsg(&b); err != nil {
					return nil // the client's end
				}
				b = flip(b)
				if err := s.SendMsg(&b); err != nil {
					return err
				}
			}
		},
	}},
}

// maxMessage is the longest message, which is what grpc receives by default.
const maxMessage = 4 << 20

// maxCompressed is the longest message that is compressed: compression is slow, and makes random bytes longer.
const maxCompressed = 64 << 10

// message returns 1 B to 4 MiB, and both ends of that often enough.
func message(i int, rnd *rand.Rand) []byte {
	switch i % 50 {
	case 0:
		return fill(make([]byte, 1), rnd)
	case 1:
		return fill(make([]byte, maxMessage), rnd)
	}
	return append(body(rnd, maxMessage/8), byte(i)) // not empty
}

func TestGRPC(t *testing.T) {
	for name, o := range map[string]buffers.Options{
		"default": {}, // 4 MiB are over the largest tier
		"large":   {MaxSize: 2 * maxMessage},
		"zero":    {Zero: true},
	} {
		t.Run(name, func(t *testing.T) {
			testGRPC(t, o, func(p *buffers.Pool) mem.BufferPool { return p.GRPC() })
		})
	}
	t.Run("dirty", func(t *testing.T) {
		testGRPC(t, buffers.Options{}, func(p *buffers.Pool) mem.BufferPool { return p.GRPC().Dirty() })
	})
}

// testGRPC has a server and a client exchange messages, each with a pool of its own.
func testGRPC(t *testing.T, o buffers.Options, adapt func(*buffers.Pool) mem.BufferPool) {
	serverPool, clientPool := buffers.Must(buffers.New(o)), buffers.Must(buffers.New(o))
	soil(serverPool)
	soil(clientPool)
	here, there := adapt(clientPool), adapt(serverPool)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(experimental.BufferPool(there), grpc.ForceServerCodecV2(codec{there}))
	server.RegisterService(&service, nil)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	conn, err := grpc.NewClient(l.Addr().String(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		experimental.WithBufferPool(here),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(codec{here})))
	if err != nil {
		t.Fatal(err)
	}

	n := times(200)
	parallel(t, n, func(i int, rnd *rand.Rand) error {
		if i%4 == 3 {
			return stream(conn, rnd, i)
		}
		var opts []grpc.CallOption
		sent, got := message(i, rnd), []byte(nil)
		if i%4 == 2 && len(sent) <= maxCompressed {
			opts = append(opts, grpc.UseCompressor(gzip.Name))
		}
		if err := conn.Invoke(t.Context(), flipUnary, &sent, &got, opts...); err != nil {
			return err
		}
		return same(got, sent)
	})

	if err := conn.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	server.GracefulStop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	settled(t, serverPool, n/2) // grpc takes no buffer of a pool for a short message
	settled(t, clientPool, n/2)
}

// stream exchanges a few messages in one call.
func stream(conn *grpc.ClientConn, rnd *rand.Rand, i int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := conn.NewStream(ctx, &service.Streams[0], flipStream)
	if err != nil {
		return err
	}
	for k := range 3 {
		sent, got := message(i+k, rnd), []byte(nil)
		if err := s.SendMsg(&sent); err != nil {
			return err
		}
		if err := s.RecvMsg(&got); err != nil {
			return err
		}
		if err := same(got, sent); err != nil {
			return err
		}
	}
	if err := s.CloseSend(); err != nil {
		return err
	}
	var none []byte
	if err := s.RecvMsg(&none); err == nil {
		return fmt.Errorf("after the end: got a message of %d bytes, want none", len(none))
	}
	return nil
}

// same tells whether got is the reply to sent.
func same(got, sent []byte) error {
	if want := flip(sent); !bytes.Equal(got, want) {
		return fmt.Errorf("got %d bytes, want the %d sent, flipped", len(got), len(want))
	}
	return nil
}
