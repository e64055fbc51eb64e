#!/usr/bin/env bash
# The program itself: help, version, what it does not understand, and output that does not arrive.   program.sh PROGRAM SOURCE_DIR
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"
version=$(sed -n 's/^project(rmmsim VERSION \([0-9.]*\) .*/\1/p' "$2/CMakeLists.txt")

prints --version <<<"rmmsim $version"
has_line 'usage: rmmsim SUB-COMMAND [ARGUMENT...]' --help
refuses 2 <<<"rmmsim: no sub-command given; try 'rmmsim --help'"
refuses 2 nonsense <<<"rmmsim: no sub-command 'nonsense'; try 'rmmsim --help'"
refuses 2 --nonsense <<<"rmmsim: no option '--nonsense'; try 'rmmsim --help'"
refuses 2 '' <<<"rmmsim: no sub-command ''; try 'rmmsim --help'"

# Each sub-command of the list has help of its own, wherever --help stands, and refuses other options.
"$program" --help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p' >"$work/names"
for name in explain spec; do
        grep -qx $name "$work/names" || wrong "$name is not in the list"
done
while read -r name; do
        "$program" "$name" --help >"$work/help" </dev/null
        grep -q "^usage: rmmsim $name" "$work/help" || wrong "$name --help: no usage"
        prints "$name" a --help <"$work/help"
        refuses 2 "$name" --no-such-option <<<"rmmsim $name: no option '--no-such-option'; try 'rmmsim $name --help'"
done <"$work/names"

# Full disks and readers that went away.
for arguments in --help --version 'spec types' 'explain 0xc4000150'; do
        result=0
        # shellcheck disable=SC2086
        "$program" $arguments >/dev/full 2>"$work/err" || result=$?
        if [ "$result $(cat "$work/err")" != '1 rmmsim: the output could not be written: No space left on device' ]; then
                wrong "$arguments into a full disk: $result, $(cat "$work/err")"
        fi
done
result=0
"$program" --version >&- 2>"$work/err" || result=$?
[ "$result $(wc -l <"$work/err")" = '1 1' ] || wrong "closed stdout: $result"
mkfifo "$work/pipe"
(
        trap '' PIPE
        : <"$work/pipe" &
        exec 3>"$work/pipe" # both ends are open now
        wait
        result=0
        "$program" spec types >&3 2>"$work/err" || result=$?
        [ "$result" -eq 1 ] && grep -q 'Broken pipe' "$work/err"
) || wrong "closed pipe: $(cat "$work/err")"

exit $status
