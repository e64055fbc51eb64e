#!/usr/bin/env bash
# Does the program print what a page says it does? Its samples are blocks ```console, in which "$ rmmsim ..." is what is typed and
# the lines up to the next such line are what is printed, errors included.   page.sh PROGRAM PAGE
set -euo pipefail
program=$1 page=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/wanted"
ln -s "$(realpath "$program")" "$work/bin/rmmsim"

awk -v work="$work/wanted" '
        /^```console$/ { inside = 1; next }
        /^```$/ { inside = 0; file = ""; next }
        !inside { next }
        sub(/^\$ /, "") { file = sprintf("%s/%03d", work, ++n); print > (file ".typed"); printf "" > (file ".printed"); next }
        file == "" { print "a block that begins without a command, line " NR; exit 1 }
        { print > (file ".printed") }' "$page"
cd "$(dirname "$page")/.." # what is typed names files as seen from the top of the tree
found=0 status=0
for typed in "$work"/wanted/*.typed; do
        [ -e "$typed" ] || break
        found=$((found + 1))
        PATH=$work/bin:$PATH bash "$typed" >"$work/out" 2>&1 </dev/null || true
        diff -u "${typed%.typed}.printed" "$work/out" || { echo "$page: not so: $(cat "$typed")" >&2 && status=1; }
done
[ "$found" -gt 0 ] || { echo "$page: no samples" >&2 && status=1; }
exit $status
