//go:build !plunge_guard

package buffers_test

import (
	"fmt"

	"github.com/plungepool/plunge/buffers"
)

func ExampleGuardStats() {
	if !buffers.Guard().Enabled {
		fmt.Println("go test -tags plunge_guard finds the use of a buffer after its Release")
	}
	// Output: go test -tags plunge_guard finds the use of a buffer after its Release
}
