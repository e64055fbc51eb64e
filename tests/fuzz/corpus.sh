#!/usr/bin/env bash
# Corpora are merged: what is the same twice goes, and what is reached stays.   corpus.sh SOURCE_DIR ENGINE_PROGRAMS PLAIN_PROGRAMS
# ENGINE_PROGRAMS is where oss_fuzz.sh left its own; without them the test is skipped.
set -uo pipefail
project=$1
programs=$2
plain=$3/fuzz_abi_raw
[ -x "$programs/fuzz_abi_raw" ] || { echo "skipped: there is no $programs/fuzz_abi_raw"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
failed=0
expect() { # STATUS TEXT COMMAND...: it returns STATUS, and TEXT is in what it prints
        local status=$1 text=$2 got
        shift 2
        "$@" >"$work/now" 2>&1
        got=$?
        checks=$((checks + 1))
        if [ $got -ne "$status" ] || ! grep -qF -- "$text" <(echo; cat "$work/now"); then
                echo "status $got, expected $status and '$text': $*" >&2
                head -c 2000 "$work/now" >&2
                failed=$((failed + 1))
        fi
}
merge() { # ARGUMENTS...
        "$project/fuzz/corpus.sh" abi_raw --programs "$programs" "$@"
}
count() {
        find "$1" -type f | wc -l
}
counters() { # DIR: what its inputs reach, apart from what the first run does for all
        "$plain" "$work/first" "$1" | sed -n 's/.*failures; //p'
}

# Twice the same; and once more, behind it a byte that this target does not look at. AFL++ has one that nobody else has.
cp -r "$project/fuzz/seeds/abi_raw" "$work/seeds"
seeds=$(count "$work/seeds")
cp "$work/seeds/psci" "$work/first"
mkdir -p "$work/twice" "$work/longer" "$work/afl/main/queue/.state" "$work/afl/main/crashes" "$work/all"
for file in "$work/seeds"/*; do
        cp "$file" "$work/twice/$(basename "$file")_again"
        { cat "$file"; printf '\0'; } >"$work/longer/$(basename "$file")"
done
mv "$work/seeds/hints" "$work/afl/main/queue/id:000000,time:0,execs:0,orig:hints"
rm "$work/twice/hints_again" "$work/longer/hints"
touch "$work/afl/main/fuzzer_stats" "$work/afl/main/queue/.state/id:000000" "$work/afl/main/crashes/README.txt"
(cd "$work/twice" && zip -q -r "$work/twice.zip" .)
expect 0 "" cmp -s "$work/seeds/psci" "$work/twice/psci_again"

expect 0 "abi_raw: $((3 * seeds - 2)) inputs, $((2 * seeds - 1)) different, " \
        merge --to "$work/merged" "$work/seeds" "$work/twice.zip" "$work/longer" "$work/afl"
cp -r "$work/seeds/." "$work/all/"
cp "$work/afl/main/queue"/id* "$work/all/"
expect 0 "" test "$(count "$work/merged")" -ge 2
expect 0 "" test "$(count "$work/merged")" -lt $((2 * seeds - 1))
expect 0 "" test "$(counters "$work/all")" = "$(counters "$work/merged")"
expect 1 "" test "$(counters "$work/seeds")" = "$(counters "$work/merged")"
expect 0 "" test -z "$(find "$work/merged" -type f -exec sha1sum {} + | awk '{ sub(".*/", "", $2); if ($1 != $2) print }')"

# By what is reached, too; and again, with nothing new, all stay. From where the user stands.
reached=$(counters "$work/merged")
expect 0 "abi_raw: ${reached%%, pairs*}" merge --to "$work/merged"
cp -r "$work/merged" "$work/before"
cd "$work" || exit 2
expect 0 "abi_raw: " merge --to merged twice
expect 0 "" diff -r before merged

# What has grown shrinks: nothing is left there under the name that it had.
cp -r seeds grown && cp twice/* grown/
expect 0 "abi_raw: $((2 * seeds - 2)) inputs, $((seeds - 1)) different, " merge --to grown
cp now printed
expect 1 "" test -e grown/psci
expect 1 "" test -e grown/psci_again
expect 0 " $(count grown) kept in " cat printed

# An input that fails: the engine has put it aside.
mkdir programs
cat >programs/fuzz_abi_raw <<TEXT
#!/bin/sh
for argument in "\$@"; do
        case \$argument in -artifact_prefix=*) echo bytes >"\${argument#*=}crash-1234" ;; esac
done
exec "$programs/fuzz_abi_raw" "\$@"
TEXT
chmod +x programs/fuzz_abi_raw
expect 1 "abi_raw: fails: $work/merged.failures/crash-1234" "$project/fuzz/corpus.sh" abi_raw --programs programs --to merged twice
expect 0 "bytes" cat merged.failures/crash-1234
printf '#!/bin/sh\necho it is broken\nexit 1\n' >programs/fuzz_abi_raw
expect 2 "it is broken" "$project/fuzz/corpus.sh" abi_raw --programs programs --to merged twice
expect 0 "" diff -r before merged

# What is wrong is said, and nothing is lost.
mkdir -p other/folder && echo word >other/file && echo word >word.zip
head -c 4097 /dev/zero >long
expect 2 "other holds more than inputs" merge --to other seeds
expect 0 "word" cat other/file
mkdir longs && mv long longs/
expect 2 "longs holds more than inputs" merge --to longs seeds
expect 2 "word.zip is neither a folder nor a zip file" merge --to merged word.zip
expect 2 "no target and no file" merge --to merged nothing
expect 2 "of which target" merge psci_protocols --to merged seeds
expect 2 "of which target" "$project/fuzz/corpus.sh" seeds
expect 2 "--to wants a folder" merge --to
expect 2 "no option --fast" merge --fast
expect 2 "there is no program" "$project/fuzz/corpus.sh" abi_raw --programs other --to merged seeds
expect 0 "" diff -r before merged
mkdir empty
expect 0 "abi_raw: no inputs" merge --to none empty
expect 0 "usage: ./dev corpus" merge --help

echo "$((100 * (checks - failed) / checks))%: Checks: $checks, Failures: $failed, Errors: 0"
[ $failed -eq 0 ]
