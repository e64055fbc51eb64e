# shellcheck shell=bash disable=SC2034
# How the tests of the program compare. To be sourced; $program is what is tested, and $status what the test exits with.
set -euo pipefail
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# What the program prints is standard input, exactly, and it succeeds and complains of nothing.   prints ARGUMENT...
prints() {
        cat >"$work/wanted"
        local result=0
        "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || result=$?
        if [ "$result" -ne 0 ] || [ -s "$work/err" ] || ! diff -u "$work/wanted" "$work/out"; then
                echo "rmmsim $*: exit status $result, not as above: $(cat "$work/err")" >&2
                status=1
        fi
}

# It prints nothing, says standard input on stderr, one line, and exits with a status.   refuses STATUS ARGUMENT...
refuses() {
        local wanted=$1 result=0
        shift
        cat >"$work/wanted"
        "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || result=$?
        if [ "$result" -ne "$wanted" ] || [ -s "$work/out" ] || ! diff -u "$work/wanted" "$work/err"; then
                echo "rmmsim $*: exit status $result, wanted $wanted" >&2
                status=1
        fi
}

# One line of what it prints is this, exactly.   has_line LINE ARGUMENT...
has_line() {
        local line=$1
        shift
        if ! "$program" "$@" >"$work/out" </dev/null || ! grep -qxF -e "$line" "$work/out"; then
                echo "rmmsim $*: no line: $line" >&2
                status=1
        fi
}

# No line of what it prints has this in it.   has_no TEXT ARGUMENT...
has_no() {
        local text=$1
        shift
        if ! "$program" "$@" >"$work/out" </dev/null || grep -qF -e "$text" "$work/out"; then
                echo "rmmsim $*: there is: $text" >&2
                status=1
        fi
}

# Something else is wrong.   wrong WHAT
wrong() {
        echo "$*" >&2
        status=1
}
