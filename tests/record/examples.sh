#!/usr/bin/env bash
# The examples that record, on threads and explored, carried out again.   examples.sh PROGRAM BOOT_REALM RECORD_PSCI
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

head -c 20000 "$0" >"$work/file"
"$2" --record "$work/boot.trace" "$work/file" >"$work/out"
"$1" replay "$work/boot.trace"

"$3" "$work/psci.trace"
"$1" replay "$work/psci.trace"
"$3" "$work/again.trace"
cmp "$work/psci.trace" "$work/again.trace"
grep -q '^[0-9a-fx]*: psci_cpu_off => exits' "$work/psci.trace"

# A recording that cannot be written is told of.
if "$2" --record /dev/full "$work/file" >"$work/out" 2>"$work/err"; then
        echo "boot_realm --record /dev/full succeeds" >&2
        exit 1
fi
grep -q 'No space left on device' "$work/err"
