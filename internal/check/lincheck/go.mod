module github.com/plungepool/plunge/internal/check/lincheck

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/plungepool/plunge v0.0.0
)

require (
	github.com/dgryski/go-pcgr v0.0.0-20211101192959-4b34ab9ccb8c // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/plungepool/plunge => ../../..
