#!/usr/bin/env bash
# `rmmsim explain`: what it reads and what it says. Numbers are those of the specification 1.0-rel0.   explain.sh PROGRAM
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"

# ---- a refusal: only the conditions with this status, in order, without those that the registers rule out --------------

cat >"$work/rtt_create" <<'TEXT'
RMI_RTT_CREATE  0xc400015d
Create an RTT.

Inputs
  x1  rd                    0x80000000         address of a Granule in state RD, which stands for a Realm
  x2  rtt                   0x80003000         address of a Granule in state DELEGATED
  x3  ipa                   0x40000000         address in the Realm's IPA space
  x4  level                 0x2                level 2

Result
  x0  status                0x104              ERROR_RTT, the RTT walk stopped early, or at the wrong entry: at level 1

It failed because it did not find one of these, looked for in this order
  rtte_state       ipa (x3 = 0x40000000): an RTT entry that is not a TABLE yet
TEXT
prints explain 0xc400015d 0x80000000 0x80003000 0x40000000 2 '->' 0x104 <"$work/rtt_create"

# The same call in other people's words.
for dump in \
        'c400015d 0x80000000 0x80003000 0x40000000 2 -> 0x104' \
        'C400015D, 2147483648, 2147495936, 1073741824, 2 => 260' \
        '3288334685 0080000000 0080003000 0040000000 02 -> 0104' \
        'x0=0xc400015d x1=0x80000000 x2=0x80003000 x3=0x40000000 x4=2 -> x0=0x104' \
        'X0: c400015d; X1: 0x80000000; X2: 0x80003000; X3: 0x40000000; X4: 2; -> X0: 0x104' \
        'w0=0xc400015d w4=2 w3=0x40000000 w2=0x80003000 w1=0x80000000 -> w0=0x104' \
        'RMI_RTT_CREATE rd=0x80000000 rtt=0x80003000 ipa=0x40000000 level=0x2 -> ERROR_RTT(1)' \
        'rmi_rtt_create 0x80000000 0x80003000 0x40000000 2 -> error_rtt(1)' \
        'pe3 RMI_RTT_CREATE rd=0x80000000 rtt=0x80003000 ipa=0x40000000 level=0x2 -> ERROR_RTT(1)' \
        'pe3 rec=0x80010000 RMI_RTT_CREATE rd=0x80000000 rtt=0x80003000 ipa=0x40000000 level=0x2 -> ERROR_RTT(1)' \
        'level=2' 'x4=2'; do
        case $dump in
        level* | x4*) dump="RMI_RTT_CREATE $dump rd=0x80000000 0x80003000 0x40000000 -> x0 = 0x104" ;;
        esac
        prints explain "$dump" <"$work/rtt_create"
done
prints explain --hex 'c400015d 80000000 80003000 40000000 2 -> 104' <"$work/rtt_create"
prints explain $'pc : ffff800080010000\nlr : ffff800080010100\nsp : ffff800083b8bb10\nx29: ffff800083b8bb10 x30: 1
x4 : 0000000000000002
x3 : 0000000040000000 x2 : 0000000080003000 x1 : 0000000080000000
x0 : 00000000c400015d -> x0 : 0000000000000104' <"$work/rtt_create"

has_line '  rtt_walk         ipa (x3 = 0x0): an RTT at level - 1   <- the log says so' \
        explain 'pe0 RMI_RTT_CREATE rd=0x80000000 rtt=0x80003000 ipa=0x0 level=0x1 -> ERROR_RTT (rtt_walk)'

# The level -1 is 0xff in the index.
has_line '  x0  status                0xff04             ERROR_RTT, the RTT walk stopped early, or at the wrong entry: at level -1' \
        explain 'RMI_RTT_CREATE -> 0xff04'

# An address that is not aligned is named, one that is aligned rules its condition out.
prints explain 'c400015b 0x80000800 7 -> 1' <<'TEXT'
RMI_REC_DESTROY  0xc400015b
Destroy a REC.

Inputs
  x1  rec                   0x80000800         address of a Granule in state REC, whose Realm is needed too - NOT ALIGNED to 4 KiB
  x2                        0x7                no input of this command

Result
  x0  status                0x1                ERROR_INPUT, an input is not what the command wants

It failed because it did not find one of these, looked for in this order
  rec_align        rec (x1 = 0x80000800): an address aligned to 4 KiB   <- it is not aligned
  rec_bound        rec (x1 = 0x80000800): delegable memory
  rec_gran_state   rec (x1 = 0x80000800): a Granule in state REC
TEXT
prints explain 'c400015b 0x80000000 -> 1' <<'TEXT'
RMI_REC_DESTROY  0xc400015b
Destroy a REC.

Inputs
  x1  rec                   0x80000000         address of a Granule in state REC, whose Realm is needed too

Result
  x0  status                0x1                ERROR_INPUT, an input is not what the command wants

It failed because it did not find one of these, looked for in this order
  rec_bound        rec (x1 = 0x80000000): delegable memory
  rec_gran_state   rec (x1 = 0x80000000): a Granule in state REC
Not because of rec_align: the registers rule it out.
TEXT

# REC_ENTER: the index tells a new Realm from one that is off.
for index in 0:realm_new 1:system_off; do
        "$program" explain "RMI_REC_ENTER 0x1000 0x2000 -> $((${index%:*} * 256 + 2))" | sed '1,/^It failed/d' >"$work/causes"
        [ "$(cat "$work/causes")" = "$(printf '  %-16s rec (x1 = 0x1000): a Realm in state REALM_ACTIVE' "${index#*:}")" ] ||
                wrong "REC_ENTER, ERROR_REALM, index ${index%:*}: $(cat "$work/causes")"
done
has_line 'No condition of RMM 1.0-rel0 has this result here.' explain 'RMI_REC_ENTER 0x1000 0x2000 -> 0x202'
has_line '  rec_sea          run_ptr (x2 = 0x2000): inject_sea only after a Data Abort at an Unprotected IPA (only with the quirk inject_sea_checked)' \
        explain 'RMI_REC_ENTER 0x1000 0x2000 -> ERROR_REC'

# ---- which conditions a status and the registers leave --------------------------------------------------------------------

causes() { # WANTED DUMP: the names of the conditions listed, in order
        "$program" explain "$2" >"$work/out" </dev/null || wrong "explain $2: exit status $?"
        local found
        found=$(awk '/^[^ ]|^$/ { listed = /^It failed/ } listed && /^ / { print $1 }' "$work/out" | paste -sd ' ')
        [ "$found" = "$1" ] || wrong "explain $2: '$found', not '$1'"
}

# ERROR_RTT has the level at which the walk ended: above its target it is the walk, at the target the entry, below the table.
rtt='0x80000000 0x80003000 0x40000000 2'
causes rtt_walk "RMI_RTT_CREATE $rtt -> ERROR_RTT(0)"
causes rtte_state "RMI_RTT_CREATE $rtt -> ERROR_RTT(1)"
causes '' "RMI_RTT_CREATE $rtt -> ERROR_RTT(2)"
causes 'rtt_walk rtte_state' 'RMI_RTT_CREATE -> ERROR_RTT(1)'
causes rtt_walk 'RMI_RTT_CREATE rd=0 rtt=0 ipa=0 level=1 -> 0xff04'
causes '' 'RMI_RTT_CREATE -> 0xfe04'
causes rtt_walk 'RMI_RTT_DESTROY 0x80000000 0 3 -> ERROR_RTT(1)'
causes rtte_state 'RMI_RTT_DESTROY 0x80000000 0 3 -> ERROR_RTT(2)'
causes rtt_live 'RMI_RTT_DESTROY 0x80000000 0 3 -> ERROR_RTT(3)'
causes rtte_state 'RMI_RTT_FOLD 0x80000000 0 3 -> ERROR_RTT(2)'
causes rtt_homo 'RMI_RTT_FOLD 0x80000000 0 3 -> ERROR_RTT(3)'
for command in 'DATA_CREATE 0x80000000 0x80003000 0x1000 0x80009000 0' 'DATA_CREATE_UNKNOWN 0x80000000 0x80003000 0x1000' \
        'DATA_DESTROY 0x80000000 0x1000' 'RTT_MAP_UNPROTECTED 0x80000000 0x8000000000 3 0x80000fd8' \
        'RTT_UNMAP_UNPROTECTED 0x80000000 0x8000000000 3'; do
        causes rtt_walk "RMI_$command -> ERROR_RTT(2)"
        causes rtte_state "RMI_$command -> ERROR_RTT(3)"
done
causes 'base_align rtte_state no_progress' 'RMI_RTT_INIT_RIPAS 0x80000000 0x201000 0x400000 -> ERROR_RTT(2)'
causes 'rtte_state no_progress' 'RMI_RTT_INIT_RIPAS 0x80000000 0x200000 0x201000 -> ERROR_RTT(2)'
causes no_progress 'RMI_RTT_SET_RIPAS 0x80000000 0x80010000 0x201000 0x400000 -> ERROR_RTT(3)'
causes 'base_align no_progress' 'RMI_RTT_SET_RIPAS 0x80000000 0x80010000 0x201000 0x400000 -> ERROR_RTT(2)'

# ERROR_INPUT: what the registers say.
causes 'rtt_bound rtt_state rd_bound rd_state level_bound ipa_bound rtt_bound2' "RMI_RTT_CREATE $rtt -> ERROR_INPUT"
causes 'rtt_bound rtt_state rd_bound rd_state level_bound ipa_align ipa_bound rtt_bound2' \
        'RMI_RTT_CREATE 0x80000000 0x80003000 0x200000 2 -> ERROR_INPUT'
causes 'rd_bound rd_state level_bound ipa_bound' 'RMI_RTT_READ_ENTRY 0x80000000 0x200000 2 -> ERROR_INPUT'
causes 'rd_bound rd_state level_bound ipa_align ipa_bound' 'RMI_RTT_READ_ENTRY 0x80000000 0x200000 1 -> ERROR_INPUT'
causes 'rd_bound rd_state level_bound ipa_align ipa_bound' 'RMI_RTT_READ_ENTRY 0x80000000 0x200000 0x100000003 -> ERROR_INPUT'
complete='calling_bound calling_state target_bound target_state pending owner target status'
causes "$complete" 'RMI_PSCI_COMPLETE 0x80001000 0x80002000 0 -> ERROR_INPUT'
causes "alias $complete" 'RMI_PSCI_COMPLETE 0x80001000 0x80001000 0 -> ERROR_INPUT'
has_line '  alias            target_rec (x2 = 0x80001000): a target that is not the caller   <- it is not so' \
        explain 'RMI_PSCI_COMPLETE 0x80001000 0x80001000 0 -> ERROR_INPUT'
has_line 'Not because of alias, calling_align, target_align: the registers rule it out.' \
        explain 'RMI_PSCI_COMPLETE 0x80001000 0x80002000 0 -> ERROR_INPUT'
causes 'flags_valid src_bound src_pas data_bound data_state rd_bound rd_state ipa_bound data_bound2' \
        'RMI_DATA_CREATE 0x80000000 0x80003000 0x1000 0x80009000 3 -> ERROR_INPUT'
causes 'src_bound src_pas data_bound data_state rd_bound rd_state ipa_bound data_bound2' \
        'RMI_DATA_CREATE 0x80000000 0x80003000 0x1000 0x80009000 1 -> ERROR_INPUT'
causes 'size_valid rd_bound rd_state top_bound' 'RMI_RTT_INIT_RIPAS 0x80000000 0x2000 0x2000 -> ERROR_INPUT'
causes 'rd_bound rd_state rec_bound rec_gran_state base_bound top_bound' \
        'RMI_RTT_SET_RIPAS 0x80000000 0x80010000 0x2000 0x3000 -> ERROR_INPUT'
causes index_bound 'RSI_MEASUREMENT_READ 5 -> 1'
causes '' 'RSI_MEASUREMENT_READ 4 -> 1'
causes 'index_bound size_bound' 'RSI_MEASUREMENT_EXTEND 0 65 -> 1'
causes size_bound 'RSI_MEASUREMENT_EXTEND 1 65 -> 1'
causes '' 'RSI_MEASUREMENT_EXTEND 4 64 -> 1'
causes 'addr_bound addr_empty' 'RSI_ATTESTATION_TOKEN_CONTINUE 0x10000 0 4096 -> 1'
causes 'offset_bound size_bound addr_bound addr_empty' 'RSI_ATTESTATION_TOKEN_CONTINUE 0x10000 4096 1 -> 1'
causes 'size_overflow addr_bound addr_empty' 'RSI_ATTESTATION_TOKEN_CONTINUE 0x10000 4095 0xfffffffffffffff0 -> 1'
causes state 'RSI_ATTESTATION_TOKEN_CONTINUE 0x10000 0 4096 -> 2'
causes unknown 'RSI_ATTESTATION_TOKEN_CONTINUE 0x10000 0 4096 -> 4'
causes 'addr_bound addr_empty' 'RSI_HOST_CALL 0x10100 -> 1'
causes 'addr_align addr_bound addr_empty' 'RSI_HOST_CALL 0x10080 -> 1'
causes 'size_valid rgn_bound ripas_valid' 'RSI_IPA_STATE_SET 0x3000 0x2000 1 0 -> 1'
causes rgn_bound 'RSI_IPA_STATE_GET 0x2000 0x3000 -> 1'

# REC_ENTER: what the host has to look for behind ERROR_REC.
causes 'rec_state rec_runnable rec_psci rec_gicv3 rec_sea rec_mmio' 'RMI_REC_ENTER 0x80010000 0x90000000 -> ERROR_REC'

# PSCI_CPU_ON: the host has a part in it.
causes entry 'PSCI_CPU_ON 1 0 0 -> -9'
causes mpidr 'PSCI_CPU_ON 1 0 0 -> -2'
causes runnable 'PSCI_CPU_ON 1 0 0 -> -4'
has_line '  the host called RMI_PSCI_COMPLETE, and the target was on' explain 'PSCI_CPU_ON 1 0 0 -> -4'
causes '' 'PSCI_CPU_ON 1 0 0 -> -3'
has_line '  the host called RMI_PSCI_COMPLETE with DENIED, and the target was off' explain 'PSCI_CPU_ON 1 0 0 -> -3'
has_line 'DENIED (-3) later' explain 'PSCI_CPU_ON 1 0 0'
has_no 'No condition' explain 'PSCI_CPU_ON 1 0 0 -> -3'
has_no later explain 'PSCI_CPU_ON 1 0 0 -> -9'
has_no later explain 'PSCI_AFFINITY_INFO 1 0 -> -3'
has_line 'The SMC32 form is served only where the quirk psci_smc32 is on.' explain '84000003 1 0 0 -> -1'
has_line 'Where the quirk psci_sve_hint_refused is on it is not served with the SVE hint.' explain 'c4010003 1 0 0 -> -1'
has_line 'No condition of RMM 1.0-rel0 has this result here.' explain 'c4000003 1 0 0 -> -1'
causes func_id 'PSCI_FEATURES 0x84000000 -> -1'

# What is valid on failure is shown, and only there.
has_line '  x2  top                   0x200000           address in the Realm'"'"'s IPA space' \
        explain 'RMI_DATA_DESTROY 0x80000000 0x1000 -> ERROR_RTT(2) 0 0x200000'
has_no '  x1  rtt ' explain 'RMI_RTT_FOLD 0x80000000 0 3 -> ERROR_RTT(2) 5'

# ---- successes: outputs by name, decoded --------------------------------------------------------------------------------

prints explain 'RMI_RTT_READ_ENTRY 0x80000000 0x8000000000 3 -> 0 3 1 0x800000d8 0' <<'TEXT'
RMI_RTT_READ_ENTRY  0xc4000161
Read an RTT entry.

Inputs
  x1  rd                    0x80000000         address of a Granule in state RD, which stands for a Realm that is only read
  x2  ipa                   0x8000000000       address in the Realm's IPA space
  x3  level                 0x3                level 3

Result
  x0  status                0x0                SUCCESS, the command was carried out
  x1  walk_level            0x3                level 3
  x2  state                 0x1                ASSIGNED, memory of the Realm, or shared by the host
  x3  desc                  0x800000d8         MEMATTR=Normal_WB READ WRITE ADDR=0x80000000
  x4  ripas                 0x0                EMPTY, no memory
TEXT
# Memory of the Realm and tables have an address and no attributes, and they say nothing of a memory type.
has_line '  x3  desc                  0x80006000         an address without attributes' \
        explain 'RMI_RTT_READ_ENTRY 0x80000000 0x1000 3 -> 0 3 1 0x80006000 1'
has_line '  x3  desc                  0x0                nothing is set' explain 'RMI_RTT_READ_ENTRY 0x80000000 0 3 -> 0 2 0 0 0'
has_line '  x1  walk_level            0xffffffffffffffff level -1' explain 'RMI_RTT_READ_ENTRY 0x80000000 0 0 -> 0 -1'
# Fields of RmiFeatureRegister0: the second value has SVE of 512 bits, 2 breakpoints and watchpoints, 31 counters, 1 list register.
has_line '  x1  value                 0x28f34314030      S2SZ=48 NUM_BPS=5 NUM_WPS=3 PMU_EN PMU_NUM_CTRS=6 HASH_SHA_256 HASH_SHA_512 GICV3_NUM_LRS=3 MAX_RECS_ORDER=10' \
        explain 'RMI_FEATURES 0 -> 0 0x28F34314030'
has_line '  x1  value                 0x283fc104f30      S2SZ=48 LPA2 SVE_EN SVE_VL=3 NUM_BPS=1 NUM_WPS=1 PMU_EN PMU_NUM_CTRS=31 HASH_SHA_256 HASH_SHA_512 MAX_RECS_ORDER=10' \
        explain 'RMI_FEATURES 0 -> 0 0x283FC104F30'
has_line '  the feature register 7 does not exist: its value is 0' explain 'RMI_FEATURES 7 -> 0 0'
has_line '  x1  lower                 0x10000            1.0' explain 'RMI_VERSION 0x20003 -> 1 0x10000 0x10000'
has_line '  x1  req                   0x20003            2.3' explain 'RMI_VERSION 0x20003 -> 1 0x10000 0x10000'
has_line '  x5  flags                 0x1                MEASURE' explain 'RMI_DATA_CREATE 1 2 3 4 1'
has_line '  x5  flags                 0x3                MEASURE reserved bits 0x2' explain 'RMI_DATA_CREATE 1 2 3 4 3'
has_line '  x5  flags                 0x0                nothing is set' explain 'RMI_DATA_CREATE 1 2 3 4 0'
has_line '  x4  desc                  0x10               MEMATTR=reserved ADDR=0x0' explain 'RMI_RTT_MAP_UNPROTECTED 0 0 0 0x10'
has_line '  x3  status                0xfffffffffffffffd DENIED, the host refuses' explain 'RMI_PSCI_COMPLETE 0 0 -3'
has_line '  x1  target_cpu            0x200000102        AFF0=2 AFF1=1 AFF3=2' explain 'PSCI_CPU_ON 0x200000102 0 0'
has_line '  x1  target_cpu            0xf1               AFF0=1 reserved bits 0xf0' explain 'PSCI_CPU_ON 0xf1 0 0'
has_line '  x1  psci_func_id          0xc4000003         PSCI_CPU_ON' explain 'PSCI_FEATURES 0xc4000003'
has_line '  x1  psci_func_id          0x84000003         PSCI_CPU_ON, in the SMC32 form' explain 'PSCI_FEATURES 0x84000003'
has_line '  x1  psci_func_id          0x84000002         PSCI_CPU_OFF' explain 'PSCI_FEATURES 0x84000002'
has_line '  x1  psci_func_id          0x80000000         SMCCC_VERSION' explain 'PSCI_FEATURES 0x80000000'
has_line '  x1  psci_func_id          0xc4010003         no function of RMI, RSI or PSCI' explain 'PSCI_FEATURES 0xc4010003'
has_line '  x1  addr                  0x10000            address in the Realm'"'"'s IPA space: RsiHostCall' explain 'RSI_HOST_CALL 0x10000'
has_line '  x1  index                 0x5                no value of RsiMeasurementIndex' explain 'RSI_MEASUREMENT_READ 5'
has_line '  x2  response              0x1                REJECT, the host does not' explain 'RSI_IPA_STATE_SET 0 0x1000 1 0 -> 0 0 1'
has_line '  x0  status                0x3                INCOMPLETE, more is to come: call again' explain 'RSI_ATTESTATION_TOKEN_CONTINUE 0 0 0 -> 3'

for function in PSCI_CPU_OFF PSCI_SYSTEM_OFF PSCI_SYSTEM_RESET; do
        has_line 'A success does not return to the caller.' explain "$function"
        has_line 'A success does not return to the caller.' spec "$function"
        has_no 'Outputs of a success' explain "$function"
done
has_line 'Outputs of a success' explain PSCI_CPU_SUSPEND

# PSCI answers in x0, with 64 bits or 32.
has_line '  x0  result                0x10001            1.1' explain 'PSCI_VERSION -> 0x10001'
has_line '  x0  result                0x1                OFF, the VPE is off' explain 'PSCI_AFFINITY_INFO 0 0 -> 1'
for x0 in 0xfffffffffffffffe -2 0xfffffffe; do
        has_line '  mpidr            target_affinity (x1 = 0x5): the MPIDR of a REC of the Realm' explain "PSCI_AFFINITY_INFO 5 0 -> $x0"
done

# ---- no results: all that can come back --------------------------------------------------------------------------------

prints explain RMI_REALM_DESTROY 0x80000000 <<'TEXT'
RMI_REALM_DESTROY  0xc4000159
Destroy a Realm.

Inputs
  x1  rd                    0x80000000         address of a Granule in state RD, which stands for a Realm

Outputs of a success
  x0  status                0x0                SUCCESS

ERROR_INPUT (1) unless it finds
  rd_bound         rd (x1 = 0x80000000): delegable memory
  rd_state         rd (x1 = 0x80000000): a Granule in state RD

ERROR_REALM (2) unless it finds
  realm_live       rd (x1 = 0x80000000): a Realm without RECs and without live root RTT entries
TEXT

# ---- identifiers --------------------------------------------------------------------------------------------------------

has_line 'SVE hint (bit 16): the caller has no live SVE state.' explain 0xc4010151 0x80000000
has_line 'RMI_GRANULE_DELEGATE  0xc4010151' explain 0xc4010151 0x80000000
has_line '  x0  status                0xffffffffffffffff NOT_SUPPORTED, nobody serves this call (SMC calling convention)' \
        explain 'RMI_VERSION 0x10000 -> NOT_SUPPORTED'
has_line '  x0  status                0x77               no status of RMI' explain 'RMI_VERSION 0x10000 -> 0x77'
has_line '  x0  status                0x10000            no status of RMI' explain 'RMI_VERSION 0x10000 -> 0x10000'
prints explain c4000160 <<'TEXT'
unknown  0xc4000160
Not an identifier that RMM 1.0-rel0 serves: it answers NOT_SUPPORTED, 0xffffffffffffffff.

By the SMC calling convention
  bit 31      1       Fast Call
  bit 30      1       SMC64
  bits 29:24  4       Standard Secure Service Calls
  bit 16      0       no SVE hint
  bits 15:0   0x160   RMI
TEXT
has_line 'unknown  0xc4000160' explain 'pe0 unknown x0=0xc4000160 -> -1'
has_line 'unknown  0xc4000160' explain 'pe0 rec=0x80001000 unknown x0=0xc4000160 -> -1'
has_line '  bits 15:0   0x1b0   between RMM and EL3' explain 0xc40001b0
has_line '  bits 15:0   0xef    FF-A' explain 0x840000ef
has_line '  bits 15:0   0xf0    Errata Management' explain 0x840000f0
has_line '  bits 29:24  6       Vendor Specific Hypervisor Service Calls' explain 0x86000000
has_line '  bits 29:24  50      Trusted OS Calls' explain 0xb2000000
has_line '  bits 29:24  7       not allotted' explain 0x87000000
has_line 'The SMC32 form, served where the quirk psci_smc32 is on.' explain 84000003
has_line '  x1  target_cpu            0x100              AFF1=1' explain '84010003 target_cpu=0x100 -> 0xfffffffc'
has_line '  x0  status                0xfffffffc         ALREADY_ON, the target is on' explain '84010003 target_cpu=0x100 -> 0xfffffffc'
has_no SMC32 explain c4000003
has_line 'The SMC32 form of RMI_VERSION (0xc4000150).' explain 84000150
has_line 'The SMC64 form of PSCI_CPU_OFF (0x84000002).' explain c4000002
has_line 'Not an identifier that RMM 1.0-rel0 serves: it answers NOT_SUPPORTED, 0xffffffffffffffff.' explain 84000150
has_line 'SMCCC_VERSION  0x80000000' explain 0x80000000
has_line 'Bit 31 is clear: a Yielding Call, which RMI, RSI and PSCI do not have.' explain 0x150

# ---- exits --------------------------------------------------------------------------------------------------------------

# A 32-bit store of w5 to 0x8000005def, without a mapping at level 3.
cat >"$work/store" <<'TEXT'
exit  0
SYNC: a synchronous exception: WFI, WFE, an abort, a trapped register

  esr    0x91800047         EC 0x24: DATA_ABORT, a load or store has faulted at stage 2
                            ISS 0x1800047: DFSC=TRANSLATION_3 WNR SAS=WORD ISV
  far    0xdef
  hpfar  0x80000050         IPA 0x8000005000, with bits 11:0 of far 0x8000005def
TEXT
prints explain --exit SYNC 0x91800047 0xDEF 0x80000050 <"$work/store"
prints explain --exit hpfar=0x80000050, far:def esr=0x91800047 exit_reason=0 <"$work/store"
prints explain --hex --exit sync 91800047 DEF 80000050 <"$work/store"
prints explain 'pe1 exit rec=0x80010000 SYNC esr=0x91800047 far=0xdef hpfar=0x80000050' <"$work/store"
prints explain exit SYNC 0x91800047 0xDEF 0x80000050 <"$work/store"
prints explain --exit 0 0x62323056 <<'TEXT'
exit  0
SYNC: a synchronous exception: WFI, WFE, an abort, a trapped register

  esr    0x62323056         EC 0x18: SYSREG, a trapped MSR or MRS
                            ISS 0x323056: CRM=11 RT=2 CRN=12 OP2=1 OP0=3
                            IL: a 32-bit instruction
                            MSR ICC_DIR_EL1, x2
TEXT
has_line '                            ISS 0x1: TI=WFE' explain --exit sync 0x04000001
has_line '                            ISS 0x0: TI=WFI' explain --exit sync 0x04000000
has_line '                            ISS 0x5: DFSC=TRANSLATION_1' explain --exit SYNC 0x90000005
has_line '                            ISS 0x3: TI=WFET' explain --exit sync 0x04000003
has_line 'HOST_CALL: the Realm calls the host' explain --exit 5
# An abort that the host cannot emulate shows the page, not the byte; an exit that is no fault at stage 2 shows neither.
has_line '                            IL: a 32-bit instruction' explain --exit SYNC 0x92000007 0 0x80000050
has_line '  hpfar  0x80000050         IPA 0x8000005000' explain --exit SYNC 0x92000007 0 0x80000050
has_line '  hpfar  0x100              IPA 0x10000' explain --exit SYNC 0x80000007 0 0x100
has_line '  hpfar  0x100              IPA 0x10000' explain --exit SYNC hpfar=0x100
has_line '  hpfar  0x0                no IPA: this exit is no fault at stage 2' explain --exit SYNC 0x04000000 0 0
has_line '  hpfar  0x0                no IPA: this exit is no fault at stage 2' explain --exit SYNC 0x90000010 0 0
has_line '  hpfar  0x0                no IPA: this exit is no fault at stage 2' explain --exit HOST_CALL 0 0 0
has_line '                            ISS 0x17: IFSC=EXTERNAL_WALK_3' explain --exit SYNC 0x80000017
has_line '                            ISS 0xe11: DFSC=ASYNCHRONOUS EA AET=UER' explain --exit SERROR 0xbc000e11
has_line '                            ISS 0xe11: DFSC=ASYNCHRONOUS EA AET=UER' explain --exit SERROR 0xe11
# Register 31 is XZR: ICC_SGI1R_EL1 is S3_0_C12_C11_5.
has_line '                            MSR ICC_SGI1R_EL1, xzr' explain --exit SYNC 0x623a33f6
has_line 'no reason that RMM 1.0-rel0 knows' explain --exit 7

# ---- lines of scripts and traces (docs/scripts.md) ----------------------------------------------------------------------

prints explain 'pe3: rmi_rtt_create rd=0x80000000 rtt=0x80003000 ipa=0x40000000 level=0x2 => ERROR_RTT 1' <"$work/rtt_create"
prints explain 'pe0: smc 0xc400015d 0x80000000 0x80003000 0x40000000 2 => 0x104' <"$work/rtt_create"
has_line '  rtt_walk         ipa (x3 = 0x0): an RTT at level - 1   <- the log says so' \
        explain 'pe0: rmi_rtt_create rd=0x80000000 rtt=0x80003000 ipa=0 level=2 => ERROR_RTT 0 rtt_walk'
has_line '  x1  top                   0x200000           address in the Realm'"'s IPA space" \
        explain 'pe0: rmi_rtt_unmap_unprotected rd=0x80000000 ipa=0x1000 level=3 => ERROR_RTT 2 rtt_walk top=0x200000'
for answer in '' ' => entered'; do
        prints explain "pe0: rmi_rec_enter rec=0x80004000 run_ptr=0x80012000$answer" \
                < <("$program" explain 'RMI_REC_ENTER 0x80004000 0x80012000')
done
for actor in 0x80004000 vcpu0; do
        prints explain "$actor: psci_cpu_on target_cpu=0x1 => exits" < <("$program" explain 'PSCI_CPU_ON 1')
done
prints explain 'pe1: exits SYNC esr=0x91800047 far=0xdef hpfar=0x80000050 gicv3_vmcr=0x4c0008 gprs[0]=0x21' <"$work/store"
prints explain 'pe0: exits HOST_CALL imm=7' <<'TEXT'
exit  5
HOST_CALL: the Realm calls the host
TEXT

# ---- what is not understood ---------------------------------------------------------------------------------------------

complains() { # MESSAGE ARGUMENT...
        local message=$1
        shift
        refuses 2 explain "$@" <<<"rmmsim explain: $message; try 'rmmsim explain --help'"
}
complains "neither a function identifier nor the name of a command: 'nonsense'" 'pe0 nonsense x0=0xc4000160 -> -1'
complains 'no function identifier is given'
complains 'no function identifier is given' ''
complains 'no function identifier is given' 'x1=3'
complains "neither a function identifier nor the name of a command: 'RMI_NONSENSE'" RMI_NONSENSE
complains "not a number: '0x1g'" RMI_FEATURES 0x1g
complains "not a number: '18446744073709551616'" RMI_FEATURES 18446744073709551616
complains "not a number: '0x10000000000000000'" RMI_FEATURES 0x10000000000000000
complains "neither a number nor a status: 'ERROR_NONSENSE'" 'RMI_FEATURES 0 -> ERROR_NONSENSE'
complains "neither a number nor a status: 'ERROR_RTT'" 'RSI_FEATURES 0 -> ERROR_RTT'
complains "no register 'index2'" 'RMI_FEATURES index2=0'
complains "no register 'index'" 'RMI_FEATURES 0 -> 0 index=0'
complains "no value behind 'index'" 'RMI_FEATURES index='
complains "no value behind 'x1'" 'RMI_FEATURES x1: x2: 3'
complains "no value behind 'pc'" 'RMI_FEATURES pc: -> 0'
complains "a second '->'" 'RMI_FEATURES 0 -> 0 -> 0'
complains "more than x0 to x17: '19'" 'RMI_FEATURES 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 19'
complains "unexpected '2'" 'RMI_FEATURES (2)'
complains "neither a number nor a known name: 'NONSENSE'" --exit NONSENSE
complains "neither a number nor a known name: 'SYNC'" --exit SYNC SYNC
complains 'an exit is REASON [ESR [FAR [HPFAR]]]' --exit
complains 'an exit is REASON [ESR [FAR [HPFAR]]]' --exit esr=1
complains 'an exit is REASON [ESR [FAR [HPFAR]]]' --exit 1 2 3 4 5
complains "no field 'gprs'" --exit 0 gprs=1
complains "no field 'grps[0]'" 'pe0: exits IRQ grps[0]=1'
complains "neither a function identifier nor the name of a command: 'wfi'" 'vcpu0: wfi => exits'
complains "neither a number nor a known name: ''" --exit 0 esr=

exit $status
