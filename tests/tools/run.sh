#!/usr/bin/env bash
# Scripts: their answers are as expected; the transcript is a script that gives itself; a trace of each is answered as recorded;
# and every statement and option of docs/scripts.md is in one of them.   run.sh PROGRAM SOURCE_DIR
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"
here=$2/tests/tools

mkdir "$work/scripts"
cp "$here"/scripts/*.rmm "$2"/examples/*.rmm "$work/scripts"
for part in "$here"/scripts/*.part; do
        # Lines that begin with `#+` are settings.
        { sed '/^pes 2$/q' "$here/run_realm.rmm" && sed -n 's/^#+ //p' "$part" && sed '1,/^pes 2$/d' "$here/run_realm.rmm" && cat "$part"; } \
                >"$work/scripts/$(basename "$part" .part).rmm"
done

# Does it succeed, and complain of nothing?   does NAME ARGUMENT...
does() {
        local name=$1 result=0
        shift
        timeout 120 "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || result=$?
        if [ "$result" -ne 0 ] || [ -s "$work/err" ]; then
                wrong "$name: exit status $result: $(head -n 5 "$work/err")"
        fi
}

# All PEs that there can be, each inside an entry, and left there.
{
        cat <<'TEXT'
rmmsim-script 1
pes 1024
dram 0x80000000 32M
feature rec_aux_count=255 max_recs_order=11
let rd = 0x80000000
let recs = rd+16K
let params = rd+24M
let run0 = rd+25M
pe0: rmi_granule_delegate addr=rd+i*4K for i in 0..1028
page params realm_params s2sz=32 rtt_level_start=1 rtt_num_start=1 rtt_base=rd+4K num_bps=1 num_wps=1 vmid=1
pe0: rmi_realm_create rd=rd params_ptr=params => SUCCESS
pe0: rmi_rtt_create rd=rd rtt=rd+8K ipa=0 level=2 => SUCCESS
pe0: rmi_rtt_create rd=rd rtt=rd+12K ipa=0 level=3 => SUCCESS
pe0: rmi_rtt_init_ripas rd=rd base=0 top=4K => SUCCESS
pe0: rmi_data_create rd=rd data=recs+4M ipa=0 src=params => SUCCESS
TEXT
        for ((i = 0; i < 1024; i++)); do
                echo "page params rec_params flags=1 mpidr=$((i & 15 | (i >> 4) << 8))" # aff0 has four bits, aff1 eight
                echo "pe0: rmi_rec_create rd=rd rec=recs+$i*4K params_ptr=params => SUCCESS"
        done
        echo "pe0: rmi_realm_activate rd=rd => SUCCESS"
        for ((i = 0; i < 1024; i++)); do
                echo "pe$i: rmi_rec_enter rec=recs+$i*4K run_ptr=run0+$i*4K => entered"
        done
        for ((i = 1023; i >= 0; i--)); do
                echo "recs+$i*4K: store 0 8 $i => done"
        done
        echo "recs+512*4K: load 0 8 => 0"
} >"$work/scripts/many.rmm"

for script in "$work"/scripts/*.rmm; do
        name=$(basename "$script")
        does "$name" run --quiet --record "$work/trace" "$script"
        [ ! -s "$work/out" ] || wrong "$name: --quiet is not: $(head -n 3 "$work/out")"
        does "$name: its trace" replay "$work/trace"
        grep -qxE '[1-9][0-9]* actions, all answered as recorded' "$work/out" || wrong "$name: $(cat "$work/out")"
        does "$name: its trace as a script" run --quiet "$work/trace"
        # A trace of the replay is the trace, but for names and for what only a script says.
        does "$name: a trace of its trace" run --quiet --record "$work/again" "$work/trace"
        cmp "$work/trace" "$work/again" || wrong "$name: the trace of its trace is another"
        for option in '' --edges; do
                # shellcheck disable=SC2086
                does "$name: its transcript" run $option "$script"
                cp "$work/out" "$work/transcript.rmm"
                # shellcheck disable=SC2086
                does "$name: its transcript as a script" run $option "$work/transcript.rmm"
                cmp "$work/transcript.rmm" "$work/out" || wrong "$name: the transcript of the transcript is another"
        done
done

# Settings that only the bytes of a token show.
"$program" run "$work/scripts/token.rmm" | grep '^vcpu0: ' >"$work/token"
for setting in 'seed 1' 'token_components 1'; do
        sed "s/^pes 2$/&\n$setting/" "$work/scripts/token.rmm" >"$work/other.rmm"
        "$program" run "$work/other.rmm" | grep '^vcpu0: ' >"$work/other"
        ! cmp -s "$work/token" "$work/other" || wrong "$setting makes no difference"
        sed "s/^pes 2$/&\n${setting% *} 0/" "$work/scripts/token.rmm" >"$work/other.rmm"
        "$program" run "$work/other.rmm" | grep '^vcpu0: ' | cmp "$work/token" - || wrong "${setting% *} 0 makes a difference"
done

# A trace whose answers are not the right ones, one at a time: an answer, an edge, one that is missing, a line too few and too many.
"$program" run --quiet --record "$work/trace" "$work/scripts/psci.rmm"
# differs WHAT SED-SCRIPT
differs() {
        local result=0
        sed "$2" "$work/trace" >"$work/changed"
        ! cmp -s "$work/trace" "$work/changed" || wrong "$1: nothing was changed"
        "$program" replay "$work/changed" >"$work/out" 2>"$work/err" || result=$?
        [ "$result" -eq "${3:-1}" ] && grep -qE "^$work/changed:[0-9]+:[0-9]+: " "$work/err" ||
                wrong "$1: exit status $result: $(cat "$work/out" "$work/err")"
}
differs 'another status' '0,/=> SUCCESS/s//=> ERROR_INPUT/'
differs 'another condition' 's/ rec_runnable$/ rec_state/'
differs 'no condition' 's/ALREADY_ON runnable$/ALREADY_ON/'
differs 'no answer' '0,/ => SUCCESS/s///'
differs 'another output' 's/out_top=0x8000/out_top=0x9000/'
differs 'no output' 's/ out_top=0x8000//'
differs 'another exit' 's/exits IRQ/exits FIQ/'
differs 'another field' '0,/gprs\[1\]=0x1/s//gprs[1]=0x2/'
differs 'a field less' '0,/ gprs\[1\]=0x1/s///'
differs 'another value' 's/ => 0x9$/ => 0x8/'
differs 'another exception' '0,/entered/s//exception/' 2
differs 'another edge' '0,/REC_READY -> REC_RUNNING/s//REC_RUNNING -> REC_READY/'
differs 'an edge elsewhere' 's/^| POWER 0x80005000/| POWER 0x80004000/'
differs 'an edge of another Realm' 's/rd=0x80000000 level=3 \(UNASSIGNED_EMPTY -> UNASSIGNED_RAM\)/rd=0x80001000 level=3 \1/'
differs 'an edge at another level' 's/level=3 \(UNASSIGNED_EMPTY -> UNASSIGNED_RAM\)/level=2 \1/'
differs 'an edge less' '0,/^| REC /{/^| REC /d}'
differs 'an edge more' '0,/^| REC .*/s//&\n&/'
differs 'an answer less' '/^0x80004000: => /d'
differs 'one more again' '0,/^\(0x80005000:\) again/s//\1 nop\n&/' 2
differs 'a page less' '/^page .* rec_params/d' 2
differs 'an exit less' '/: exits/d' 2

# ---- completeness: what docs/scripts.md lists stands in a script.

cat "$work"/scripts/*.rmm >"$work/all"
# The first column of its tables of statements, and there what is set as code; of that the first words.
awk -F '|' '/^\| statement \|/ { inside = 1; next } !/^\|/ { inside = 0 } inside { print $2 }' "$2/docs/scripts.md" |
        grep -o '`[^`]*`' | tr -d '`' | sed 's/^\(pe0\|vcpu0\): //' | grep -v '^|' >"$work/statements"
[ "$(wc -l <"$work/statements")" -gt 40 ] || wrong "docs/scripts.md: only $(wc -l <"$work/statements") statements were found"
while read -r statement; do
        # Capital letters stand for something, brackets for what may be missing.
        pattern=$(sed -e 's/ \[.*//; s/\.\.\.//g; s/[a-z]*=VALUE.*//; s/NAME=VALUE.*//' -e 's/\<x\?[A-Z][A-Z0-9]*=\?.*//; s/ *$//' <<<"$statement")
        grep -qE "^([a-z0-9]+: )?$pattern( |\$)" "$work/all" || wrong "no script has a statement: $statement"
done <"$work/statements"
# Options, each in an expression of grep.
while read -r option; do
        grep -qE "$option" "$work/all" || wrong "no script has: $option"
done <<'TEXT'
^[a-z0-9]+: load x[0-9]+ [^ ]+ [^ ]+ .*signed
^[a-z0-9]+: load .* w( |$)
^[a-z0-9]+: load .* noisv
^[a-z0-9]+: store .* noisv
^[a-z0-9]+: store .* w( |$)
^[a-z0-9]+: store xzr
^[a-z0-9]+: load x31
^[a-z0-9]+: store x[0-9]+ [^ ]+ [^ ]+$
^[a-z0-9]+: mrs x[0-9]+ 
^[a-z0-9]+: mrs [A-Z]
^[a-z0-9]+: msr x[0-9]+ [^ ]+$
^[a-z0-9]+: msr [A-Z][^ ]+ [^ ]+$
^[a-z0-9]+: set x0 .* x[0-9]+ 
^[a-z0-9]+: => done
^[a-z0-9]+: => 
^[a-z0-9]+: again => exits
^page [^ ]+$
^page [^ ]+ words
^page [^ ]+ [a-z_]+ .*words 
^page [^ ]+ realm_params
^page [^ ]+ rec_params
^page [^ ]+ rec_run
^page [^ ]+ rec_enter
^page [^ ]+ rec_exit
rpv=[0-9a-f]+
gprs\[[0-9]+\]=
^(irq|fiq) pe[0-9]
^(irq|fiq) [0-9]
^inject (STATUS|EXIT) 
=> ERROR_RTT -?[0-9]+ 
 for [a-z]+ in [^ ]+\.\.[^ ]+ =>
=> exception 0x
=> exception$
=> [A-Z_]+ .*=
^\| FAULT 
^\| RTTE .*rd=.* level=
TEXT
# Fields of what the library itself defines, kinds of faults, and objects that can be shown and expected.
for field in $(sed -n '/^struct rmmsim_features {/,/^}/s/^ *[a-z0-9_]* \([a-z0-9_]*\);.*/\1/p' "$2/include/rmmsim/rmmsim.h"); do
        grep -q "^feature .*\<$field=" "$work/all" || wrong "no script sets the feature $field"
done
for field in fid one_pe pe nth every chance seed hits_max x0 index_of_walk exit_reason esr traps; do
        grep -q "^inject .*\<$field=" "$work/all" || wrong "no script has a fault with $field"
done
for kind in STATUS EXIT PAGE_READ PAGE_WRITE ENTROPY TOKEN_INCOMPLETE BUSY; do
        grep -q "^inject $kind" "$work/all" || wrong "no script has a fault $kind"
done

exit $status
