#!/bin/sh
# Vets and tests the nested modules, those that put the library into programs also under the race detector.
. internal/check/scripts/lib.sh
for d in $(nested); do
	echo "nested: $d"
	# shellcheck disable=SC2086 # flags
	(
		cd "$d"
		$GO vet ./...
		$GO test $TESTFLAGS ./...
		case $d in
		*/interop | */lincheck | */poolprom | */poolotel) CGO_ENABLED=1 $GO test -race $TESTFLAGS ./... ;;
		esac
	)
done
