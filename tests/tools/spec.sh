#!/usr/bin/env bash
# `rmmsim spec`: the reference, and what a profile leaves out of it. Facts are those of RMM 1.0-rel0.   spec.sh PROGRAM
# shellcheck source=tests/tools/common.sh
. "$(dirname "$0")/common.sh"

# ---- commands -----------------------------------------------------------------------------------------------------------

prints spec RMI_REC_DESTROY <<'TEXT'
RMI_REC_DESTROY  0xc400015b
Destroy a REC.

Inputs
  x1  rec                   address of a Granule in state REC, whose Realm is needed too

Outputs
  x0  status                status in bits 7:0, index in bits 15:8

Fails unless it finds, in this order
  ERROR_INPUT        rec_align        rec (x1): an address aligned to 4 KiB
  ERROR_INPUT        rec_bound        rec (x1): delegable memory
  ERROR_INPUT        rec_gran_state   rec (x1): a Granule in state REC
  ERROR_REC          rec_state        rec (x1): a REC in state REC_READY

The specification itself demands
  rec_bound before rec_state
  rec_gran_state before rec_state
TEXT
"$program" spec RMI_REC_DESTROY >"$work/rec_destroy"
prints spec rmi_rec_destroy <"$work/rec_destroy"
prints spec 0xc400015b <"$work/rec_destroy"
prints spec 0xC401015B <"$work/rec_destroy" # with the SVE hint

prints spec psci_affinity_info --profile rmm_1_0_reference <<'TEXT'
PSCI_AFFINITY_INFO  0xc4000004  RMM_1_0_REFERENCE
Power state of a VPE.

Inputs
  x1  target_affinity       a number or bits: PsciMpidr
  x2  lowest_affinity_level a number or bits

Outputs
  x0  result                PsciAffinityState

Fails unless it finds, in this order
  INVALID_PARAMETERS level            lowest_affinity_level (x2): affinity level 0
                                      (in other cases with the quirk psci_level_wide)
  INVALID_PARAMETERS mpidr            target_affinity (x1): the MPIDR of a REC of the Realm
                                      (in other cases with the quirk psci_mpidr_masked)
                                      (in other cases with the quirk psci_destroyed_recs_count)

Otherwise with quirks
  psci_exit_two_registers: a PSCI exit shows all of x0 and, for CPU_ON and AFFINITY_INFO, the MPIDR only
  psci_smc32: the SMC32 forms of CPU_SUSPEND, CPU_ON and AFFINITY_INFO are served
  psci_sve_hint_refused: a PSCI function whose identifier carries the SVE hint answers NOT_SUPPORTED
TEXT
prints spec --profile RMM_1_0 psci_affinity_info <<'TEXT'
PSCI_AFFINITY_INFO  0xc4000004  RMM_1_0
Power state of a VPE.

Inputs
  x1  target_affinity       a number or bits: PsciMpidr
  x2  lowest_affinity_level a number or bits

Outputs
  x0  result                PsciAffinityState

Fails unless it finds, in this order
  INVALID_PARAMETERS level            lowest_affinity_level (x2): affinity level 0
  INVALID_PARAMETERS mpidr            target_affinity (x1): the MPIDR of a REC of the Realm
TEXT

# The conditions that only the reference evaluates.   conditions COMMAND [ARGUMENT...]
conditions() {
        "$program" spec "$@" | sed -n '/^Fails/,/^$/s/^  ERROR_[A-Z]* *\([a-z0-9_]*\) .*/\1/p' | xargs
}
for only in rmi_data_create:flags_valid:data_flags_checked rmi_rec_enter:rec_sea:inject_sea_checked \
        rmi_rtt_init_ripas:base_gran_align:init_ripas_base_input; do
        IFS=: read -r command condition quirk <<<"$only"
        has_line "                                      (only with the quirk $quirk)" spec "$command"
        all=" $(conditions "$command") "
        [ " $(conditions "$command" --profile RMM_1_0_REFERENCE) " = "$all" ] || wrong "$command: not all in the reference"
        [ " $(conditions "$command" --profile RMM_1_0) " = "${all/ $condition / }" ] || wrong "$command: more than $condition left out"
        [ "$all" != "${all/ $condition / }" ] || wrong "$command: no $condition"
done
order='run_align run_bound run_pas rec_align rec_bound rec_gran_state rec_state realm_new system_off rec_runnable rec_psci rec_gicv3 rec_mmio'
[ "$(conditions RMI_REC_ENTER --profile RMM_1_0)" = "$order" ] || wrong "RMI_REC_ENTER: $(conditions RMI_REC_ENTER --profile RMM_1_0)"
"$program" spec RMI_RTT_FOLD --profile RMM_1_0 >"$work/fold" # no quirk concerns it
sed 's/  RMM_1_0$//' "$work/fold" | cmp - <("$program" spec RMI_RTT_FOLD) || wrong 'RMI_RTT_FOLD depends on the profile'

# Interfaces: 23 commands, 10 and 8.
for interface in rmi:23 rsi:10 psci:8; do
        name=${interface%:*}
        count=$("$program" spec "$name" | grep -c "^${name^^}_[A-Z_]*  0x[0-9a-f]\{8\}$")
        [ "$count" -eq "${interface#*:}" ] || wrong "$interface: $count commands"
done
[ "$("$program" spec | wc -l)" -eq 41 ] || wrong 'the list of commands'
has_line '0xc4000161  RMI_RTT_READ_ENTRY              Read an RTT entry.' spec
has_line 'Does not fail' spec RMI_FEATURES

# ---- tables -------------------------------------------------------------------------------------------------------------

has_line '     4  ERROR_RTT                the RTT walk stopped early, or at the wrong entry' spec statuses
has_line '    -9  INVALID_ADDRESS          the entry point is not a Protected IPA' spec statuses
prints spec exits <<'TEXT'
     0  SYNC                     a synchronous exception: WFI, WFE, an abort, a trapped register
     1  IRQ                      a physical IRQ, or a timer whose output changed
     2  FIQ                      a physical FIQ
     3  PSCI                     a PSCI function that the host takes part in
     4  RIPAS_CHANGE             the Realm asks for another RIPAS
     5  HOST_CALL                the Realm calls the host
     6  SERROR                   a physical SError
TEXT
prints spec realm <<'TEXT'
REALM: a Realm
     0  REALM_NEW                being built
     1  REALM_ACTIVE             may run
     2  REALM_SYSTEM_OFF         has turned itself off
  REALM_NEW              -> REALM_ACTIVE           RMI_REALM_ACTIVATE
  REALM_ACTIVE           -> REALM_SYSTEM_OFF       PSCI_SYSTEM_OFF
TEXT
has_line '  DELEGATED              -> REC                    RMI_REC_CREATE' spec states
prints spec rmirealmparams <<'TEXT'
RmiRealmParams (struct rmmsim_realm_params), 0x1000 bytes: the page that RMI_REALM_CREATE reads
  0x000  flags                   8 bytes  features that the Realm asks for: RmiRealmFlags
  0x008  s2sz                    1 byte   IPA width in bits
  0x010  sve_vl                  1 byte   SVE vector length: (sve_vl + 1) * 128 bits
  0x018  num_bps                 1 byte   breakpoints, minus one
  0x020  num_wps                 1 byte   watchpoints, minus one
  0x028  pmu_num_ctrs            1 byte   PMU event counters
  0x030  hash_algo               1 byte   algorithm of the measurements: RmiHashAlgorithm
  0x400  rpv[64]                64 bytes  Realm Personalization Value
  0x800  vmid                    2 bytes  Virtual Machine Identifier
  0x808  rtt_base                8 bytes  PA of the first root RTT
  0x810  rtt_level_start         8 bytes  level of the root RTTs: RttLevel
  0x818  rtt_num_start           4 bytes  number of root RTTs, side by side
TEXT
has_line '  0x308  gicv3_lrs[16]         128 bytes  ICH_LR<n>_EL2: GicListRegister' spec structures
has_line '  0x800  exit                 2048 bytes  what the REC hands to the host: RmiRecExit' spec rec_run
prints spec RmiRecMpidr RmiRipas <<'TEXT'
RmiRecMpidr: MPIDR as RMI_REC_CREATE takes it
    3:0  AFF0            affinity level 0
   15:8  AFF1            affinity level 1
  23:16  AFF2            affinity level 2
  31:24  AFF3            affinity level 3

RmiRipas: what an IPA means to the Realm
     0  EMPTY                    no memory
     1  RAM                      memory of the Realm
     2  DESTROYED                memory that the host took away
TEXT
has_line 'And later, when the host completes the call' spec PSCI_CPU_ON
has_line '  DENIED             the host called RMI_PSCI_COMPLETE with DENIED, and the target was off' spec PSCI_CPU_ON
has_line '  ALREADY_ON         the host called RMI_PSCI_COMPLETE, and the target was on' spec PSCI_CPU_ON
has_no 'later' spec PSCI_AFFINITY_INFO
has_line '  41:38  MAX_RECS_ORDER  at most 2^MAX_RECS_ORDER - 1 RECs in a Realm' spec types
has_line '0x18cc00  S3_0_C12_C12_0 ICC_IAR1_EL1' spec sysregs
[ "$("$program" spec quirks | grep -c '^ *[0-9]*  [a-z0-9_]*$')" -eq 33 ] || wrong 'not all quirks'
[ -z "$("$program" spec quirks --profile RMM_1_0)" ] || wrong 'RMM_1_0 has quirks'
"$program" spec quirks | cmp - <("$program" spec quirks --profile RMM_1_0_REFERENCE) || wrong 'the reference has all quirks'

# ---- what is not understood ---------------------------------------------------------------------------------------------

refuses 2 spec nonsense <<<"rmmsim spec: nothing is called 'nonsense'; try 'rmmsim spec --help'"
refuses 2 spec RMI_RTT_CREAT <<<"rmmsim spec: nothing is called 'RMI_RTT_CREAT': RMI_RTT_CREATE?; try 'rmmsim spec --help'"
refuses 2 spec psci_cpu_onn <<<"rmmsim spec: nothing is called 'psci_cpu_onn': psci_cpu_on?; try 'rmmsim spec --help'"
refuses 2 spec RTT_E <<<"rmmsim spec: nothing is called 'RTT_E': RTTE?; try 'rmmsim spec --help'"
refuses 2 spec RmiRealmParam <<<"rmmsim spec: nothing is called 'RmiRealmParam': RmiRealmParams?; try 'rmmsim spec --help'"
refuses 2 spec RmiRealmFlag <<<"rmmsim spec: nothing is called 'RmiRealmFlag': RmiRealmFlags?; try 'rmmsim spec --help'"
refuses 2 spec 0xc4000156 <<<"rmmsim spec: nothing is called '0xc4000156'; try 'rmmsim spec --help'"
refuses 2 spec --profile <<<"rmmsim spec: --profile needs a name; try 'rmmsim spec --help'"
refuses 2 spec --profile RMM_9 <<<"rmmsim spec: no profile 'RMM_9'; try 'rmmsim spec --help'"

# Each word of the help is understood.
for what in $("$program" spec --help | sed -n 's/^  \([a-z ]*[a-z]\)  .*/\1/p') RTTE RmiRealmParams Esr RMI_RTT_CREATE rsi_version \
        PSCI_CPU_ON 0xc400015d; do
        [ "$("$program" spec "$what" | wc -l)" -ge 3 ] || wrong "spec $what prints nothing"
done

exit $status
