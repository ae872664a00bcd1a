#!/bin/sh
# Compiles and links everything, including tests, for the platforms given.
. internal/check/scripts/lib.sh
for p; do
	echo "cross: $p"
	export CGO_ENABLED=0 GOOS="${p%/*}" GOARCH="${p#*/}"
	$GO test -c -o "$tmp/" ./... >/dev/null
	$GO vet -tags=plunge_portable ./...
done
