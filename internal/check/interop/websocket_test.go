package interop

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/plungepool/plunge/buffers"
)

var _ websocket.BufferPool = (*buffers.AnyPool)(nil)

// Both ends of several connections have one pool for their write buffers.
func TestWebsocket(t *testing.T) {
	const idle = 4
	f, err := buffers.NewFixed(4096, idle)
	if err != nil {
		t.Fatal(err)
	}
	upgrader := websocket.Upgrader{WriteBufferPool: f.Any(), WriteBufferSize: f.Size()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Errorf("Upgrade: %v", err)
			return
		}
		defer conn.Close()
		for {
			kind, b, err := conn.ReadMessage()
			if err != nil {
				if !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
					t.Errorf("server: got %v, want a normal closure", err)
				}
				return
			}
			if err := conn.WriteMessage(kind, b); err != nil {
				t.Errorf("server: %v", err)
				return
			}
		}
	}))
	defer server.Close()

	dialer := websocket.Dialer{WriteBufferPool: f.Any(), WriteBufferSize: f.Size()}
	const messages = 20
	n := times(50)
	parallel(t, n, func(_ int, rnd *rand.Rand) error {
		conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
		if err != nil {
			return err
		}
		defer conn.Close()
		for range messages {
			want := body(rnd, 64<<10) // up to 16 fragments
			if err := conn.WriteMessage(websocket.BinaryMessage, want); err != nil {
				return err
			}
			kind, got, err := conn.ReadMessage()
			if err != nil {
				return err
			}
			if kind != websocket.BinaryMessage || !bytes.Equal(got, want) {
				return fmt.Errorf("got kind %d and %d bytes, want %d and %d as they were sent", kind, len(got), websocket.BinaryMessage, len(want))
			}
		}
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		return conn.WriteMessage(websocket.CloseMessage, bye)
	})

	// Each message is a Get and a Put at either end. A Get may miss, but few do: buffers
	// are made only where more are writing than were idle.
	s := f.Any().Stats()
	t.Logf("%+v", s)
	if s.Idle < 1 || s.Idle > idle {
		t.Errorf("Idle: got %d, want 1 to %d", s.Idle, idle)
	}
	if total := uint64(2 * n * messages); s.Released < total || s.Acquired < total/2 {
		t.Errorf("got %d buffers put and %d taken, want at least %d and %d", s.Released, s.Acquired, total, total/2)
	}
}
