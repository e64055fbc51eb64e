#!/usr/bin/env bash
# The samples of docs/scripts.md are carried out: a script as it is, parts of one behind run_realm.rmm; and its lines of a transcript are
# what is printed.   run_docs.sh PROGRAM SOURCE_DIR
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"
here=$2/tests/tools

awk -v work="$work" '/^```$/ { inside = !inside; if (inside) { ++n } next } /^```/ { other = 1 } !inside { next }
        { print > (work "/sample" n) }' <(sed '/^```c$/,/^```$/d' "$2/docs/scripts.md")
[ "$(find "$work" -name 'sample*' | wc -l)" -eq 4 ] || wrong "docs/scripts.md: another number of samples"

# runs NAME FILE: succeeds and complains of nothing.
runs() {
        local result=0
        timeout 60 "$program" run "$2" >"$work/out" 2>"$work/err" </dev/null || result=$?
        [ "$result" -eq 0 ] && [ ! -s "$work/err" ] || wrong "$1: exit status $result: $(cat "$work/err")"
}

runs 'the first sample' "$work/sample1"
while read -r line; do
        grep -qxF -e "$line" "$work/out" || wrong "the transcript of the first sample has no line: $line"
done <"$work/sample2"
# A Realm that is new still, with tables.
cat "$here/run_realm.rmm" - "$work/sample3" >"$work/edges.rmm" <<'TEXT'
let new = 0x80080000
page params realm_params s2sz=32 rtt_level_start=1 rtt_num_start=1 rtt_base=new+4K num_bps=1 num_wps=1 vmid=2
pe0: rmi_granule_delegate addr=new+i*4K for i in 0..3 => SUCCESS
pe0: rmi_realm_create rd=new params_ptr=params => SUCCESS
pe0: rmi_rtt_create rd=new rtt=new+i*4K ipa=0 level=i for i in 2..3 => SUCCESS
TEXT
sed -i 's/0x80001000/0x80090000/' "$work/edges.rmm" # that Granule is part of the Realm
runs 'the sample of edges' "$work/edges.rmm"
cat "$here/run_realm.rmm" - "$work/sample4" >"$work/order.rmm" <<'TEXT'
pe0: rmi_rec_enter rec=vcpu0 run_ptr=run0 => entered
vcpu0: store 0x1000 2 3
irq 0
vcpu0: nop => exits
pe0: exits IRQ
TEXT
runs 'the sample of an entry' "$work/order.rmm"

# The message that the page shows.
printf 'rmmsim-script 1\n\n\n\n\n\npe0: rmi_granule_delegate adr=5\n' >"$work/boot.rmm"
(cd "$work" && "$program" run boot.rmm 2>"$work/err" >"$work/out") || true
message=$(cat "$work/err")
tr '\n' ' ' <"$2/docs/scripts.md" | grep -qF -- "$message" || wrong "docs/scripts.md does not show: $message"

exit $status
