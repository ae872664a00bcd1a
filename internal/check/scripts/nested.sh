#!/bin/sh
# Vets and tests the nested modules, also under the race detector: of bench what is internal.
. internal/check/scripts/lib.sh
for d in $(nested); do
	echo "nested: $d"
	raced=./...
	test "$d" != ./bench || raced=./internal/...
	# shellcheck disable=SC2086 # flags
	(
		cd "$d"
		$GO vet ./...
		$GO test $TESTFLAGS ./...
		CGO_ENABLED=1 $GO test -race $TESTFLAGS $raced
	)
done
