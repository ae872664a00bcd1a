#!/bin/sh
# Tests the nested modules. With RACE set it uses the race detector for those that put the library into programs. With
# QUICK set it leaves out the test of bench that compiles bench again, for another revision of the library.
. internal/check/scripts/lib.sh
for d in $(nested); do
	case $d in
	*/interop | */lincheck | */poolprom | */poolotel) race=${RACE:+-race} ;;
	*) race= ;;
	esac
	case ${QUICK:+quick}$d in
	quick./bench) short=-short ;;
	*) short= ;;
	esac
	echo "nested: $d $race $short"
	# shellcheck disable=SC2086 # flags
	(
		cd "$d"
		if [ "$race" ]; then export CGO_ENABLED=1; fi
		$GO test $race $short $TESTFLAGS ./...
	)
done
