#!/usr/bin/env bash
# Known bugs, planted one at a time in a copy of the tree: does its target find each? Writes a table.
#   run.sh [--seeds N] [--runs N] [--work DIR] [--table FILE] [ID...]    all exhibits, or these
#   run.sh --applies                                                     only: does each patch apply to the tree?
# An exhibit is a line of `exhibits`, which says what the fields are. A search begins with what seeds the target ships. It ends with a
# failure, after the exhibit's seconds or, with --runs, after so many runs: then it does the same each time. The failure must be
# the exhibit's, its shrunk line must fail again where the bug is planted and must not fail where it is not; and the same
# searches of the tree as it is, for as many runs as any exhibit of the target took, must find nothing.
set -euo pipefail
museum=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$museum")
work=$source/build/museum
seeds=5
runs=0
table=
applies=

usage() {
        sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
        exit 2
}
while [ $# -gt 0 ]; do
        case $1 in
        --seeds) seeds=$2 && shift 2 ;;
        --runs) runs=$2 && shift 2 ;;
        --work) work=$2 && shift 2 ;;
        --table) table=$2 && shift 2 ;;
        --applies) applies=yes && shift ;;
        -*) usage ;;
        *) break ;;
        esac
done

status=0
complain() { # ID WHAT
        echo "museum: $1: $2" >&2
        status=1
}

# ---- the exhibits -----------------------------------------------------------------------------------------------------

declare -A target plant budget sentence
ids=()
while IFS=';' read -r id its_target its_plant its_budget its_sentence _; do
        id=${id// /}
        ids+=("$id")
        target[$id]=${its_target// /}
        plant[$id]=$(xargs <<<"$its_plant")
        budget[$id]=${its_budget// /}
        sentence[$id]=$(sed 's/^ *//; s/ *$//' <<<"$its_sentence")
done < <(grep -v -e '^#' -e '^ *$' "$museum/exhibits")

for id in "$@"; do
        [ -n "${plant[$id]:-}" ] || { echo "museum: there is no exhibit $id" >&2; exit 2; }
done
[ $# -gt 0 ] || set -- "${ids[@]}"

patch_tree() { # TREE ID [OPTION...]
        patch -p1 -s -F0 -f -d "$1" "${@:3}" <"$museum/$2.patch"
}

if [ -n "$applies" ]; then
        for id in "${ids[@]}"; do
                [ "${plant[$id]}" = patch ] || continue
                patch_tree "$source" "$id" --dry-run >/dev/null || complain "$id" "the patch does not apply to the tree"
        done
        for file in "$museum"/*.patch; do
                id=$(basename "$file" .patch)
                [ "${plant[$id]:-}" = patch ] || complain "$id" "a patch that no line of the exhibits names"
        done
        [ "$status" -ne 0 ] || echo "museum: $(ls "$museum"/*.patch | wc -l) patches apply"
        exit $status
fi

# ---- a copy of the tree, and its programs as they are ------------------------------------------------------------------

needed=()
for id in "$@"; do
        case ${plant[$id]} in
        none) ;;
        *) [[ " ${needed[*]} " = *" fuzz_${target[$id]} "* ]] || needed+=("fuzz_${target[$id]}") ;;
        esac
done

# Only what differs is copied, and is then newer than what was built of it: also what an interrupted run left planted.
mkdir -p "$work/found"
(cd "$source" && find CMakeLists.txt cmake include libsim fuzz tests/fuzz -type f ! -name '*.pyc') >"$work/files"
while read -r file; do
        cmp -s "$source/$file" "$work/tree/$file" || { mkdir -p "$(dirname "$work/tree/$file")" && cp "$source/$file" "$work/tree/$file"; }
done <"$work/files"
(cd "$work/tree" && find . -type f -printf '%P\n' | { grep -vxFf "$work/files" || true; } | xargs -r rm -f)
cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_C_COMPILER="${CC:-gcc}" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DRMMSIM_TOOLS=OFF -DRMMSIM_MAN=OFF -DRMMSIM_BINDINGS=OFF -DRMMSIM_TESTS=OFF -DRMMSIM_EXAMPLES=OFF -DRMMSIM_BENCH=OFF >/dev/null
build() { # TARGET...
        cmake --build "$work/build" -j2 --target "$@" -- --quiet
}
if [ ${#needed[@]} -gt 0 ]; then
        build "${needed[@]}"
        mkdir -p "$work/unplanted"
        for program in "${needed[@]}"; do
                cp "$(find "$work/build" -name "$program" -type f -perm -u+x)" "$work/unplanted/"
        done
fi

# ---- searches -----------------------------------------------------------------------------------------------------------

value() { # KEY FILE
        sed -n "s/^$1=//p" "$2"
}

# Search, and leave a summary. A program that dies of an input, or does not come to an end with it, has found something, too.
search() { # PROGRAM TARGET SEED SECONDS RUNS SUMMARY
        local corpus=() code=0 why
        [ ! -d "$work/tree/fuzz/seeds/$2" ] || corpus=(--corpus "$work/tree/fuzz/seeds/$2")
        rm -f "$6"
        timeout $(($4 + 300)) "$1" --search "$4" --runs "$5" --seed "$3" --quiet --timeout 10 --summary "$6" \
                "${corpus[@]}" >"$6.log" 2>&1 || code=$?
        if [ "$code" -gt 1 ] || [ ! -f "$6" ]; then
                why=$(grep -m 1 -a -e '^rmmsim: ' -e 'while an input runs$' -e 'does not come to an end$' "$6.log" || true)
                [ -n "$why" ] || { echo "museum: $1 failed with exit status $code:" >&2 && tail -n 3 "$6.log" >&2 && exit 1; }
                printf 'found=1\nruns=0\nseconds=-\nrecords=-\npreemptions=-\nsentence=%s\nreplay=%s\n' "$why" \
                        "$(sed -n 's/^replay: //p' "$6.log" | tail -n 1)" >"$6"
        fi
}

# Does a line fail?
fails() { # PROGRAM LINE
        local code=0
        timeout 120 "$1" "$2" >/dev/null 2>&1 || code=$?
        [ "$code" -ne 0 ]
}

median() { # of numbers, a line each
        sort -n | awk '{ a[NR] = $1 } END { print NR == 0 ? "-" : a[int((NR + 1) / 2)] }'
}

declare -A most # runs, by target
rows=()
exhibit() { # ID
        local id=$1 name=fuzz_${target[$1]} program seed file found=0 seconds=${budget[$1]} all=()
        program=$(find "$work/build" -name "$name" -type f -perm -u+x)
        case ${plant[$id]} in
        fault*) export RMMSIM_FUZZ_FAULT=${plant[$id]#fault } ;;
        patch) ! cmp -s "$program" "$work/unplanted/$name" || { complain "$id" "the patch changes nothing"; return; } ;;
        esac
        [ "$runs" -eq 0 ] || seconds=0
        for ((seed = 1; seed <= seeds; seed++)); do
                file=$work/found/$id.$seed
                search "$program" "${target[$id]}" "$seed" "$seconds" "$runs" "$file"
                if [ "$(value found "$file")" != 1 ]; then
                        complain "$id" "seed $seed: not found in $(value runs "$file") runs, $(value seconds "$file") s"
                        continue
                fi
                if ! value sentence "$file" | grep -qE -e "${sentence[$id]}"; then
                        complain "$id" "seed $seed: found something else: $(value sentence "$file")"
                        continue
                fi
                fails "$program" "$(value replay "$file")" || { complain "$id" "seed $seed: its line does not fail again"; continue; }
                found=$((found + 1))
                all+=("$file")
                [ "$(value runs "$file")" -le "${most[${target[$id]}]:-0}" ] || most[${target[$id]}]=$(value runs "$file")
        done
        unset RMMSIM_FUZZ_FAULT
        if [ "${plant[$id]}" != always ]; then
                for file in "${all[@]}"; do
                        ! fails "$work/unplanted/$name" "$(value replay "$file")" ||
                                complain "$id" "the line of $(basename "$file") fails without the bug, too"
                done
        fi
        row "$id" "$found" "${all[@]}"
}

of() { # KEY FILE...
        local file
        for file in "${@:2}"; do
                value "$1" "$file"
        done
}

row() { # ID FOUND FILE...
        local words='-'
        [ $# -lt 3 ] || words=$(value sentence "$3" | cut -c 1-100)
        rows+=("$(printf '| %s | %s | %s | %s | %s | %s | %s | %s/%s | %s |' "$1" "${target[$1]}" "${plant[$1]}" \
                "$(of runs "${@:3}" | median)" "$(of seconds "${@:3}" | median)" "$(of records "${@:3}" | median)" \
                "$(of preemptions "${@:3}" | median)" "$2" "$seeds" "${words//|/\\|}")")
        echo "${rows[-1]}"
}

head='| exhibit | target | planted | runs | seconds | records | preemptions | found | as |'
rule='|---|---|---|---|---|---|---|---|---|'
printf '%s\n' "$head" "$rule"
for id in "$@"; do
        case ${plant[$id]} in
        none) continue ;;
        patch)
                if ! patch_tree "$work/tree" "$id"; then
                        complain "$id" "the patch does not apply to the tree"
                        continue
                fi
                if build "fuzz_${target[$id]}"; then
                        exhibit "$id"
                else
                        complain "$id" "the tree does not build with the bug"
                fi
                patch_tree "$work/tree" "$id" -R
                planted=yes
                ;;
        *)
                # What the last patch left behind is built away.
                [ -z "${planted:-}" ] || build "${needed[@]}"
                planted=
                exhibit "$id"
                ;;
        esac
done

# ---- the tree as it is -----------------------------------------------------------------------------------------------------

for name in "${!most[@]}"; do
        [ "$name" != alarm ] || continue
        for ((seed = 1; seed <= seeds; seed++)); do
                search "$work/unplanted/fuzz_$name" "$name" "$seed" 0 "${most[$name]}" "$work/found/unplanted-$name.$seed"
                [ "$(value found "$work/found/unplanted-$name.$seed")" = 0 ] ||
                        complain "$name" "seed $seed finds without a bug: $(value sentence "$work/found/unplanted-$name.$seed")"
        done
        echo "without a bug: $name, $seeds searches of ${most[$name]} runs"
done
[ -z "$table" ] || printf '%s\n' "$head" "$rule" "${rows[@]}" >"$table"
exit $status
