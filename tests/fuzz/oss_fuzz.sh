#!/usr/bin/env bash
# The build script of OSS-Fuzz and ClusterFuzzLite under the variables of its contract, and then what their check of a build
# looks at, for each program that it made.   oss_fuzz.sh SOURCE_DIR DIR [SECONDS]
# Leaves the programs in DIR/moved. Needs clang with its runtime, and zip: without them the test is skipped.
set -uo pipefail
project=$1
dir=$2
seconds=${3:-2}

# What the image has in which programs are run, apart from what is in $OUT.
base='^(linux-vdso|ld-linux-x86-64|ld-linux-aarch64|libc|libm|libgcc_s|libstdc\+\+|libpthread|libdl|librt)\.so'
# As in the check of a build: fewer, and something was built without the flags; more calls of UBSan, and with too many.
runs=4
least_edges=100
least_asan_calls=1000
most_ubsan_calls=200

skip() {
        echo "skipped: $*"
        exit 77
}
for tool in clang clang++ zip unzip objdump; do
        command -v $tool >/dev/null || skip "there is no $tool"
done
rm -rf "$dir" && mkdir -p "$dir/src" "$dir/out" "$dir/work" "$dir/corpora" || exit 2
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }' >"$dir/probe.cc"
clang++ -fsanitize=address,fuzzer "$dir/probe.cc" -o "$dir/probe" 2>/dev/null || skip "clang has no runtime of libFuzzer"
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip "the contract knows no $(uname -m)" ;;
esac

checks=0
failed=0
check() { # WHAT COMMAND...
        local what=$1
        shift
        checks=$((checks + 1))
        "$@" >"$dir/checked" 2>&1 && return
        failed=$((failed + 1))
        echo "failed: $what" >&2
        head -c 1000 "$dir/checked" >&2
        return 1
}
said() { # COMMAND...: what it says is in $dir/said
        "$@" >"$dir/said" 2>&1 || { tail -n 20 "$dir/said"; return 1; }
}
at_least() {
        echo "$1, expected at least $2"
        [ "${1:-0}" -ge "$2" ]
}
at_most() {
        echo "$1, expected at most $2"
        [ "${1:-0}" -le "$2" ]
}
same() {
        diff <(echo "$1") <(echo "$2")
}

# --- build ------------------------------------------------------------------------------------------------------------

export SRC=$dir/src OUT=$dir/out WORK=$dir/work
export CC=clang CXX=clang++ CCC=clang++ FUZZING_LANGUAGE=c FUZZING_ENGINE=libfuzzer SANITIZER=address
ARCHITECTURE=$(uname -m)
export ARCHITECTURE LIB_FUZZING_ENGINE=-fsanitize=fuzzer
CFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
export CFLAGS="$CFLAGS -fsanitize=address -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link"
export CXXFLAGS=$CFLAGS

mkdir "$SRC/rmmsim"
cp -r "$project"/{CMakeLists.txt,cmake,include,libsim,fuzz,.clusterfuzzlite} "$SRC/rmmsim/" || exit 2
cp -L "$project/.clusterfuzzlite/build.sh" "$SRC/build.sh"
cd "$SRC/rmmsim" || exit 2
before=$(find fuzz/seeds -type f | LC_ALL=C sort | xargs sha1sum)
bash -eux "$SRC/build.sh" >"$dir/build.log" 2>&1 || { tail -n 30 "$dir/build.log"; echo "0%: Checks: 1, Failures: 1, Errors: 0"; exit 1; }
refused() { # VARIABLES...
        ! env "$@" bash -eu "$SRC/build.sh" 2>&1
}
check "the script refuses a sanitizer that would be wrong" refused SANITIZER=memory OUT="$dir/none" WORK="$dir/none"
check "the script refuses an architecture that is too small" refused ARCHITECTURE=i386 OUT="$dir/none" WORK="$dir/none"

# --- each program, elsewhere: nothing may depend on where it was built ------------------------------------------------

mv "$OUT" "$dir/moved" && rm -rf "$WORK" && OUT=$dir/moved
cd "$OUT" || exit 2
expected=$(cd "$project/fuzz" && echo target_*.c | sed 's/\.c\b//g; s/\btarget_/fuzz_/g' | xargs -n 1)
found=$(find . -maxdepth 1 -type f -executable | sed 's,^\./,,' | LC_ALL=C sort)
check "a program for each target, and no other" same "$expected" "$found"
check "nothing else is there than what the contract names" same "" \
        "$(find . -mindepth 1 -maxdepth 1 ! -name lib | grep -vE '^\./[A-Za-z0-9_-]+(|\.dict|\.options|_seed_corpus\.zip)$')"

foreign_libraries() { # PROGRAM: those which the image does not have, and which are not beside the program
        ldd "./$1" | awk -v out="$OUT/" '{ if (index($3, out) != 1) print $1 }' | sed 's,.*/,,' | grep -vE "$base"
}
calls() { # PREFIX: how many in the program that was taken apart
        grep -cE "(call|bl) .*<__$1" "$dir/code"
}
options() { # FILE: as arguments
        sed -n 's/^\([a-z_]*\) *= *\([0-9a-z._]*\)$/-\1=\2/p' "$1"
}
for name in $found; do
        check "$name: has the function that the infrastructure looks for" grep -q LLVMFuzzerTestOneInput "$name"
        check "$name: needs no library that is not there" same "" "$(foreign_libraries "$name")"
        objdump -d --no-show-raw-insn "$name" >"$dir/code"
        check "$name: is built with AddressSanitizer" at_least "$(calls asan)" $least_asan_calls
        check "$name: is built without other sanitizers" at_most "$(calls '(ubsan|msan|dfsan)')" $most_ubsan_calls

        check "$name: runs" said "./$name" -seed=1337 -runs=$runs
        check "$name: does all its runs" grep -q "^Done $runs runs" "$dir/said"
        check "$name: is instrumented" at_least "$(sed -n 's/^INFO: Loaded.*(\([0-9]*\) inline 8-bit counters).*/\1/p' "$dir/said")" $least_edges

        corpus=$dir/corpora/$name
        check "$name: has seeds" unzip -q "${name}_seed_corpus.zip" -d "$corpus"
        check "$name: has all its seeds" diff -r "$project/fuzz/seeds/${name#fuzz_}" "$corpus"
        check "$name: passes its seeds" said "./$name" -runs=0 "$corpus"
        check "$name: reads all its seeds" grep -q "^INFO: *$(find "$corpus" -type f | wc -l) files found in" "$dir/said"

        check "$name: has options in their section" same "[libfuzzer]" "$(grep -vE '^[a-z_]+ *= *[0-9a-z._]+$' "$name.options")"
        mapfile -t arguments < <(options "$name.options")
        check "$name: has options" at_least ${#arguments[@]} 1
        check "$name: fuzzes for $seconds s" said "./$name" "${arguments[@]}" -dict="$name.dict" -max_total_time="$seconds" "$corpus"
        check "$name: takes all words of the dictionary" grep -qx "Dictionary: $(wc -l <"$name.dict") entries" "$dir/said"
        check "$name: knows its options" same "" "$(grep -i 'unrecognized' "$dir/said")"
        check "$name: found nothing, and says what it reached" grep -q '^nothing found in .* conditions [1-9]' "$dir/said"
done
cd "$SRC/rmmsim" || exit 2
check "seeds in the tree are as they were" same "$before" "$(find fuzz/seeds -type f | LC_ALL=C sort | xargs sha1sum)"

# --- what the infrastructure reads besides ----------------------------------------------------------------------------

for folder in .clusterfuzzlite fuzz/oss-fuzz; do
        check "$folder: the language is named" grep -qx 'language: c' $folder/project.yaml
        check "$folder: no sanitizer that the script refuses" same "" "$(grep memory $folder/project.yaml)"
        release=$(sed -n 's/^base_os_version: //p' $folder/project.yaml)
        check "$folder: programs run on the release on which they are built" grep -qx "FROM gcr.io/oss-fuzz-base/base-builder:$release" $folder/Dockerfile
done

echo "$((100 * (checks - failed) / checks))%: Checks: $checks, Failures: $failed, Errors: 0"
[ $failed -eq 0 ]
