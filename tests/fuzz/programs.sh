#!/usr/bin/env bash
# The plain program of targets that must fail: what it finds, prints and returns.   programs.sh DIR_OF_PROGRAMS [SANITIZERS]
set -uo pipefail
programs=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
failed=0

# expect STATUS TEXT COMMAND...: it returns STATUS, and TEXT is in what it prints.
expect() {
        local status=$1 text=$2 got
        shift 2
        "$@" >"$work/printed" 2>&1
        got=$?
        checks=$((checks + 1))
        if [ $got -ne "$status" ] || ! grep -qF -- "$text" <(echo; cat "$work/printed"); then
                echo "status $got, expected $status and '$text': $*" >&2
                head -c 2000 "$work/printed" >&2
                failed=$((failed + 1))
        fi
}
says() { # KEY=VALUE of the summary
        checks=$((checks + 1))
        grep -qxF -- "$1" "$work/summary" || { echo "no $1 in the summary:" >&2; cat "$work/summary" >&2; failed=$((failed + 1)); }
}
sequence=$programs/fuzz_toy_sequence
race=$programs/fuzz_toy_race
crash=$programs/fuzz_toy_crash

# The search finds the planted bugs, and shrinks them to what they are.
smallest=0b0005030b0f04060601090c01
for seed in 2 3 4; do
        expect 1 "the lock is open at 5" "$sequence" --search 0 --runs 2000000 --seed $seed --quiet --summary "$work/summary"
        says "target=toy_sequence"
        says "seed=$seed"
        says "found=1"
        says "records=5"
        says "preemptions=0"
        says "replay=rmmsim-fuzz:1 target=toy_sequence input=$smallest"
        expect 1 "between the look and the step" "$race" --search 0 --runs 100000 --seed $seed --quiet --summary "$work/summary" \
                --out "$work/race"
        says "records=3"
        says "preemptions=1"
done
expect 1 "must be a Granule in state" "$programs/fuzz_toy_pages" --search 0 --runs 100000 --quiet --summary "$work/pages"
expect 0 "preemptions=1" cat "$work/pages"
expect 0 "edges=2" cat "$work/pages" # of Granules: given, and taken back
expect 1 "" grep -x pairs=0 "$work/pages"
line=$(sed -n 's/^replay=//p' "$work/summary")

# The same seed does the same, apart from the time it takes.
for n in 1 2; do
        "$sequence" --search 0 --runs 5000 --seed 7 --quiet --summary "$work/same$n" >/dev/null
        "$race" --search 0 --runs 100000 --seed 7 --quiet --summary "$work/race$n" >/dev/null
        cat "$work/race$n" >>"$work/same$n"
        grep -v '^seconds=' "$work/same$n" >"$work/timeless$n"
done
expect 0 "" cmp "$work/timeless1" "$work/timeless2"
expect 0 "runs=5000" cat "$work/same1"
expect 0 "found=0" cat "$work/same1"

# What was found leads there again: by file, by line, by a line in a file.
expect 1 "-1 tickets are left" "$race" "$work/race"
expect 1 "-1 tickets are left" "$race" "$line"
expect 1 "replay: $line" "$race" "$line"
echo "$line" >"$work/line"
expect 1 "PE 0  " "$race" "$work/line"
expect 1 "takes a ticket" "$race" --shrink "$line"
expect 1 "shrunk to 5 records, 0 preemptions" "$sequence" --shrink "rmmsim-fuzz:1 target=toy_sequence input=110009${smallest:6}0000"
# A record that goes takes its choices along: the preemption has to come sooner. And of a preemption each part is made small.
expect 1 "target=toy_race input=06000001000101010400" "$race" --shrink "rmmsim-fuzz:1 target=toy_race input=080000000001000101010500"
expect 1 "target=toy_race input=06000001000101010400" "$race" --shrink "rmmsim-fuzz:1 target=toy_race input=06000001000101010406"
# One preemption may do for two, though further behind.
expect 1 "shrunk to 3 records, 1 preemptions" "$race" --shrink "rmmsim-fuzz:1 target=toy_race input=060000010201000100010100"
# What is the same in two records changes in both.
expect 1 "target=toy_pages input=0400000001000100" "$programs/fuzz_toy_pages" --shrink \
        "rmmsim-fuzz:1 target=toy_pages input=0400000301030100"
expect 1 "2 inputs, 2 failures" "$race" "$work/line" "$line"

# Directories, and inputs in which there is nothing to find.
mkdir "$work/corpus"
printf '\0\0' >"$work/corpus/a"
printf '\2\0\1\1' >"$work/corpus/b"
expect 0 "2 inputs, 0 failures" "$race" "$work/corpus"
expect 0 "nothing found" "$race" "$work/corpus/b"
expect 0 "PE 1 takes a ticket" "$race" "$work/corpus/b"
expect 0 "the input does not fail" "$race" --shrink "$work/corpus/b"
cp "$work/race" "$work/corpus/c"
expect 1 "3 inputs, 1 failures" "$race" "$work/corpus"
expect 1 "1 runs in" "$race" --search 0 --runs 9 --corpus "$work/race"

# What is wrong is said.
expect 2 "No such file" "$race" "$work/none"
expect 2 "No such file" "$race" --search 1 --corpus "$work/none"
head -c 4097 /dev/zero >"$work/long"
expect 2 "longer than 4096 bytes" "$race" "$work/long"
expect 2 "for target toy_race, this is toy_sequence" "$sequence" "$line"
expect 2 "not hexadecimal" "$race" "rmmsim-fuzz:1 target=toy_race input=zz"
expect 2 "--search SECONDS" "$race"
expect 2 "--search SECONDS" "$race" --nonsense
expect 2 "--search SECONDS" "$race" --search 1 "$work/race"
expect 2 "x is not a number" "$race" --search x
expect 2 "-1 is not a number" "$race" --search 1 --seed -1
expect 2 "No such file" "$race" --search 0 --runs 100000 --quiet --out "$work/none/out"
expect 2 "No such file" "$race" --search 0 --runs 1 --quiet --summary "$work/none/summary"
expect 0 "--search SECONDS" "$race" --help

# Sudden ends: the line is printed before.
ulimit -c 0
expect 134 "replay: rmmsim-fuzz:1 target=toy_crash input=010001" "$crash" "rmmsim-fuzz:1 target=toy_crash input=010001"
"$crash" "rmmsim-fuzz:1 target=toy_crash input=010002" >"$work/ended" 2>/dev/null && failed=$((failed + 1))
expect 0 "replay: rmmsim-fuzz:1 target=toy_crash input=010002" cat "$work/ended"
# ThreadSanitizer keeps a signal back until the program calls something, and this one never does.
[[ ${2:-} == *thread* ]] ||
        expect 1 "replay: rmmsim-fuzz:1 target=toy_crash input=010003" "$crash" --timeout 1 "rmmsim-fuzz:1 target=toy_crash input=010003"
expect 0 "1 inputs, 0 failures" "$crash" --timeout 1 "rmmsim-fuzz:1 target=toy_crash input=010000"

echo "$((100 * (checks - failed) / checks))%: Checks: $checks, Failures: $failed, Errors: 0"
[ $failed -eq 0 ]
