#!/bin/sh
# Tests the nested modules. It uses the race detector for those that put the library into programs.
. internal/check/scripts/lib.sh
for d in $(nested); do
	echo "nested: $d"
	# shellcheck disable=SC2086 # flags
	(
		cd "$d"
		case $d in
		*/interop | */lincheck | */poolprom | */poolotel) CGO_ENABLED=1 $GO test -race $TESTFLAGS ./... ;;
		*) $GO test $TESTFLAGS ./... ;;
		esac
	)
done
