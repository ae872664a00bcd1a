# The scripts beside this file source it. make runs them in the project's root. It sets $GO, and $tmp, a
# scratch directory that is removed when the script ends.
set -eu
export LC_ALL=C
GO=${GO:-go}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "$*" >&2
	exit 1
}

# modules prints the directories of all modules, and of the nested ones with code of their own.
modules() { find . -name go.mod -not -path '*/vendor/*' -not -path '*/testdata/*' | sed 's|/go.mod$||' | sort; }
nested() { modules | grep -vx -e . -e ./internal/tools; }
