#!/usr/bin/env bash
# Fuzz targets, one after the other: see usage(). Inputs that were found stay, and the next run begins with them.
set -euo pipefail
cd "$(dirname "$0")/.."
. fuzz/common.sh

usage() {
        cat <<'TEXT'
usage: ./dev fuzz [TARGET...] [SECONDS] [--asan | --afl]

  TARGET    a file fuzz/target_TARGET.c [all of them]
  SECONDS   for each [60]
  --asan    libFuzzer with AddressSanitizer and UBSan; some ten times slower
  --afl     AFL++

Begins with fuzz/seeds/TARGET and with what earlier runs left in build/fuzz-corpus/TARGET. A failure is shrunk, drawn, and
given as a replay line for ./dev replay; then the exit status is 1. What the engine itself says: build/fuzz-corpus/TARGET.log.
TEXT
}

engine=fuzz
seconds=60
targets=()
for argument in "$@"; do
        case $argument in
        --asan) engine=fuzz-asan ;;
        --afl) engine=fuzz-afl ;;
        -h | --help) usage && exit ;;
        [0-9]*) seconds=$argument ;;
        *) is_target "$argument" || die "there is no target $argument; there are: $(all_targets | xargs)"
                targets+=("$argument") ;;
        esac
done
[ ${#targets[@]} -ne 0 ] || mapfile -t targets < <(all_targets)
[ ${#targets[@]} -ne 0 ] || die "there are no targets"

# Where an engine keeps what it finds, and what it is given.
prepare() { # TARGET
        base=build/fuzz-corpus/$1
        log=$base.log
        failures=$base.failures
        seeds=fuzz/seeds/$1
        plain=build/fuzz-plain/fuzz/fuzz_$1
        program=build/$engine/fuzz/fuzz_$1
        mkdir -p "$base" "$failures"
        if [ ! -d "$seeds" ]; then
                seeds=build/fuzz-corpus/nothing
                mkdir -p "$seeds"
                printf '\0\0' >"$seeds/empty"
        fi
        touch "$base.begin"
        rm -f "$base.status"
        : >"$log"
}

run_libfuzzer() {
        # A schedule that fails is left where it stands, with all that it owns: no leaks. Entropic schedules cost more than they bring
        # where a run takes microseconds.
        { "$program" -max_total_time="$seconds" -max_len=1024 -timeout=20 -rss_limit_mb=4096 -detect_leaks=0 -entropic=0 \
                -print_funcs=0 -dict=build/$engine/fuzz/rmmsim.dict -artifact_prefix="$failures/" "$base" "$seeds" 2>>"$log" ||
                echo gave up >"$base.status"; } | tee -a "$log" |
                grep --line-buffered -E '^ *[0-9.]+ s |^(nothing found in|found a failure after) ' || true
}

# At its end; while it runs its own statistics are up to a minute old, so the program speaks for itself.
afl_summary() {
        tail -n 1 "$base.afl/default/plot_data" 2>/dev/null | awk -F ', ' '/^[0-9]/ {
                printf "%6d s  %d runs, %.0f/s, %d inputs kept, %d edges of the code\n", $1, $12, $11, $4, $13 }'
}

run_afl() {
        local process
        : >"$base.progress"
        RMMSIM_FUZZ_PROGRESS=$base.progress AFL_CUSTOM_MUTATOR_LIBRARY=${plain}_mutator.so AFL_CUSTOM_MUTATOR_ONLY=1 \
                AFL_NO_UI=1 AFL_AUTORESUME=1 AFL_BENCH_UNTIL_CRASH=1 AFL_FAST_CAL=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
                AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
                afl-fuzz -i "$seeds" -o "$base.afl" -V "$seconds" -G 4096 -t 20000 -- "$program" >>"$log" 2>&1 &
        process=$!
        # Behind the first failure there are more, each of a process that begins to count anew.
        tail -n 0 -f --pid=$process "$base.progress" | awk '!over { print; fflush() } /^found/ { over = 1 }'
        wait $process || echo gave up >"$base.status"
        find "$base.afl" -path '*/crashes/id*' -newer "$base.begin" -exec cp {} "$failures/" \;
        find "$base.afl" -path '*/hangs/id*' -newer "$base.begin" -exec cp {} "$failures/" \;
        afl_summary
        "$plain" "$base.afl/default/queue" | tail -n 1
}

# The first failure of this run, by the plain program.
report() { # TARGET
        local file
        file=$(find "$failures" -type f -newer "$base.begin" | sort | head -n 1)
        if [ -z "$file" ] && [ -f "$base.status" ]; then
                tail -n 5 "$log" >&2
                die "the engine has given up: see $log"
        fi
        [ -n "$file" ] || return 0
        echo "$1: $file"
        if "$plain" --shrink --timeout 20 "$file"; then
                "$plain" "$file" | grep '^replay: '
                echo "It fails in this build alone: $program $file"
        fi
        return 1
}

status=0
for target in "${targets[@]}"; do
        mutator=()
        [ $engine != fuzz-afl ] || mutator=("fuzz_${target}_mutator")
        build fuzz-plain "fuzz_$target" "${mutator[@]}"
        build $engine "fuzz_$target" fuzz_words
        echo "== $target, $seconds s"
        prepare "$target"
        if [ $engine = fuzz-afl ]; then
                run_afl
        else
                run_libfuzzer
        fi
        report "$target" || status=1
done
exit $status
