#!/usr/bin/env bash
# Corpora of many places into one, without what adds nothing: see usage().
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
. fuzz/common.sh

usage() {
        cat <<'TEXT'
usage: ./dev corpus [TARGET...]
       ./dev corpus TARGET [FROM...] [--to DIR] [--afl] [--programs DIR]

  TARGET          a file fuzz/target_TARGET.c [all of them]
  FROM            a folder of inputs; an output folder of AFL++, of which its queues count; a zip file, as ClusterFuzz has
                  them [without --to: build/fuzz-corpus/TARGET.afl]
  --to DIR        where the inputs go; those that are there take part [build/fuzz-corpus/TARGET]
  --afl           AFL++ chooses, by edges of the code [libFuzzer, by these and by counters of the specification]
  --programs DIR  take the program fuzz_TARGET from there [built for it]

Afterwards DIR holds a few small inputs that reach what all those of FROM and DIR reach, by the names of their SHA-1. Inputs that fail
are left out: libFuzzer puts them into DIR.failures, and then the exit status is 1. What the engine says: DIR.merge.log.
TEXT
}

# What was named, from where the user stands.
path() {
        case $1 in
        /*) echo "$1" ;;
        *) echo "$here/$1" ;;
        esac
}

preset=fuzz
programs=
to=
targets=()
from=()
while [ $# -ne 0 ]; do
        case $1 in
        -h | --help) usage && exit ;;
        --afl) preset=fuzz-afl ;;
        --to | --programs)
                [ $# -ge 2 ] || die "$1 wants a folder"
                declare "${1#--}=$(path "$2")"
                shift
                ;;
        -*) die "there is no option $1; --help lists them" ;;
        *) if is_target "$1"; then
                targets+=("$1")
        else
                from+=("$(path "$1")")
                [ -e "$(path "$1")" ] || die "there is no target and no file $1; targets are: $(all_targets | xargs)"
        fi ;;
        esac
        shift
done
[ ${#targets[@]} -eq 1 ] || [ "${#from[@]}$programs$to" = 0 ] || die "of which target? ./dev corpus TARGET FROM..."
[ ${#targets[@]} -ne 0 ] || mapfile -t targets < <(all_targets)
mapfile -t options < <(engine_options)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- what there is: each input once, by the name that its bytes give it ----------------------------------------------------------

take() { # the names of files come in, each ended by a zero byte
        local file
        while IFS= read -r -d '' file; do
                given=$((given + 1))
                cp "$file" "$work/given/$(sha1sum <"$file" | cut -d ' ' -f 1)"
        done
}

take_from() { # FROM
        if [ -f "$1" ]; then
                rm -rf "$work/unpacked"
                unzip -q "$1" -d "$work/unpacked" || die "$1 is neither a folder nor a zip file"
                take < <(find "$work/unpacked" -type f -print0)
        elif [ -n "$(find "$1" -maxdepth 2 -name fuzzer_stats)" ]; then
                take < <(find "$1" -type f -path '*/queue/id*' -print0)
        else
                take < <(find "$1" -type f -print0)
        fi
}

# What is in DIR is replaced: so it had better be inputs.
is_corpus() { # DIR
        [ -z "$(find "$1" -mindepth 1 \( ! -type f -o -size +4096c \) | head -n 1)" ]
}

# ---- what is kept ------------------------------------------------------------------------------------------------------------------

minimise() { # of what is in $work/given, into $work/kept
        if [ $preset = fuzz ]; then
                "$program" "${options[@]}" -merge=1 -max_len=4096 -artifact_prefix="$work/failed/" "$work/kept" "$work/given"
        else
                rm -rf "$work/kept"
                AFL_ALLOW_TMP=1 afl-cmin -t 20000 -i "$work/given" -o "$work/kept" -- "$program"
        fi >"$log" 2>&1 || { tail -n 5 "$log" >&2 && die "the engine has given up: see $log"; }
}

reached() { # TARGET: a line from a program that counts
        if [ $preset = fuzz ]; then
                "$program" "${options[@]}" -runs=0 "$work/kept" 2>/dev/null
        else
                build fuzz-plain "fuzz_$1"
                "build/fuzz-plain/fuzz/fuzz_$1" "$work/kept"
        fi
}

replace() { # what is in $dir by $work/kept: nothing goes before what replaces it is there
        find "$work/kept" -type f -exec cp {} "$dir/" \;
        find "$dir" -type f | while read -r file; do
                [ -f "$work/kept/$(basename "$file")" ] || rm "$file"
        done
}

count() {
        find "$1" -type f | wc -l
}

merge() { # TARGET
        local sources=("${from[@]}") source
        dir=${to:-build/fuzz-corpus/$1}
        log=$dir.merge.log
        program=${programs:-build/$preset/fuzz}/fuzz_$1
        [ "${#from[@]}$to" != 0 ] || [ ! -d "build/fuzz-corpus/$1.afl" ] || sources=("build/fuzz-corpus/$1.afl")
        mkdir -p "$dir"
        is_corpus "$dir" || die "$dir holds more than inputs; they would be replaced"
        rm -rf "${work:?}"/* && mkdir "$work/given" "$work/kept" "$work/failed"
        given=0
        for source in "$dir" "${sources[@]}"; do
                take_from "$source"
        done
        if [ $given -eq 0 ]; then
                echo "$1: no inputs"
                return
        fi
        [ -n "$programs" ] || build $preset "fuzz_$1"
        [ -x "$program" ] || die "there is no program $program"
        minimise
        replace
        echo "$1: $given inputs, $(count "$work/given") different, $(count "$dir") kept in $dir"
        echo "$1: $(reached "$1" | sed -n 's/.*conditions/conditions/p')"
        if [ "$(count "$work/failed")" -ne 0 ]; then
                mkdir -p "$dir.failures"
                find "$work/failed" -type f -exec cp {} "$dir.failures/" \; -exec basename {} \; | sed "s,^,$1: fails: $dir.failures/,"
                status=1
        fi
}

status=0
for target in "${targets[@]}"; do
        merge "$target"
done
exit $status
