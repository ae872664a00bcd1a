#!/bin/sh
# Tests the nested modules. With RACE set it uses the race detector for those that put the library into programs.
. internal/check/scripts/lib.sh
for d in $(nested); do
	case $d in
	*/interop | */lincheck | */poolprom | */poolotel) race=${RACE:+-race} ;;
	*) race= ;;
	esac
	echo "nested: $d $race"
	# shellcheck disable=SC2086 # flags
	(
		cd "$d"
		if [ "$race" ]; then export CGO_ENABLED=1; fi
		$GO test $race $TESTFLAGS ./...
	)
done
