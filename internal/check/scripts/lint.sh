#!/bin/sh
# Checks formatting, runs vet and staticcheck, and checks the state of every go.mod.
. internal/check/scripts/lib.sh
tool="$GO tool -modfile=$(pwd)/internal/tools/go.mod"
portable=-tags=plunge_portable

echo "lint: gofumpt"
bad=$($tool gofumpt -l .)
test -z "$bad" || fail "not formatted, try make fmt:
$bad"
for d in . $(nested); do
	echo "lint: vet and staticcheck in $d"
	(
		cd "$d"
		$GO vet ./...
		$tool staticcheck ./...
	)
done
echo "lint: the portable build"
$GO vet $portable ./...
# shellcheck disable=SC2046 # packages: those whose own files differ in it
$tool staticcheck $portable $($GO list $portable ./ring ./shard ./internal/... | grep -v /internal/check/)
echo "lint: vet for windows"
GOOS=windows CGO_ENABLED=0 $GO vet ./ring ./shard ./buffers ./pool ./pool/resource ./internal/pin ./internal/grace
$GO vet -tags=plunge_builds ./internal/check/builds/...
for d in $(modules); do
	echo "lint: go mod tidy and verify in $d"
	(
		cd "$d"
		$GO mod tidy -diff
		$GO mod verify
	)
done
echo "lint: go mod vendor"
$GO mod vendor -o "$tmp/vendor"
test -s "$tmp/vendor/modules.txt"
for d in */; do
	case $d in bench/ | vendor/) ;; *) cp -R "$d" "$tmp/" ;; esac
done
cp go.mod go.sum "$tmp/"
(cd "$tmp" && GOFLAGS="${GOFLAGS:-} -mod=vendor" GOWORK=off $GO build ./...)
