#!/usr/bin/env bash
# Run one input of a target and say what it does: see usage().
set -euo pipefail
cd "$(dirname "$0")/.."
. fuzz/common.sh

usage() {
        cat <<'TEXT'
usage: ./dev replay LINE | FILE [TARGET]

A line names its target; so does the place of a file: fuzz/seeds/TARGET/, build/fuzz-corpus/TARGET.failures/.
TEXT
}

target_of_line() {
        sed -n '1s/^rmmsim-fuzz:[0-9]* target=\([a-z0-9_]*\) .*/\1/p' | tr -d '\0'
}

target_of_path() {
        local part
        while read -r part; do
                part=${part%%.*}
                part=${part#fuzz_}
                if is_target "$part"; then
                        echo "$part"
                        return
                fi
        done < <(tr / '\n' <<<"$1" | tac)
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
        usage >&2
        exit 2
fi
case $1 in
-h | --help) usage && exit ;;
rmmsim-fuzz:*) target=$(target_of_line <<<"$1") ;;
*)
        [ -f "$1" ] || die "$1 is neither a replay line nor a file"
        target=$(head -c 300 "$1" | LC_ALL=C target_of_line)
        target=${target:-$(target_of_path "$1")}
        ;;
esac
target=${2:-$target}
[ -n "$target" ] || die "of which target is $1? ./dev replay FILE TARGET; there are: $(all_targets | xargs)"
is_target "$target" || die "there is no target $target; there are: $(all_targets | xargs)"
build fuzz-plain "fuzz_$target"
exec "build/fuzz-plain/fuzz/fuzz_$target" "$1"
