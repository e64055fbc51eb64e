#!/usr/bin/env bash
# Scripts with mistakes: what is said about them, to the column (run_bad.txt); and bytes that no text has.   run_bad.sh PROGRAM SOURCE_DIR
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"
here=$2/tests/tools
before=$(wc -l <"$here/run_realm.rmm")

# One folder a case: the status, what is said, the script.
awk -v work="$work" '
        /^=== [0-9]+$/ {
                folder = sprintf("%s/%03d", work, ++n)
                system("mkdir " folder)
                printf "" > (folder "/said")
                printf "" > (folder "/script")
                print $2 > (folder "/status")
                part = "said"
                next
        }
        n == 0 { next }
        part == "said" && $0 == "---" { part = "script"; next }
        { print > (folder "/" part) }' \
        "$here/run_bad.txt"
cases=0
for folder in "$work"/[0-9]*; do
        cases=$((cases + 1))
        line=0
        if [ "$(head -n 1 "$folder/script")" = @realm ]; then
                line=$before
                tail -n +2 "$folder/script" | cat "$here/run_realm.rmm" - >"$folder/whole"
        else
                cp "$folder/script" "$folder/whole"
        fi
        result=0
        timeout 60 "$program" run --quiet "$folder/whole" >"$folder/out" 2>"$folder/err" </dev/null || result=$?
        # Lines behind run_realm.rmm are counted from there.
        awk -v before="$line" -v name="$folder/whole" '{
                sub("^" name ":", ""); sub(/^ /, "")
                if (before && match($0, /^[0-9]+:/)) { $0 = "+" (substr($0, 1, RLENGTH - 1) - before) substr($0, RLENGTH) }
                if (before && match($0, /since line [0-9]+/)) {
                        $0 = substr($0, 1, RSTART + 10) "+" (substr($0, RSTART + 11, RLENGTH - 11) - before) substr($0, RSTART + RLENGTH)
                }
                print }' "$folder/err" >"$folder/got"
        if [ "$result" != "$(cat "$folder/status")" ] || [ -s "$folder/out" ] || ! diff -u "$folder/said" "$folder/got"; then
                wrong "run_bad.txt, case $cases: exit status $result: $(head -n 4 "$folder/script")"
        fi
done
[ "$cases" -gt 40 ] || wrong "only $cases cases were found"

# Bytes.   bytes FORMAT LINE:COLUMN: ...
bytes() {
        # shellcheck disable=SC2059
        printf "$1" >"$work/bytes"
        refuses 2 run "$work/bytes" <<<"$work/bytes:$2"
}
bytes 'rmmsim-script 1\npe0: rmi_ver\0sion' '2:13: a zero byte: a script is text'
bytes 'rmmsim-script 1\nlet \303\244 = 1\n' '2:5: a byte 0xc3: outside of comments a script is plain ASCII'
bytes 'rmmsim-script 1\naudit\001' '2:6: a byte 0x01: outside of comments a script is plain ASCII'
bytes 'rmmsim-script 1\rpes 2\n' '1:16: a byte 0x0d: outside of comments a script is plain ASCII'
bytes '' "1:1: the first line is 'rmmsim-script 1' or 'rmmsim-trace 1'"
bytes '\177ELF' '1:1: a byte 0x7f: outside of comments a script is plain ASCII'
{ echo rmmsim-script 1 && head -c 65537 /dev/zero | tr '\0' ' '; } >"$work/long"
refuses 2 run "$work/long" <<<"$work/long:2:65537: a line of more than 65536 bytes"
{ echo rmmsim-script 1 && head -c 65536 /dev/zero | tr '\0' ' '; } >"$work/long"
prints run --quiet "$work/long" </dev/null
printf 'rmmsim-script 1\r\n# \303\244\r\n\r\n\tpe0:\trmi_version req=0x10000\t=> SUCCESS#\r\naudit\r' >"$work/dos"
prints run "$work/dos" <<'TEXT'
rmmsim-script 1

pe0: rmi_version req=0x10000 => SUCCESS lower=0x10000 higher=0x10000
audit
TEXT

# Files that are none, and that are no traces.
refuses 2 run "$work/nowhere" <<<"$work/nowhere: cannot be read: No such file or directory"
refuses 2 run "$work" <<<"$work: cannot be read: Is a directory"
printf 'rmmsim-script 1\n' >"$work/script"
refuses 2 replay "$work/script" <<<"$work/script:1:1: a script, and no trace: rmmsim run"
printf 'rmmsim-trace 1\nused\n| GRANULE 0x80000000 DELEGATED\naudit\n' >"$work/used"
refuses 2 replay "$work/used" <<<"$work/used:2:1: recording began when the instance had been used: such a trace can be drawn, not replayed"
refuses 2 run --quiet "$work/used" <<<"$work/used:2:1: recording began when the instance had been used: such a trace can be drawn, not replayed"
refuses 1 run --record "$work/nowhere/trace" "$work/script" \
        <<<"$work/nowhere/trace: cannot be written: No such file or directory"
result=0
"$program" run --quiet --record /dev/full "$2/examples/boot.rmm" 2>"$work/err" || result=$?
[ "$result $(cat "$work/err")" = '1 /dev/full: cannot be written: No space left on device' ] || wrong "a full disk: $result"

# What is not understood on the command line.
refuses 2 run <<<"rmmsim run: no script given; try 'rmmsim run --help'"
refuses 2 run a b <<<"rmmsim run: one script at a time, and 'b' is another; try 'rmmsim run --help'"
refuses 2 run --record <<<"rmmsim run: --record needs the name of a file; try 'rmmsim run --help'"
refuses 2 replay <<<"rmmsim replay: no trace given; try 'rmmsim replay --help'"
refuses 2 replay a b <<<"rmmsim replay: one trace at a time, and 'b' is another; try 'rmmsim replay --help'"
result=0
printf 'rmmsim-script 1\naudit\n' | "$program" run - >"$work/out" || result=$?
[ "$result $(tail -n 1 "$work/out")" = '0 audit' ] || wrong "a script from the standard input: $result"

exit $status
