#!/usr/bin/env bash
# What every file of the project must keep to.   tidy.sh SOURCE_DIR
set -euo pipefail
cd "$1"
status=0
complain() {
        echo "tidy: $*" >&2
        status=1
}
while read -r file; do
        [ "$(wc -l <"$file")" -le 500 ] || complain "$file has more than 500 lines: there is a second concept in it"
        case $file in
        examples/first_test.c) ;; # stands in the README as it is
        *) head -n 1 "$file" | grep -qx '/\* SPDX-License-Identifier: BSD-3-Clause \*/' || complain "$file: no licence line" ;;
        esac
        sed -n 2p "$file" | grep -q '^/\*' || [ "$file" = examples/first_test.c ] || complain "$file does not say what it models"
done < <(find libsim include tools tests examples bench fuzz -name '*.[ch]' -o -name '*.def' | sort)
if grep -rnE '\b(TODO|FIXME|XXX)\b' libsim include tools tests/*.c examples bench fuzz --include='*.[ch]'; then
        complain "unfinished business"
fi
exit $status
