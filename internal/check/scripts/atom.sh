#!/bin/sh
# Compares the machine code with the code that sync/atomic gives in place of internal/atom.
. internal/check/scripts/lib.sh

# Compared are the instructions of each function, in any order: the compiler orders two
# independent loads by the number of values that it has created before. NOPs are left out,
# and so are the targets of jumps, which they shift: NOPs mark where code was inlined.
# Where the compiler inlines a small function in one build only, or gives it other registers, the
# function is kept out of line: shard's SetStamp and Misses.
instructions() {
	awk -F '\t' '
		/^[^\t]/ {
			code = / STEXT / && !/internal\/atom\./
			if (code) { sub(/ STEXT .*/, ""); f = $0; print }
		}
		code && $3 ~ /^[A-Z]/ && $3 !~ /^(PCDATA|FUNCDATA|XCHGL|NOP|TEXT)/ {
			t = $4
			gsub(/autotmp(_[0-9]+)?(\+[0-9]+)?/, "autotmp", t)
			if ($3 ~ /^J/) t = ""
			print f, $3, t
		}' | sort
}

for d in with without; do
	mkdir "$tmp/$d"
	cp -R go.mod go.sum internal pool ring shard "$tmp/$d"
done
for f in "$tmp"/without/ring/*.go "$tmp"/without/shard/*.go; do
	sed 's|"github.com/plungepool/plunge/internal/atom"|atom "sync/atomic"|; s|atom\.Mutex|sync.Mutex|; s|atom\.Explored|false|' "$f" >"$tmp/f"
	mv "$tmp/f" "$f"
done
for d in with without; do
	for p in ./ring ./internal/atom/testdata/uses; do
		(cd "$tmp/$d" && GOARCH=amd64 $GO build -gcflags='-S -c=1' -o "$tmp/out" $p 2>&1) | instructions >>"$tmp/$d.txt"
	done
	test "$(grep -c 'plunge/\(ring\|shard\)' "$tmp/$d.txt")" -gt 100 || fail "atom: no code of ring and shard"
done
diff "$tmp/with.txt" "$tmp/without.txt" >"$tmp/diff" || {
	head -50 "$tmp/diff"
	fail "atom: the code differs"
}
echo "atom: $(wc -l <"$tmp/with.txt") lines of code, the same with sync/atomic in place of internal/atom"
