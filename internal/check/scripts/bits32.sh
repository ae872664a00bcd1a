#!/bin/sh
# Tests the packages $LIB as 32-bit programs: for 386 if this machine runs those, or else $PKGS for arm by qemu-user.
# Not every kernel of a 64-bit machine runs 386 programs, and qemu-i386 does not run Go's threads.
. internal/check/scripts/lib.sh
printf 'package main\nfunc main() {}\n' >"$tmp/main.go"
export CGO_ENABLED=0
GOARCH=386 $GO build -o "$tmp/main" "$tmp/main.go"
# shellcheck disable=SC2086 # flags and packages
if "$tmp/main" 2>/dev/null; then
	echo "386: as programs for 386"
	GOARCH=386 $GO test $TESTFLAGS $LIB
else
	echo "386: this machine does not run programs for 386, so as programs for arm"
	PLUNGE_EMULATED=1 GOARCH=arm $GO test -exec="${EXEC:-} qemu-arm" $TESTFLAGS $PKGS
fi
