/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * boot_realm_guest.h - the Realm's side of boot_realm.c: a program for four vCPUs.
 *
 * vCPU 0 turns on vCPU 1; then vCPU 0 and vCPU 1 each turn on another one at the same time. Each vCPU asks for memory, attests,
 * hashes its share of the payload, and leaves the digest in the page shared with the host. vCPUs 1..3 turn themselves off, and
 * when vCPU 0 sees them off it turns off the system.
 */
#ifndef BOOT_REALM_GUEST_H
#define BOOT_REALM_GUEST_H

#include <openssl/evp.h>
#include <rmmsim/guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE                UINT64_C(4096)
#define REALM_PROTECTED_TOP (UINT64_C(1) << 39)
#define ENTRY_IPA           UINT64_C(0x1000)
#define SCRATCH_IPA         UINT64_C(0x100000) /* 64 KiB for each vCPU, asked for when it starts */
#define PAYLOAD_IPA         UINT64_C(0x40000000)
#define SHARED_IPA          REALM_PROTECTED_TOP /* the first Unprotected page */

enum {
        NUM_VCPUS = 4,
        DIGEST_SIZE = 32,
        SCRATCH_SIZE = 0x10000,
        TOKEN_MAX = 8192
};

struct payload {
        uint64_t size;
};

/* What a vCPU reports to the host through RSI_HOST_CALL. */
enum news {
        NEWS_STARTED = 1,
        NEWS_ATTESTED,
        NEWS_HASHED
};

static inline const char *news_text(unsigned imm)
{
        switch (imm) {
        case NEWS_STARTED:
                return "started, MPIDR_EL1";
        case NEWS_ATTESTED:
                return "attested, bytes of token";
        case NEWS_HASHED:
                return "hashed its share, bytes";
        default:
                return "says";
        }
}

/* The share of the payload that a vCPU hashes: a quarter in whole pages, the last one what is left. */
static inline uint64_t share_begin(uint64_t size, unsigned vcpu)
{
        uint64_t pages = (size + PAGE - 1) / PAGE;
        uint64_t begin = (pages * vcpu / NUM_VCPUS) * PAGE;

        return begin < size ? begin : size;
}

static inline void require(int ok, const char *what)
{
        if (!ok) {
                fprintf(stderr, "guest: %s failed\n", what);
                exit(EXIT_FAILURE);
        }
}

/* ---- services ----------------------------------------------------------------------------------------------------------- */

static inline void guest_news(struct rmmsim_vcpu *vcpu, uint64_t scratch, enum news news, uint64_t value)
{
        struct rmmsim_host_call call = { .imm = (uint16_t)news, .gprs = { value } };

        require(rmmsim_guest_write(vcpu, scratch, &call, sizeof(call)) == 0, "writing the host call");
        require(rmmsim_guest_call(vcpu, rsi_host_call, .addr = scratch).x[0] == RMMSIM_RSI_SUCCESS, "RSI_HOST_CALL");
}

/* Memory that the host did not provide at the start: its RIPAS changes from EMPTY to RAM at the Realm's request. */
static inline void guest_claim_ram(struct rmmsim_vcpu *vcpu, uint64_t base, uint64_t top)
{
        while (base < top) {
                struct rmmsim_regs set = rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = base, .top = top,
                                                           .ripas = RMMSIM_RIPAS_RAM, .flags = 0);

                require(set.x[0] == RMMSIM_RSI_SUCCESS && set.x[2] == RMMSIM_ACCEPT, "RSI_IPA_STATE_SET");
                base = set.x[1];
        }
}

/* Fetch a token page by page; returns its size. */
static inline uint64_t guest_attest(struct rmmsim_vcpu *vcpu, uint64_t buffer, unsigned index)
{
        struct rmmsim_regs token = rmmsim_guest_call(vcpu, rsi_attestation_token_init,
                                                     .challenge_0 = UINT64_C(0xc0ffee), .challenge_1 = index);
        uint64_t size = 0;

        require(token.x[0] == RMMSIM_RSI_SUCCESS && token.x[1] <= TOKEN_MAX, "RSI_ATTESTATION_TOKEN_INIT");
        do {
                uint64_t offset = size % PAGE;

                token = rmmsim_guest_call(vcpu, rsi_attestation_token_continue, .addr = buffer + size - offset,
                                          .offset = offset, .size = PAGE - offset);
                size += token.x[1];
        } while (token.x[0] == RMMSIM_RSI_INCOMPLETE && size < TOKEN_MAX);
        require(token.x[0] == RMMSIM_RSI_SUCCESS, "RSI_ATTESTATION_TOKEN_CONTINUE");
        return size;
}

static inline void guest_hash(struct rmmsim_vcpu *vcpu, uint8_t digest[DIGEST_SIZE], uint64_t begin, uint64_t end)
{
        EVP_MD_CTX *hash = EVP_MD_CTX_new();
        uint8_t page[4096];

        EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
        while (begin < end) {
                size_t size = end - begin < PAGE ? (size_t)(end - begin) : (size_t)PAGE;

                require(rmmsim_guest_read(vcpu, PAYLOAD_IPA + begin, page, size) == 0, "reading the payload");
                EVP_DigestUpdate(hash, page, size);
                begin += size;
        }
        EVP_DigestFinal_ex(hash, digest, NULL);
        EVP_MD_CTX_free(hash);
}

static inline void guest_cpu_on(struct rmmsim_vcpu *vcpu, unsigned target)
{
        require(rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = target, .entry_point_address = ENTRY_IPA,
                                  .context_id = target)
                                .x[0] == RMMSIM_PSCI_SUCCESS,
                "PSCI_CPU_ON");
}

static inline void guest_wait_off(struct rmmsim_vcpu *vcpu, unsigned target)
{
        while (rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = target, .lowest_affinity_level = 0)
                       .x[0] != RMMSIM_PSCI_AFFINITY_OFF) {
                rmmsim_guest_wfi(vcpu);
        }
}

/* ---- the program -------------------------------------------------------------------------------------------------------- */

/* x0 is the number of the vCPU: zero at the first entry, the context_id of CPU_ON later. */
static inline void guest_main(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct payload *payload = arg;
        unsigned index = (unsigned)rmmsim_guest_x(vcpu, 0);
        uint64_t scratch = SCRATCH_IPA + (uint64_t)index * SCRATCH_SIZE;
        uint64_t begin = share_begin(payload->size, index);
        uint64_t end = share_begin(payload->size, index + 1);
        uint8_t digest[DIGEST_SIZE];
        uint64_t mpidr;

        rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &mpidr);
        guest_claim_ram(vcpu, scratch, scratch + SCRATCH_SIZE);
        guest_news(vcpu, scratch, NEWS_STARTED, mpidr);
        if (index == 0) {
                guest_cpu_on(vcpu, 1);
        }
        if (index < 2) {
                guest_cpu_on(vcpu, index + 2);
        }
        guest_news(vcpu, scratch, NEWS_ATTESTED, guest_attest(vcpu, scratch + PAGE, index));
        guest_hash(vcpu, digest, begin, end);
        require(rmmsim_guest_write(vcpu, SHARED_IPA + (uint64_t)index * DIGEST_SIZE, digest, DIGEST_SIZE) == 0,
                "sharing the digest");
        guest_news(vcpu, scratch, NEWS_HASHED, end - begin);
        if (index == 0) {
                for (unsigned target = 1; target < NUM_VCPUS; target++) {
                        guest_wait_off(vcpu, target);
                }
                rmmsim_guest_call(vcpu, psci_system_off, 0);
        }
}

/* ---- the same digest, made by the host -------------------------------------------------------------------------------- */

/* SHA-256 over the SHA-256 of the shares. */
static inline void payload_digest_from_shares(uint8_t digest[DIGEST_SIZE], const uint8_t *shares)
{
        EVP_Digest(shares, NUM_VCPUS * DIGEST_SIZE, digest, NULL, EVP_sha256(), NULL);
}

static inline void payload_digest_of_file(uint8_t digest[DIGEST_SIZE], const uint8_t *file, uint64_t size)
{
        uint8_t shares[NUM_VCPUS * DIGEST_SIZE];

        for (unsigned i = 0; i < NUM_VCPUS; i++) {
                uint64_t begin = share_begin(size, i);
                uint64_t end = i + 1 < NUM_VCPUS ? share_begin(size, i + 1) : size;

                EVP_Digest(file + begin, end - begin, shares + i * DIGEST_SIZE, NULL, EVP_sha256(), NULL);
        }
        payload_digest_from_shares(digest, shares);
}

#endif
