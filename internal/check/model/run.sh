#!/bin/sh
# Checks the models in this directory with spin, exhaustively, and that their broken
# twins fail.
#
#     sh internal/check/model/run.sh [-install] [handles | grace | hints | keeper | resource | seize]...
#
# Every run enumerates all reachable states. They are compressed without loss
# (COLLAPSE), not hashed (no bitstate). A run that hits a limit of depth or memory
# fails. Each run prints one line. The .runs files list the runs.
#
# It needs spin and a C compiler. As root, with -install or with CI set, it installs the
# missing Debian packages.
set -eu
export LC_ALL=C

memory=1900   # MB for one run, of two at a time; the largest takes half of it
depth=20000   # steps of the longest execution

here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-cc}
install=${CI:+yes}
chosen=
for arg; do
	case $arg in
	-install) install=yes ;;
	handles | grace | hints | keeper | resource | seize) chosen="$chosen $arg" ;;
	*)
		echo "usage: $0 [-install] [handles | grace | hints | keeper | resource | seize]..." >&2
		exit 2
		;;
	esac
done
all="handles grace hints keeper resource seize"
: "${chosen:=$all}"

die() {
	echo "model: $*" >&2
	exit 1
}

have() {
	command -v spin >/dev/null && printf '#include <stdlib.h>\nint main(void) { return 0; }\n' |
		$cc -x c -o /dev/null - 2>/dev/null
}

packages="spin gcc libc6-dev"
if ! have; then
	if [ -z "$install" ] || [ "$(id -u)" != 0 ]; then
		die "missing spin or a C compiler; on Debian: apt-get install $packages"
	fi
	echo "model: installing $packages"
	# shellcheck disable=SC2086 # a list
	if ! apt-get -qq -o Acquire::Retries=3 update ||
		! DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 install -y \
			--no-install-recommends $packages >/dev/null; then
		die "could not install $packages"
	fi
	have || die "installed $packages, but they do not work"
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"

good=0     # runs of the models
total=0    # states of these runs
twins=0    # runs of the broken twins
failed=0   # lines that say FAIL
runs=0     # runs since the last covered
: >unreached
began=$(date +%s)

# check MODEL HOW DEFINES runs spin and leaves its output in the file out. HOW is safety
# (assertions and deadlocks) or ends (cycles in which no process makes progress).
check() {
	case $2 in
	safety) flags=-DSAFETY option= ;;
	ends) flags=-DNP option=-l ;;
	esac
	rm -f pan pan.*
	# -O2 makes a run shorter by a tenth, but makes compilation longer by as much.
	# shellcheck disable=SC2086 # lists
	if ! spin -a $3 "$here/$1.pml" >out 2>&1 || [ ! -f pan.c ] ||
		! $cc -O1 -w $flags -DCOLLAPSE -DMEMLIM=$memory -o pan pan.c >>out 2>&1; then
		tail -n 20 out
		die "$1 $3: does not compile"
	fi
	# pan's exit status says little, so its output is used instead.
	# shellcheck disable=SC2086 # may be none
	./pan -b -m$depth $option >out 2>&1 || :
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' out)
	errors=$(sed -n 's/^State-vector.*errors: \([0-9]*\)$/\1/p' out)
	reason=$(sed -n 's/^pan:1: \(.*\) (at depth [0-9]*)$/\1/p' out)
}

# complete tells whether the run ended without hitting a limit.
complete() {
	[ -n "$states" ] && [ -n "$errors" ] && grep -q '^pan: elapsed time' out &&
		! grep -Eqi 'not completed|too small|out of memory|MEMLIM|memory limit|exceed' out
}

# report MODEL HOW DEFINES VERDICT
report() {
	d=$(printf ' %s' "$3" | sed 's/ -D/ /g')
	[ "$2" = safety ] || d="$d, cycles"
	printf '%-8s%-58s %8s states  %s\n' "$1" "$d" "${states:-?}" "$4"
}

# passes MODEL HOW DEFINES: no error, and nothing left out.
passes() {
	check "$@"
	verdict=passes
	if [ -n "$reason" ] || [ "${errors:-0}" != 0 ]; then
		verdict="FAIL: $reason"
	elif ! complete; then
		verdict="FAIL: not exhaustive"
	fi
	report "$@" "$verdict"
	[ "$verdict" = passes ] || failed=$((failed + 1))
	good=$((good + 1))
	total=$((total + $(printf '%.0f' "${states:-0}")))
	[ "$2" = ends ] || unreached
}

# fails MODEL HOW DEFINES: the model is broken on purpose. An assertion or a cycle must
# show that. A deadlock, or an error in the model itself, does not count.
fails() {
	check "$@"
	verdict="FAIL: ${reason:-passes}"
	case $reason in
	*"invalid array index"*) ;;
	"assertion violated"* | "non-progress cycle"*) verdict="fails, as it must" ;;
	esac
	report "$@" "$verdict"
	[ "$verdict" = "fails, as it must" ] || failed=$((failed + 1))
	twins=$((twins + 1))
}

# unreached adds the statements that this run has not reached to the file unreached. It
# leaves out ends, and the statements of init, which sets up and checks at the end.
unreached() {
	awk '/^unreached in/ { process = $NF }
		/, state [0-9]+,/ && !/-end-/ && process != "init" {
			match($0, /[a-z_]+\.pml:[0-9]+, state [0-9]+/)
			print process ": " substr($0, RSTART, RLENGTH)
		}' out | sort -u >>unreached
	runs=$((runs + 1))
}

# covered MODEL: each statement was reached in some run since the last call. These runs
# must have the same statements.
covered() {
	never=$(sort unreached | uniq -c | awk -v n="$runs" '$1 == n { $1 = ""; print }')
	verdict="every statement is reached"
	if [ "$runs" = 0 ] || [ -n "$never" ]; then
		verdict="FAIL: never reached:$never"
		failed=$((failed + 1))
	fi
	printf '%-8s %s\n' "$1" "$verdict"
	runs=0
	: >unreached
}

# A run has one thread. The longest model runs in a process of its own.
beside=
if [ "$chosen" = "$all" ]; then
	sh "$here/run.sh" seize >"$tmp/seize.out" 2>&1 &
	beside=$!
	chosen="handles grace hints keeper resource"
fi
for model in $chosen; do
	runs=0
	: >unreached
	# shellcheck source=/dev/null
	. "$here/$model.runs"
done
if [ -n "$beside" ]; then
	wait "$beside" || failed=$((failed + 1))
	grep -v "^model: [0-9]" seize.out || :
	# shellcheck disable=SC2046 # three numbers
	set -- $(sed -n 's/^model: \([0-9]*\) runs passed, \([0-9]*\) states in all; \([0-9]*\) .*/\1 \2 \3/p' seize.out)
	good=$((good + ${1:-0})) total=$((total + ${2:-0})) twins=$((twins + ${3:-0}))
fi

took=$(($(date +%s) - began))
[ "$failed" = 0 ] || die "$failed FAILED, in $took s"
echo "model: $good runs passed, $total states in all; $twins broken twins failed; $took s"
