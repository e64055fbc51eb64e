#!/usr/bin/env bash
# rmmsim draw: texts to the letter, the structure of Mermaid and SVG, and what is no trace.   draw.sh PROGRAM SOURCE_DIR
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"
source=$2
cd "$work"

# --- a text, whole --------------------------------------------------------------------------------------------------------

cat >small.trace <<'TRACE'
rmmsim-trace 1
pes 2
let rd = 0x80001000
used
| GRANULE 0x80002000 REC
pe0: rmi_granule_delegate addr=rd => SUCCESS
| GRANULE 0x80001000 UNDELEGATED -> DELEGATED
pe1: rmi_granule_delegate addr=rd => ERROR_INPUT gran_state
irq 1
pe0: rmi_rec_enter rec=0x80002000 run_ptr=0x80003000 => entered
| REC 0x80002000 REC_READY -> REC_RUNNING
0x80002000: psci_cpu_off => exits
| POWER 0x80002000 RUNNABLE -> NOT_RUNNABLE
pe0: exits PSCI
| REC 0x80002000 REC_RUNNING -> REC_READY
TRACE
prints draw small.trace --width 100 <<'TEXT'
small.trace: 6 steps, 1 refused; recorded from an instance that was in use

step    PE 0    PE 1     RMM    rec0
   1      o-------------->|       |     RMI_GRANULE_DELEGATE addr=rd  => SUCCESS
          |       |       |       |       rd 0x80001000: UNDELEGATED -> DELEGATED
   2      |       o------x|       |     RMI_GRANULE_DELEGATE addr=rd  => ERROR_INPUT gran_state
          |       |       |       |       Refused by gran_state: addr must be a Granule in state
          |       |       |       |           UNDELEGATED, found DELEGATED.
   3      |       |       |       |     irq 1
   4      o-------------->o------>#     RMI_REC_ENTER rec=rec0 run_ptr=0x80003000  => entered
          #       |       |       #       rec0 0x80002000: READY -> RUNNING
   5      #       |       |<------o     PSCI_CPU_OFF  => exits
          #       |       |       #       rec0 0x80002000: RUNNABLE -> NOT_RUNNABLE
   6      #< - - - - - - -|       #     exits PSCI
          #       |       |       #       rec0 0x80002000: RUNNING -> READY

names
  rd          0x80001000      rec0        0x80002000
TEXT
prints draw small.trace --steps 6.. --width=100 <<'TEXT'
small.trace: 6 steps, 1 refused; recorded from an instance that was in use; drawn are steps 6 to 6

step    PE 0    PE 1     RMM    rec0
   6      #< - - - - - - -|       #     exits PSCI
          #       |       |       #       rec0 0x80002000: RUNNING -> READY

names
  rec0        0x80002000
TEXT

# --- states that a trace leaves unsaid --------------------------------------------------------------------------------------

cat >tables.trace <<'TRACE'
rmmsim-trace 1
let rd = 0x80001000
let rec = 0x80002000
pe0: rmi_granule_delegate addr=rd => SUCCESS
| GRANULE rd UNDELEGATED -> DELEGATED
page 0x80009000 realm_params s2sz=33
pe0: rmi_realm_create rd=rd params_ptr=0x80009000 => SUCCESS
| GRANULE rd DELEGATED -> RD
snapshot
pe0: rmi_rtt_create rd=rd rtt=0x80003000 ipa=0x200000 level=3 => SUCCESS
| GRANULE 0x80003000 DELEGATED -> RTT
| RTTE 0x200000 rd=rd level=2 UNASSIGNED_EMPTY -> TABLE
pe0: rmi_rtt_init_ripas rd=rd base=0x201000 top=0x202000 => SUCCESS out_top=0x202000
| RTTE 0x201000 rd=rd level=3 UNASSIGNED_EMPTY -> UNASSIGNED_RAM
pe0: rmi_realm_activate rd=rd => SUCCESS
| REALM rd REALM_NEW -> REALM_ACTIVE
restore
pe0: rmi_realm_activate rd=rd => SUCCESS
| REALM rd REALM_NEW -> REALM_ACTIVE
restore
pe0: rmi_realm_destroy rd=rd => SUCCESS
| GRANULE rd RD -> DELEGATED
restore
TRACE
prints draw tables.trace <<'TEXT'
tables.trace: 12 steps, 0 refused

step    PE 0     RMM
   1      o------>|     RMI_GRANULE_DELEGATE addr=rd  => SUCCESS
          |       |       rd 0x80001000: UNDELEGATED -> DELEGATED
   2      |       |     page 0x80009000 realm_params s2sz=33
   3      o------>|     RMI_REALM_CREATE rd=rd params_ptr=0x80009000  => SUCCESS
          |       |       rd 0x80001000: DELEGATED -> RD
   4  ================  snapshot
   5      o------>|     RMI_RTT_CREATE rd=rd rtt=rtt0 ipa=0x200000 level=3  => SUCCESS
          |       |       rtt0 0x80003000: DELEGATED -> RTT
          |       |       entry 0x200000 level 2 of rd: UNASSIGNED_EMPTY -> TABLE
   6      o------>|     RMI_RTT_INIT_RIPAS rd=rd base=0x201000 top=0x202000  => SUCCESS out_top=0x202000
          |       |       entry 0x201000 level 3 of rd: UNASSIGNED_EMPTY -> UNASSIGNED_RAM
   7      o------>|     RMI_REALM_ACTIVATE rd=rd  => SUCCESS
          |       |       rd 0x80001000: NEW -> ACTIVE
   8  ================  restore
          |       |       rtt0 0x80003000: RTT -> DELEGATED
          |       |       entry 0x200000 level 2 of rd: TABLE -> UNASSIGNED_EMPTY
          |       |       entry 0x201000 level 3 of rd: UNASSIGNED_RAM -> none
          |       |       rd 0x80001000: ACTIVE -> NEW
   9      o------>|     RMI_REALM_ACTIVATE rd=rd  => SUCCESS
          |       |       rd 0x80001000: NEW -> ACTIVE
  10  ================  restore
          |       |       rd 0x80001000: ACTIVE -> NEW
  11      o------>|     RMI_REALM_DESTROY rd=rd  => SUCCESS
          |       |       rd 0x80001000: RD -> DELEGATED
  12  ================  restore
          |       |       rd 0x80001000: DELEGATED -> RD
          |       |       rd 0x80001000: none -> NEW
          |       |       entry 0x200000 level 2 of rd: none -> UNASSIGNED_EMPTY

names
  rd          0x80001000      rtt0        0x80003000
TEXT

# What was there when a recording began is learned later, from an edge, or from an entry that is admitted; and across a restore.
cat >used.trace <<'TRACE'
rmmsim-trace 1
let rec = 0x80002000
let other = 0x80003000
used
| GRANULE rec REC
| GRANULE other REC
snapshot
pe0: rmi_rec_destroy rec=rec => SUCCESS
| GRANULE rec REC -> DELEGATED
restore
pe0: rmi_rec_enter rec=rec run_ptr=0x80009000 => entered
| REC rec REC_READY -> REC_RUNNING
rec: psci_cpu_on target_cpu=1 => exits
| PENDING rec NO_REQUEST -> PSCI_REQUEST
TRACE
"$program" draw used.trace -o used.html
python3 - used.html <<'PYTHON' || wrong "states that are learned"
import json, re, sys
data = json.loads(re.search(r'id="trace">(.*?)</script>', open(sys.argv[1], encoding="utf-8").read(), re.S)[1])
names = [o[1] for o in data["objects"]]
def states(name, step):
    found = {}
    for i in range(0, len(data["changes"]), 5):
        at, thing, machine, before, after = data["changes"][i:i + 5]
        if at <= step and names[thing] == name:
            row = data["machines"][machine]
            found[row["name"]] = row["states"][after][0] if after >= 0 else {-1: None, -2: "?"}[after]
    return found
known = {"GRANULE": "REC", "REC": "READY", "POWER": "RUNNABLE", "PENDING": "NO_REQUEST", "ATTEST": "?"}
assert states("rec", 0) == known, states("rec", 0)
assert states("rec", 2) == {**dict.fromkeys(known), "GRANULE": "DELEGATED"}, states("rec", 2)
assert states("rec", 3) == known, states("rec", 3)
assert states("rec", 5) == {**known, "REC": "RUNNING", "PENDING": "PSCI_REQUEST"}, states("rec", 5)
assert states("other", 5) == {**dict.fromkeys(known, "?"), "GRANULE": "REC"}, states("other", 5)
PYTHON

# A trace that was cut says where its edges do not meet.
printf '%s\n' 'rmmsim-trace 1' 'pe0: rmi_granule_delegate addr=0x80001000 => SUCCESS' '| GRANULE 0x80001000 UNDELEGATED -> DELEGATED' \
        'pe0: rmi_realm_destroy rd=0x80001000 => SUCCESS' '| GRANULE 0x80001000 RD -> DELEGATED' >cut.trace
has_line 'cut.trace: 2 steps, 0 refused; at 1 edge the state before is not the one that the trace led to' draw cut.trace
printf 'rmmsim-trace 1\n' >empty.trace
has_line 'empty.trace: 0 steps, 0 refused' draw empty.trace

# --- Mermaid ----------------------------------------------------------------------------------------------------------------

prints draw --mermaid small.trace <<'TEXT'
sequenceDiagram
    title small.trace
    participant P0 as PE 0
    participant P1 as PE 1
    participant M2 as RMM
    participant R3 as rec0<br/>0x80002000
    P0->>M2: RMI_GRANULE_DELEGATE addr=rd
    M2-->>P0: SUCCESS
    Note over M2: rd DELEGATED
    P1->>M2: RMI_GRANULE_DELEGATE addr=rd
    M2--xP1: ERROR_INPUT gran_state
    Note over P0,R3: irq 1
    P0->>M2: RMI_REC_ENTER rec=rec0 run_ptr=0x80003000
    M2->>R3: entered
    activate R3
    Note over M2: rec0 RUNNING
    R3->>M2: PSCI_CPU_OFF
    Note over M2: rec0 NOT_RUNNABLE
    M2-->>P0: exits PSCI
    Note over M2: rec0 READY
TEXT

# Every line is one of Mermaid's, bars end that have begun, and no text has a character in it that ends it.
psci=$source/tests/tools/draw_psci.trace
"$program" draw "$psci" --mermaid >psci.mmd
grep -vnE '^(sequenceDiagram|    (title [^;#]*|participant [PMR][0-9]+ as [^;#]+|(activate|deactivate) R[0-9]+|Note over [PMR][0-9]+(,[PMR][0-9]+)?: [^;]+|[PMR][0-9]+(->>|-->>|--x)[PMR][0-9]+: [^;]+))$' psci.mmd &&
        wrong "not Mermaid"
awk '$1 == "activate" && on[$2]++ { exit 1 } $1 == "deactivate" && on[$2]-- < 1 { exit 1 }' psci.mmd || wrong "bars of Mermaid"
[ "$(grep -c ' activate' psci.mmd) $(grep -c ' deactivate' psci.mmd)" = '3 3' ] || wrong "three entries, each over"

# --- names that look like markup ----------------------------------------------------------------------------------------------

hostile=$'a;#<b>&"%\\{x}\x01\xff\xe2\x86\x92.trace'
cp small.trace "$hostile"
has_line '    title a#59;#35;#60;b#62;#38;#34;#37;#92;#123;x#125;?????.trace' draw "$hostile" --mermaid
has_line 'a;#<b>&"%\{x}?????.trace: 6 steps, 1 refused; recorded from an instance that was in use' draw "$hostile"
has_line $'<title>a;#&lt;b&gt;&amp;&quot;%\\{x}\xef\xbf\xbd\xef\xbf\xbd\xe2\x86\x92.trace</title>' draw "$hostile" --html
"$program" draw "$hostile" --html -o page
grep -qF $'{"title":"a;#\\u003cb\\u003e\\u0026\\u0022%\\u005c{x}\\ufffd\\ufffd\xe2\x86\x92.trace",' page || wrong "the title as data"

# --- SVG and the page ---------------------------------------------------------------------------------------------------------

for trace in small.trace tables.trace empty.trace "$hostile" "$psci"; do
        "$program" draw "$trace" -o drawn.svg
        "$program" draw "$trace" -o drawn.html
        "$program" draw "$trace" --svg | cmp - drawn.svg || wrong "$trace: the same trace is not the same SVG"
        "$program" draw "$trace" --html | cmp - drawn.html || wrong "$trace: the same trace is not the same page"
        python3 - drawn.svg drawn.html "$trace" <<'PYTHON' || wrong "$trace: SVG or page"
import html.parser, json, os, re, sys
import xml.etree.ElementTree as tree
name = os.fsencode(os.path.basename(sys.argv[3])).replace(b"\x01", b"\xef\xbf\xbd").decode(errors="replace")
svg = tree.parse(sys.argv[1]).getroot()
space = "{http://www.w3.org/2000/svg}"
steps = len(svg.findall(f"{space}g[@id]"))
assert svg.find(f"{space}title").text == name, svg.find(f"{space}title").text
assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"
assert all(group.find(f"{space}title") is not None for group in svg.findall(f"{space}g[@id]")), "titles"
assert not any(re.search(r"href|src|on\w+", key) for element in svg.iter() for key in element.keys()), "references"
page = open(sys.argv[2], encoding="utf-8").read()
assert page.count("<script") == 2 and page.count("</script>") == 2, "scripts"
data = json.loads(re.search(r'<script type="application/json" id="trace">(.*?)</script>', page, re.S)[1])
assert data["title"] == name and len(data["steps"]) == steps, (data["title"], steps)
assert "@TITLE@" not in page and "@TRACE@" not in page and "@CSS@" not in page and "@JS@" not in page
names = [element for element in svg.iter(f"{space}text") if element.get("class") == "head"]
assert len(names) == len(data["lanes"]) >= 1
PYTHON
done
if command -v xmllint >/dev/null; then
        xmllint --noout drawn.svg || wrong "xmllint"
fi

# What is left out is said.
{
        printf 'rmmsim-trace 1\n'
        printf 'irq 0\n%.0s' {1..2100}
} >long.trace
"$program" draw long.trace -o long.svg
[ "$(grep -c 'id="step' long.svg) $(grep -c '2100 steps, 0 refused; drawn are steps 1 to 2000' long.svg)" = '2000 1' ] || wrong "a long SVG"
"$program" draw long.trace -o long.mmd
[ "$(wc -c <long.mmd)" -le 50000 ] || wrong "Mermaid of $(wc -c <long.mmd) bytes"
grep -qE '^    Note over M0: [0-9]+ more steps are left out$' long.mmd || wrong "long Mermaid does not say what is left out"
[ "$("$program" draw long.trace --steps 2050..2060 --svg | grep -c 'id="step')" = 11 ] || wrong "steps 2050..2060"

# --- scripts are run first: names are theirs, and a failure is drawn too --------------------------------------------------------

mkdir tmp
export TMPDIR=$work/tmp
printf '%s\n' 'rmmsim-script 1' 'let base = 0x80000000' 'let mine = base' 'pe0: rmi_granule_delegate addr=base+i*4K for i in 0..1' >some.script
prints draw some.script <<'TEXT'
some.script: 2 steps, 0 refused

step    PE 0     RMM
   1      o------>|     RMI_GRANULE_DELEGATE addr=mine  => SUCCESS
          |       |       mine 0x80000000: UNDELEGATED -> DELEGATED
   2      o------>|     RMI_GRANULE_DELEGATE addr=0x80001000  => SUCCESS
          |       |       0x80001000: UNDELEGATED -> DELEGATED

names
  mine        0x80000000
TEXT
printf '%s\n' 'rmmsim-script 1' 'pe0: rmi_granule_delegate addr=0x80000000 => ERROR_INPUT' >fails.script
result=0
"$program" draw fails.script >out 2>err || result=$?
if [ "$result" -ne 1 ] || ! grep -q 'addr=0x80000000  => SUCCESS' out || ! grep -q '^fails.script:2:46: ' err; then
        wrong "a script that fails: $result, $(cat err)"
fi
[ -z "$(ls tmp)" ] || wrong "files are left behind: $(ls tmp)"

# The picture of the manual is this one.
"$program" draw "$source/examples/boot.rmm" --steps 48..69 -o psci.svg
cmp psci.svg "$source/docs/pictures/psci.svg" ||
        wrong "as examples/boot.rmm is drawn now: rmmsim draw examples/boot.rmm --steps 48..69 -o docs/pictures/psci.svg"

# --- what is not understood ---------------------------------------------------------------------------------------------------

refuses 2 draw <<<"rmmsim draw: no trace given; try 'rmmsim draw --help'"
refuses 2 draw a b <<<"rmmsim draw: one trace, and not 'b' too; try 'rmmsim draw --help'"
refuses 2 draw a -o <<<"rmmsim draw: nothing behind '-o'; try 'rmmsim draw --help'"
for range in 0..1 5..4 1 ..0 1..2x x; do
        refuses 2 draw a --steps $range <<<"rmmsim draw: '$range' is no range of steps, as in 10..20; try 'rmmsim draw --help'"
done
for width in 39 10001 x; do
        refuses 2 draw a --width $width <<<"rmmsim draw: '$width' is no width from 40 to 10000; try 'rmmsim draw --help'"
done
refuses 2 draw small.trace -o picture.png \
        <<<"rmmsim draw: '.png' is no ending of a picture: .txt, .mmd, .svg or .html; try 'rmmsim draw --help'"
[ ! -e picture.png ] || wrong "a picture without a format"
"$program" draw small.trace --svg -o picture.png && grep -q '^<svg' picture.png || wrong "an SVG of another name"
mkdir folder.d
"$program" draw small.trace -o folder.d/small && grep -q '^small.trace: 6 steps' folder.d/small || wrong "a name without an ending"
refuses 2 draw small.trace --steps 7.. <<<"rmmsim draw: no step 7: there are 6; try 'rmmsim draw --help'"
refuses 1 draw small.trace -o /no/such/folder/x <<<"rmmsim draw: /no/such/folder/x: No such file or directory"
refuses 1 draw small.trace -o /dev/full <<<"rmmsim draw: /dev/full: could not be written"
printf 'rmmsim-trace 1\npe0: rmi_granule_delegat addr=0 => SUCCESS\n' >bad.trace
result=0
"$program" draw bad.trace >out 2>err || result=$?
if [ "$result" -ne 2 ] || [ -s out ] || ! grep -q '^bad.trace:2:6: ' err; then
        wrong "a bad trace: $result, $(cat err)"
fi
result=0
"$program" draw none.trace >out 2>err || result=$?
if [ "$result" -ne 2 ] || [ -s out ] || ! grep -q 'none.trace' err; then
        wrong "no trace: $result, $(cat err)"
fi

exit $status
