#!/usr/bin/env bash
# Each command and each status of the rows is a word of the dictionary.   dictionary.sh DICTIONARY DIR_OF_ROWS
set -uo pipefail
failed=0
checks=0
check() { # NAME BYTES
        checks=$((checks + 1))
        grep -qxF -- "$1=\"$2\"" dictionary || { echo "the dictionary lacks $1=\"$2\"" >&2; failed=$((failed + 1)); }
}
rows=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/dictionary" && cd "$work" || exit 2

# little NUMBER BYTES: as \xNN
little() {
        local number=$1 i
        for ((i = 0; i < $2; i++)); do
                printf '\\x%02X' $((number & 255))
                number=$((number >> 8))
        done
}
while read -r name fid; do
        check "$name" "$(little "$fid" 4)"
done < <(sed -n 's/^COMMAND(\([A-Z_0-9]*\), *[a-z_0-9]*, *\(0x[0-9A-Fa-f]*\),.*/\1 \2/p' "$rows"/rmi.def "$rows"/rsi.def "$rows"/psci.def)
while read -r interface name value; do
        [ "$interface" = PSCI ] && size=8 || size=4
        check "${interface}_$name" "$(little "$value" "$size")"
done < <(sed -n 's/^\([A-Z]*\)_STATUS(\([A-Z_]*\), *\(-\?[0-9]*\),.*/\1 \2 \3/p' "$rows/status.def")
[ "$checks" -eq "$(wc -l <dictionary)" ] || { echo "$checks rows, $(wc -l <dictionary) words" >&2; failed=$((failed + 1)); }
echo "$((100 * (checks - failed) / checks))%: Checks: $checks, Failures: $failed, Errors: 0"
[ $failed -eq 0 ]
