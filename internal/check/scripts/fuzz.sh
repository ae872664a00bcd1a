#!/bin/sh
# Runs each fuzz target for a time.
. internal/check/scripts/lib.sh

# Sometimes go test itself fails at the end of its time, with the text "context deadline
# exceeded" and without an input: CoordinateFuzzing sees its deadline before the workers'
# context, a child, is done, and takes the deadline for an error (golang/go#75804, not in
# Go 1.27).
was_go_test() {
	grep -q '^ *context deadline exceeded$' "$tmp/out" &&
		! grep -qE 'panic:|Failing input|_test\.go:' "$tmp/out" &&
		echo "fuzz: that was go test, at the end of its time: golang/go#75804"
}

for t in ./ring:FuzzHandles ./ring:FuzzRing ./shard:FuzzBag ./shard:FuzzOptions \
	./pool:FuzzPool ./pool:FuzzOptions ./buffers:FuzzPool; do
	echo "fuzz: $t"
	{ $GO test -run='^$' -fuzz="^${t#*:}\$" -fuzztime="${1:-1m}" "${t%:*}" 2>&1 || echo "fuzz: failed"; } | tee "$tmp/out"
	if grep -q '^fuzz: failed' "$tmp/out"; then was_go_test || exit 1; fi
done
