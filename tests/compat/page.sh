#!/usr/bin/env bash
# Is the code on a page that of the files that it names, word for word, but for their opening comments?   page.sh PAGE SOURCE_DIR
set -euo pipefail
page=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each block of C stands below a line that names its file.
awk -v work="$work" '
        /^```c$/ { if (file == "") { print "a block of C without a file, line " NR; exit 1 } inside = 1; next }
        /^```$/ { if (inside) { inside = 0; file = "" } next }
        inside { print > (work "/" file); next }
        match($0, /tests\/compat\/attach\/[a-z]+\.c/) { file = substr($0, RSTART + 20, RLENGTH - 20) }' "$page"
for file in "$source"/tests/compat/attach/*.c; do
        echo "$(basename "$file")"
        sed '1,/^ \*\/$/d' "$file" | cmp - "$work/$(basename "$file")"
done
