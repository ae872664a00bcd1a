#!/bin/sh
# Finds a locked instruction or a call on the hit path, with and without inlining. It leaves the machine
# code in the file $1.
. internal/check/scripts/lib.sh
out=$1

# The calls that the function of a hit may contain: the first two on the hit, the others off it. It may also
# contain one call of a function value: the hook that Put calls before its section.
calls='runtime\.(getm|gcWriteBarrier2)|.*\.(getOrMiss|getOrNot|prepare|putOrOverflow|\(\*SizeClass\)\.[gp][eu]t)'

count() { grep -cE "$1" "$out" || true; }

mkdir -p "$(dirname "$out")"
for flags in '-N -l' ''; do
	GOOS=linux GOARCH=amd64 CGO_ENABLED=0 $GO test -c -gcflags="$flags" -o "$tmp/test" ./shard
	$GO tool objdump -s 'shard\.((Get|TryGet|Put)By\[go\.shape\.\*uint8,go\.shape\.struct {}\]|(Get|Put)Sized)$' "$tmp/test" >"$out"
	test "$(count '^TEXT')" -eq 5 || fail "asm: GetBy, TryGetBy, PutBy, GetSized, PutSized not found"
	test "$(count 'CALL runtime\.getm\(SB\)')" -eq 6 || fail "asm: not one getm in each, and two in PutBy"
	test "$(count 'CALL [A-Z]+[0-9]*[[:space:]]')" -eq 1 || fail "asm: not one call of a function value"
	test -n "$flags" || test "$(count panicBounds)" -eq 1 || fail "asm: not one bounds check, of the length in GetSized"
	if grep -E '[[:space:]](LOCK|XCHG)|CALL' "$out" |
		grep -vE "CALL (($calls|runtime\.panicBounds)\(SB\)|[A-Z]+[0-9]*[[:space:]])"; then
		fail "asm: the above is in a hit, built with -gcflags='$flags'"
	fi
done
