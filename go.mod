module github.com/plungepool/plunge

go 1.26.0

require (
	github.com/dgryski/go-pcgr v0.0.0-20211101192959-4b34ab9ccb8c
	go.uber.org/atomic v1.12.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/enki/fastprng v0.0.0-20190912035746-b46f877a1a50 // indirect
	github.com/lazybeaver/xorshift v0.0.0-20170702203709-ce511d4823dd // indirect
)
