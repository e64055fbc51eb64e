#!/usr/bin/env bash
# Fuzz targets, one after the other: see usage(). Inputs that were found stay, and the next run begins with them.
set -euo pipefail
cd "$(dirname "$0")/.."
. fuzz/common.sh

usage() {
        cat <<'TEXT'
usage: ./dev fuzz [TARGET...] [SECONDS] [--afl] [--asan] [--instances N]

  TARGET         a file fuzz/target_TARGET.c [all of them]
  SECONDS        for each [60]
  --afl          AFL++ [libFuzzer]
  --asan         with AddressSanitizer and UBSan, some ten times slower; of several instances of AFL++ the last
  --instances N  so many processes that share what they find, one for each CPU that is free [1]

Begins with fuzz/seeds/TARGET and with what earlier runs left in build/fuzz-corpus/TARGET. A failure is shrunk, drawn, and
given as a replay line for ./dev replay; then the exit status is 1. What the engine itself says: build/fuzz-corpus/TARGET.log.
TEXT
}

engine=libfuzzer
asan=
instances=1
seconds=60
targets=()
while [ $# -ne 0 ]; do
        case $1 in
        --asan) asan=-asan ;;
        --afl) engine=afl ;;
        --instances)
                instances=${2:-}
                [[ $instances =~ ^[1-9][0-9]*$ ]] || die "--instances wants a number"
                shift
                ;;
        -h | --help) usage && exit ;;
        [0-9]*) seconds=$1 ;;
        *) is_target "$1" || die "there is no target $1; there are: $(all_targets | xargs)"
                targets+=("$1") ;;
        esac
        shift
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
        local options lines='^ *[0-9.]+ s |^(nothing found in|found a failure after) '
        mapfile -t options < <(engine_options)
        program=build/fuzz$asan/fuzz/fuzz_$target
        if [ "$instances" -ne 1 ]; then
                options+=(-fork="$instances")
                lines='^#[0-9]+: cov: |^found a failure after ' # of the parent, which runs nothing itself
        fi
        { "$program" "${options[@]}" -max_total_time="$seconds" -print_funcs=0 -dict="build/fuzz$asan/fuzz/rmmsim.dict" \
                -artifact_prefix="$failures/" "$base" "$seeds" 2>&1 || echo gave up >"$base.status"; } | tee -a "$log" |
                grep --line-buffered -E "$lines" || true
}

# What an instance of AFL++ does otherwise than the others. Most change inputs by records alone, and go on from other ones; every
# third by AFL++'s own means, too.
choose_settings() { # NUMBER
        name=main
        program=build/fuzz-afl/fuzz/fuzz_$target
        settings=(-p explore)
        only=1
        if [ "$1" -ne 0 ]; then
                name=second$1
                case $(($1 % 3)) in
                1) settings=(-p coe) ;;
                2) settings=(-p fast -x build/fuzz-afl/fuzz/rmmsim.dict) only= ;;
                0) settings=(-p rare) ;;
                esac
        fi
        [ "$1" -ne $((instances - 1)) ] || program=build/fuzz-afl$asan/fuzz/fuzz_$target
        if [ "$instances" -eq 1 ]; then
                name=default
        elif [ "$1" -eq 0 ]; then
                settings+=(-M "$name")
        else
                settings+=(-S "$name")
        fi
}

# A run takes microseconds, so they look at one another's queues each minute, the main one each half. Progress is that of the first:
# each counts for itself.
start_afl() { # NUMBER
        local progress=
        choose_settings "$1"
        [ "$1" -ne 0 ] || progress=$base.progress
        names+=("$name")
        env ${progress:+RMMSIM_FUZZ_PROGRESS="$progress"} ${only:+AFL_CUSTOM_MUTATOR_ONLY=1} \
                AFL_CUSTOM_MUTATOR_LIBRARY="${plain}_mutator.so" AFL_SYNC_TIME=1 AFL_FINAL_SYNC=1 \
                AFL_NO_UI=1 AFL_AUTORESUME=1 AFL_BENCH_UNTIL_CRASH=1 AFL_FAST_CAL=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
                AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
                afl-fuzz "${settings[@]}" -i "$seeds" -o "$base.afl" -V "$seconds" -G 4096 -t 20000 -- "$program" >>"$log" 2>&1 &
        running+=($!)
}

# The one that finds a crash ends, and then they all shall.
wait_for_afl() {
        local process
        while kill -0 "${running[@]}" 2>/dev/null && [ -z "$(afl_found crashes)" ]; do
                sleep 1
        done
        [ -z "$(afl_found crashes)" ] || kill "${running[@]}" 2>/dev/null || true
        for process in "${running[@]}"; do
                wait "$process" || echo gave up >"$base.status"
        done
}

afl_found() { # crashes or hangs
        find "$base.afl" -path "*/$1/id*" -newer "$base.begin"
}

# At its end; while it runs its own statistics are up to a minute old, so the program speaks for itself.
afl_summary() { # NAME
        awk -F ' *: ' -v name="$1" '{ value[$1] = $2 } END { printf "%8s  %d s, %d runs, %.0f/s, %d inputs kept, %d of them from others, %d edges of the code\n",
                name, value["run_time"], value["execs_done"], value["execs_per_sec"], value["corpus_count"], value["corpus_imported"],
                value["edges_found"] }' "$base.afl/$1/fuzzer_stats"
}

run_afl() {
        local names=() running=() i
        mkdir -p "$base.afl"
        : >"$base.progress"
        for ((i = 0; i < instances; i++)); do
                start_afl "$i"
        done
        # Behind the first failure there are more, each of a process that begins to count anew.
        tail -n 0 -f --pid="${running[0]}" "$base.progress" | awk '!over { print; fflush() } /^found/ { over = 1 }' &
        wait_for_afl
        wait
        { afl_found crashes; afl_found hangs; } | xargs -d '\n' -r cp -t "$failures"
        for i in "${names[@]}"; do
                [ ! -f "$base.afl/$i/fuzzer_stats" ] || afl_summary "$i"
        done
        "$plain" "$base.afl/${names[0]}/queue" | tail -n 1
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
        if [ $engine = afl ]; then
                build fuzz-plain "fuzz_$target" "fuzz_${target}_mutator"
                [ "$asan$instances" = -asan1 ] || build fuzz-afl "fuzz_$target" fuzz_words
                [ -z "$asan" ] || build fuzz-afl-asan "fuzz_$target"
        else
                build fuzz-plain "fuzz_$target"
                build fuzz$asan "fuzz_$target" fuzz_words
        fi
        echo "== $target, $seconds s"
        prepare "$target"
        if [ $engine = afl ]; then
                run_afl
        else
                run_libfuzzer
        fi
        report "$target" || status=1
done
exit $status
