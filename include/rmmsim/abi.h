/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * abi.h - what crosses the boundary between host, RMM and Realm: identifiers, return codes and structures.
 *
 * Names and values are those of the RMM specification 1.0-rel0 (DEN0137), with the prefix RMMSIM_ so that they stand beside
 * a client's own definitions. All structures are little-endian. The identifiers come from the rows in <rmmsim/spec/>.
 */
#ifndef RMMSIM_ABI_H
#define RMMSIM_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define RMMSIM_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define RMMSIM_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define RMMSIM_GRANULE_SIZE 4096u

/*
 * Function identifiers: RMMSIM_RMI_VERSION, RMMSIM_RSI_HOST_CALL, RMMSIM_PSCI_CPU_ON, ...
 * They have bit 31 set, and C11 alone does not let an enumerator pass INT_MAX: hence the extension.
 */
__extension__ enum rmmsim_fid {
#define COMMAND(ID, name, fid, summary) RMMSIM_##ID = fid,
#include <rmmsim/spec/commands.def>
        RMMSIM_SMCCC_VERSION = 0x80000000u
};

/* What x0 holds after a call that nobody serves (SMC calling convention). */
#define RMMSIM_NOT_SUPPORTED UINT64_MAX

/* Status of an RMI command: bits 7:0 of x0. RMMSIM_RMI_SUCCESS, RMMSIM_RMI_ERROR_INPUT, ... */
enum rmmsim_rmi_status {
#define RMI_STATUS(NAME, value, meaning) RMMSIM_RMI_##NAME = value,
#include <rmmsim/spec/status.def>
};

/* x0 of an RSI command: RMMSIM_RSI_SUCCESS, RMMSIM_RSI_INCOMPLETE, ... */
enum rmmsim_rsi_status {
#define RSI_STATUS(NAME, value, meaning) RMMSIM_RSI_##NAME = value,
#include <rmmsim/spec/status.def>
};

/* x0 of a PSCI function, as a signed 64-bit number: RMMSIM_PSCI_SUCCESS, RMMSIM_PSCI_DENIED, ... */
enum rmmsim_psci_status {
#define PSCI_STATUS(NAME, value, meaning) RMMSIM_PSCI_##NAME = value,
#include <rmmsim/spec/status.def>
};

/* What AFFINITY_INFO reports. */
enum {
        RMMSIM_PSCI_AFFINITY_ON = 0,
        RMMSIM_PSCI_AFFINITY_OFF = 1
};

#define RMMSIM_RMI_STATUS(x0)            ((unsigned)((x0)&0xff)) /* an enum rmmsim_rmi_status                       */
#define RMMSIM_RMI_INDEX(x0)             ((unsigned)((x0) >> 8 & 0xff)) /* ERROR_RTT: the level reached, -1 as 0xff        */
#define RMMSIM_RMI_RESULT(status, index) ((uint64_t)(status) | (uint64_t)(uint8_t)(index) << 8)

/* RmiRecExitReason: RMMSIM_EXIT_SYNC, RMMSIM_EXIT_IRQ, ... */
enum rmmsim_exit_reason {
#define EXIT_REASON(NAME, value, meaning) RMMSIM_EXIT_##NAME = value,
#include <rmmsim/spec/exits.def>
        RMMSIM_NUM_EXIT_REASONS
};

enum rmmsim_hash_algorithm {
        RMMSIM_HASH_SHA_256 = 0,
        RMMSIM_HASH_SHA_512 = 1
}; /* RmiHashAlgorithm      */
enum rmmsim_ripas {
        RMMSIM_RIPAS_EMPTY = 0,
        RMMSIM_RIPAS_RAM = 1,
        RMMSIM_RIPAS_DESTROYED = 2
}; /* RmiRipas  */
enum rmmsim_rtt_entry_state {
        RMMSIM_RTT_UNASSIGNED = 0,
        RMMSIM_RTT_ASSIGNED = 1,
        RMMSIM_RTT_TABLE = 2
};
enum rmmsim_response {
        RMMSIM_ACCEPT = 0,
        RMMSIM_REJECT = 1
}; /* RmiResponse           */

/* RmiRealmFlags */
#define RMMSIM_REALM_FLAG_LPA2 (UINT64_C(1) << 0)
#define RMMSIM_REALM_FLAG_SVE  (UINT64_C(1) << 1)
#define RMMSIM_REALM_FLAG_PMU  (UINT64_C(1) << 2)

/* RmiRecCreateFlags */
#define RMMSIM_REC_FLAG_RUNNABLE (UINT64_C(1) << 0)

/* RmiDataFlags */
#define RMMSIM_DATA_FLAG_MEASURE (UINT64_C(1) << 0)

/* RmiRecEnterFlags */
#define RMMSIM_ENTER_EMUL_MMIO    (UINT64_C(1) << 0)
#define RMMSIM_ENTER_INJECT_SEA   (UINT64_C(1) << 1)
#define RMMSIM_ENTER_TRAP_WFI     (UINT64_C(1) << 2)
#define RMMSIM_ENTER_TRAP_WFE     (UINT64_C(1) << 3)
#define RMMSIM_ENTER_RIPAS_REJECT (UINT64_C(1) << 4)

/* RsiRipasChangeFlags */
#define RMMSIM_RIPAS_CHANGE_DESTROYED (UINT64_C(1) << 0)

/* RmiRealmParams: the page that RMI_REALM_CREATE reads. */
struct rmmsim_realm_params {
        uint64_t flags; /* 0x000 RMMSIM_REALM_FLAG_*                                              */
        uint8_t s2sz;   /* 0x008 IPA width in bits                                                */
        uint8_t reserved_009[7];
        uint8_t sve_vl; /* 0x010 vector length is (sve_vl + 1) * 128 bits                         */
        uint8_t reserved_011[7];
        uint8_t num_bps; /* 0x018 breakpoints, minus one                                           */
        uint8_t reserved_019[7];
        uint8_t num_wps; /* 0x020 watchpoints, minus one                                           */
        uint8_t reserved_021[7];
        uint8_t pmu_num_ctrs; /* 0x028                                                                  */
        uint8_t reserved_029[7];
        uint8_t hash_algo; /* 0x030 enum rmmsim_hash_algorithm                                       */
        uint8_t reserved_031[0x400 - 0x31];
        uint8_t rpv[64]; /* 0x400 Realm Personalization Value                                      */
        uint8_t reserved_440[0x800 - 0x440];
        uint16_t vmid; /* 0x800                                                                  */
        uint8_t reserved_802[6];
        uint64_t rtt_base;       /* 0x808 PA of the first root RTT                                         */
        int64_t rtt_level_start; /* 0x810                                                                  */
        uint32_t rtt_num_start;  /* 0x818 number of root RTTs                                              */
        uint8_t reserved_81c[0x1000 - 0x81c];
};

/* RmiRecParams: the page that RMI_REC_CREATE reads. */
struct rmmsim_rec_params {
        uint64_t flags; /* 0x000 RMMSIM_REC_FLAG_*                                                */
        uint8_t reserved_008[0x100 - 0x8];
        uint64_t mpidr; /* 0x100 RmiRecMpidr: aff0[3:0], aff1[15:8], aff2[23:16], aff3[31:24]     */
        uint8_t reserved_108[0x200 - 0x108];
        uint64_t pc; /* 0x200                                                                  */
        uint8_t reserved_208[0x300 - 0x208];
        uint64_t gprs[8]; /* 0x300                                                                  */
        uint8_t reserved_340[0x800 - 0x340];
        uint64_t num_aux; /* 0x800                                                                  */
        uint64_t aux[16]; /* 0x808 PAs of the auxiliary Granules                                    */
        uint8_t reserved_888[0x1000 - 0x888];
};

/* RmiRecEnter: what the host hands to the REC. */
struct rmmsim_rec_enter {
        uint64_t flags; /* 0x000 RMMSIM_ENTER_*                                                   */
        uint8_t reserved_008[0x200 - 0x8];
        uint64_t gprs[31]; /* 0x200                                                                  */
        uint8_t reserved_2f8[8];
        uint64_t gicv3_hcr;     /* 0x300                                                                  */
        uint64_t gicv3_lrs[16]; /* 0x308                                                                  */
        uint8_t reserved_388[0x800 - 0x388];
};

/* RmiRecExit: what the REC hands to the host. */
struct rmmsim_rec_exit {
        uint64_t exit_reason; /* 0x000 enum rmmsim_exit_reason, 8 bits                                  */
        uint8_t reserved_008[0x100 - 0x8];
        uint64_t esr;   /* 0x100                                                                  */
        uint64_t far;   /* 0x108                                                                  */
        uint64_t hpfar; /* 0x110                                                                  */
        uint8_t reserved_118[0x200 - 0x118];
        uint64_t gprs[31]; /* 0x200                                                                  */
        uint8_t reserved_2f8[8];
        uint64_t gicv3_hcr;     /* 0x300                                                                  */
        uint64_t gicv3_lrs[16]; /* 0x308                                                                  */
        uint64_t gicv3_misr;    /* 0x388                                                                  */
        uint64_t gicv3_vmcr;    /* 0x390                                                                  */
        uint8_t reserved_398[0x400 - 0x398];
        uint64_t cntp_ctl;  /* 0x400                                                                  */
        uint64_t cntp_cval; /* 0x408                                                                  */
        uint64_t cntv_ctl;  /* 0x410                                                                  */
        uint64_t cntv_cval; /* 0x418                                                                  */
        uint8_t reserved_420[0x500 - 0x420];
        uint64_t ripas_base; /* 0x500                                                                  */
        uint64_t ripas_top;  /* 0x508                                                                  */
        uint8_t ripas_value; /* 0x510 enum rmmsim_ripas                                                */
        uint8_t reserved_511[0x600 - 0x511];
        uint32_t imm; /* 0x600 16 bits                                                          */
        uint8_t reserved_604[0x700 - 0x604];
        uint64_t pmu_ovf_status; /* 0x700 8 bits                                                           */
        uint8_t reserved_708[0x800 - 0x708];
};

/* RmiRecRun: the page that RMI_REC_ENTER reads and writes. */
struct rmmsim_rec_run {
        struct rmmsim_rec_enter enter; /* 0x000 */
        struct rmmsim_rec_exit exit;   /* 0x800 */
};

/* RsiRealmConfig: the page that RSI_REALM_CONFIG writes. */
struct rmmsim_realm_config {
        uint64_t ipa_width; /* 0x000                                                                  */
        uint8_t hash_algo;  /* 0x008 enum rmmsim_hash_algorithm                                       */
        uint8_t reserved_009[0x200 - 0x9];
        uint8_t rpv[64]; /* 0x200                                                                  */
        uint8_t reserved_240[0x1000 - 0x240];
};

/* RsiHostCall: 256 bytes of Realm memory that RSI_HOST_CALL reads and its completion writes. */
struct rmmsim_host_call {
        uint16_t imm; /* 0x000 */
        uint8_t reserved_002[6];
        uint64_t gprs[31]; /* 0x008 */
};

RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_realm_params) == 0x1000, "RmiRealmParams");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_realm_params, hash_algo) == 0x30, "RmiRealmParams.hash_algo");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_realm_params, rpv) == 0x400, "RmiRealmParams.rpv");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_realm_params, vmid) == 0x800, "RmiRealmParams.vmid");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_realm_params, rtt_num_start) == 0x818, "RmiRealmParams.rtt_num_start");
RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_rec_params) == 0x1000, "RmiRecParams");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_params, mpidr) == 0x100, "RmiRecParams.mpidr");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_params, pc) == 0x200, "RmiRecParams.pc");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_params, gprs) == 0x300, "RmiRecParams.gprs");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_params, aux) == 0x808, "RmiRecParams.aux");
RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_rec_enter) == 0x800, "RmiRecEnter");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_enter, gicv3_hcr) == 0x300, "RmiRecEnter.gicv3_hcr");
RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_rec_exit) == 0x800, "RmiRecExit");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_exit, esr) == 0x100, "RmiRecExit.esr");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_exit, gicv3_misr) == 0x388, "RmiRecExit.gicv3_misr");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_exit, cntp_ctl) == 0x400, "RmiRecExit.cntp_ctl");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_exit, ripas_value) == 0x510, "RmiRecExit.ripas_value");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_exit, imm) == 0x600, "RmiRecExit.imm");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_rec_exit, pmu_ovf_status) == 0x700, "RmiRecExit.pmu_ovf_status");
RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_rec_run) == 0x1000, "RmiRecRun");
RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_realm_config, rpv) == 0x200, "RsiRealmConfig.rpv");
RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_host_call) == 256, "RsiHostCall");

/* The registers of an SMC: x0..x17 in, x0..x17 out (SMC calling convention 1.2). */
struct rmmsim_regs {
        uint64_t x[18];
};

/*
 * The inputs of each command as a structure, x1, x2, ... in order behind a place for x0. rmmsim_call() takes them by name:
 *
 *     rmmsim_call(sim, 0, rmi_rtt_create, .rd = rd, .rtt = table, .ipa = 0, .level = 1);
 */
#define COMMAND(ID, name, fid, summary)                                                                                \
        struct rmmsim_##name {                                                                                         \
                uint64_t none; /* where the identifier goes */
#define IN(name, argument, KIND) uint64_t argument;
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ;
#include <rmmsim/spec/commands.def>

/* One such structure, made where it is needed, as the array that it is. */
#ifdef __cplusplus
#define RMMSIM_FIELDS(name, ...)                                                                                       \
        reinterpret_cast<const uint64_t *>(&static_cast<const rmmsim_##name &>(rmmsim_##name{ __VA_ARGS__ }))
#else
#define RMMSIM_FIELDS(name, ...) ((const uint64_t *)&(const struct rmmsim_##name){ __VA_ARGS__ })
#endif

/* The identifier of a command by its lower-case name: rmmsim_fid_rmi_rtt_create. */
__extension__ enum rmmsim_fid_by_name {
#define COMMAND(ID, name, fid, summary) rmmsim_fid_##name = fid,
#include <rmmsim/spec/commands.def>
};

#ifdef __cplusplus
}
#endif

#endif
