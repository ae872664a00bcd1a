//go:build plunge_explore

package grace

import "github.com/plungepool/plunge/internal/check/explore"

func barrier() { explore.Grace() }
