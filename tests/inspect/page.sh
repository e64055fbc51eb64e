#!/usr/bin/env bash
# Is the program on a page the example, word for word but for its opening comment, and does it print what the page says?
# page.sh PAGE SOURCE PROGRAM
set -euo pipefail
page=$1 source=$2 program=$3
block() {
        sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$page" | sed '1d;$d'
}
sed '1,/^ \*\/$/d' "$source" | cmp - <(block c)
"$program" | cmp - <(block text)
