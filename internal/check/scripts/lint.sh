#!/bin/sh
# Checks formatting, runs vet and staticcheck, and checks the state of every go.mod. With a directory as its argument
# it checks that module only. With QUICK set it leaves out what looks at large dependencies or at the standard library
# again, which takes minutes the first time: staticcheck in the modules that have such dependencies, vet in module
# interop and with other tags; and the build for Windows, vendoring, and whether the modules are as they were downloaded.
. internal/check/scripts/lib.sh
tool="env GOGC=400 $GO tool -modfile=$(pwd)/internal/tools/go.mod" # half as much garbage collection
portable=-tags=plunge_portable

if [ $# = 1 ]; then
	cd "$1"
	echo "lint: go mod tidy and verify in $1"
	$GO mod tidy -diff
	test "${QUICK:-}" || $GO mod verify >/dev/null
	if [ "$1" = ./internal/tools ]; then
		exit # it has no code
	fi
	case ${QUICK:+quick}$1 in
	quick*/interop) exit ;;
	esac
	echo "lint: vet in $1"
	$GO vet ./...
	case ${QUICK:+quick}$1 in
	quick./bench | quick./pool/example | quick*/poolotel | quick*/poolprom) exit ;;
	esac
	echo "lint: staticcheck in $1"
	$tool staticcheck ./...
	exit
fi

echo "lint: gofumpt"
bad=$($tool gofumpt -l .)
test -z "$bad" || fail "not formatted, try make fmt:
$bad"

# A module leaves a core unused for about half of its time. So two at a time.
export GO QUICK
modules | xargs -P 2 -n 1 sh internal/check/scripts/lint.sh

if [ "${QUICK:-}" ]; then
	exit
fi

echo "lint: vet of what is tagged"
$GO vet -tags=plunge_explore,plunge_guard,plunge_builds ./internal/atom ./internal/grace ./internal/pin ./ring ./shard \
	./pool/resource ./buffers ./internal/check/builds/...
# Of these builds only the packages whose own files differ in them, and what is next above those. make portable and
# make cross compile the rest.
echo "lint: the portable build"
$GO vet $portable ./internal/pin ./internal/grace ./shard
$tool staticcheck $portable ./internal/pin ./internal/grace ./shard
echo "lint: the build for windows" # which has no files of its own
GOOS=windows CGO_ENABLED=0 $GO build ./internal/pin ./internal/grace ./shard
echo "lint: go mod vendor"
$GO mod vendor -o "$tmp/vendor"
test -s "$tmp/vendor/modules.txt"
for d in */; do
	case $d in bench/ | vendor/) ;; *) cp -R "$d" "$tmp/" ;; esac
done
cp go.mod go.sum "$tmp/"
(cd "$tmp" && GOFLAGS="${GOFLAGS:-} -mod=vendor" GOWORK=off $GO build ./...)
