//go:build plunge_portable

package grace

import "github.com/plungepool/plunge/internal/pin"

func barrier() { pin.Quiesce() }
