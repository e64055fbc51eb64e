#!/usr/bin/env bash
# Scripts that nobody would write, made of those that are there.   run_fuzz.sh RUN_FUZZ SOURCE_DIR RUNS SEED
set -euo pipefail
here=$2/tests/tools
work=$(mktemp -d)
cp "$here"/scripts/*.rmm "$2"/examples/*.rmm "$work"
for part in "$here"/scripts/*.part; do
        cat "$here/run_realm.rmm" "$part" >"$work/$(basename "$part" .part).rmm"
done
if ! "$1" "$3" "$4" "$work/last" "$work"/*.rmm; then
        echo "the script of the last run is $work/last" >&2
        exit 1
fi
rm -rf "$work"
