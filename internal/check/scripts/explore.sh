#!/bin/sh
# Runs every interleaving of small programs, and prints what the tests log: one line per suite with
# what it enumerates, and at the end the lines with the sums of each structure.
. internal/check/scripts/lib.sh
echo 'explore: what the searches did is printed in the end'
$GO test -tags=plunge_explore -run='^TestExplore' -count=1 -timeout=1h -v ./ring ./internal/grace ./shard ./pool/resource >"$tmp/out" 2>&1 ||
	{
		cat "$tmp/out"
		fail "explore: failed"
	}
sed -n 's/^ *[a-z]*_test\.go:[0-9]*: //p' "$tmp/out" >"$tmp/lines"
grep -v '^[a-z]*\.[A-Z]' "$tmp/lines"
echo
grep '^[a-z]*\.[A-Z]' "$tmp/lines"
