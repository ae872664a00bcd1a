//go:build plunge_portable && !plunge_explore

package grace

import "github.com/plungepool/plunge/internal/pin"

func barrier() { pin.Quiesce() }
