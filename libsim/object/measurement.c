/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * measurement.c - the exact bytes that are hashed into a Realm's measurements.
 *
 * Descriptors are laid out by offset, as the specification's tables give them, and in little-endian whatever the
 * machine. Structures of a whole granule are almost all zeroes: only their head is laid out.
 *
 * Invariant: the bytes of a measurement beyond its digest are zero.
 * Specification: RmmMeasurementDescriptorData, -Rec and -Ripas; RimInit, RimExtend, RemExtend; lifecycle sheet
 * section 7.
 */
#include "measurement.h"

#include <assert.h>
#include <string.h>

enum {
        DESCRIPTOR_SIZE = 0x100,
};

enum descriptor_type {
        DESCRIPTOR_DATA = 0,
        DESCRIPTOR_REC = 1,
        DESCRIPTOR_RIPAS = 2,
};

/* RmiRealmParams. */
enum {
        REALM_FLAGS = 0x00,
        REALM_S2SZ = 0x08,
        REALM_SVE_VL = 0x10,
        REALM_NUM_BPS = 0x18,
        REALM_NUM_WPS = 0x20,
        REALM_PMU_NUM_CTRS = 0x28,
        REALM_HASH_ALGO = 0x30,
        REALM_HEAD = 0x40,
};

/* RmiRecParams. */
enum {
        REC_FLAGS = 0x000,
        REC_PC = 0x200,
        REC_GPRS = 0x300,
        REC_HEAD = REC_GPRS + 8 * MEASURED_GPRS,
};

/* Measurement descriptors: what all begin with, then what each goes on with. */
enum {
        DESC_TYPE = 0x00,
        DESC_LEN = 0x08,
        DESC_RIM = 0x10,
        DATA_IPA = 0x50,
        DATA_FLAGS = 0x58,
        DATA_CONTENT = 0x60,
        REC_CONTENT = 0x50,
        RIPAS_BASE = 0x50,
        RIPAS_TOP = 0x58,
};

static const uint8_t zeroes[MEASUREMENT_SIZE];

static void put_u64(uint8_t *at, uint64_t value)
{
        for (unsigned i = 0; i < 8; i++)
                at[i] = (uint8_t)(value >> (8 * i));
}

/* What every descriptor begins with; the rest is zero until its owner fills it in. */
static void descriptor_begin(uint8_t descriptor[DESCRIPTOR_SIZE], enum descriptor_type type,
                             const uint8_t rim[MEASUREMENT_SIZE])
{
        memset(descriptor, 0, DESCRIPTOR_SIZE);
        descriptor[DESC_TYPE] = (uint8_t)type;
        put_u64(descriptor + DESC_LEN, DESCRIPTOR_SIZE);
        memcpy(descriptor + DESC_RIM, rim, MEASUREMENT_SIZE);
}

/* RIM = pad64(hash(descriptor)). */
static bool rim_extend(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                       const uint8_t descriptor[DESCRIPTOR_SIZE])
{
        uint8_t digest[MEASUREMENT_SIZE];

        if (!hash_once(hasher, algorithm, descriptor, DESCRIPTOR_SIZE, digest))
                return false;
        memcpy(rim, digest, sizeof digest);
        return true;
}

bool rim_init(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, const struct measured_realm *realm)
{
        uint8_t head[REALM_HEAD] = { 0 };
        uint8_t digest[MEASUREMENT_SIZE];

        put_u64(head + REALM_FLAGS, realm->flags);
        head[REALM_S2SZ] = realm->s2sz;
        head[REALM_SVE_VL] = realm->sve_vl;
        head[REALM_NUM_BPS] = realm->num_bps;
        head[REALM_NUM_WPS] = realm->num_wps;
        head[REALM_PMU_NUM_CTRS] = realm->pmu_num_ctrs;
        head[REALM_HASH_ALGO] = realm->hash_algo;
        if (!hash_padded_page(hasher, (enum hash_algorithm)realm->hash_algo, head, sizeof head, digest))
                return false;
        memcpy(rim, digest, sizeof digest);
        return true;
}

bool rim_extend_data(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm, uint64_t ipa,
                     uint64_t flags, const uint8_t content[MEASUREMENT_SIZE])
{
        uint8_t descriptor[DESCRIPTOR_SIZE];

        descriptor_begin(descriptor, DESCRIPTOR_DATA, rim);
        put_u64(descriptor + DATA_IPA, ipa);
        put_u64(descriptor + DATA_FLAGS, flags);
        if (content)
                memcpy(descriptor + DATA_CONTENT, content, MEASUREMENT_SIZE);
        return rim_extend(rim, hasher, algorithm, descriptor);
}

bool rim_extend_rec(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                    const struct measured_rec *rec)
{
        uint8_t head[REC_HEAD] = { 0 };
        uint8_t descriptor[DESCRIPTOR_SIZE];

        put_u64(head + REC_FLAGS, rec->flags);
        put_u64(head + REC_PC, rec->pc);
        for (size_t i = 0; i < MEASURED_GPRS; i++)
                put_u64(head + REC_GPRS + 8 * i, rec->gprs[i]);

        descriptor_begin(descriptor, DESCRIPTOR_REC, rim);
        return hash_padded_page(hasher, algorithm, head, sizeof head, descriptor + REC_CONTENT) &&
               rim_extend(rim, hasher, algorithm, descriptor);
}

bool rim_extend_ripas(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                      uint64_t base, uint64_t top)
{
        uint8_t descriptor[DESCRIPTOR_SIZE];

        descriptor_begin(descriptor, DESCRIPTOR_RIPAS, rim);
        put_u64(descriptor + RIPAS_BASE, base);
        put_u64(descriptor + RIPAS_TOP, top);
        return rim_extend(rim, hasher, algorithm, descriptor);
}

bool rem_extend(uint8_t rem[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                const uint8_t *value, size_t size, bool padded)
{
        uint8_t digest[MEASUREMENT_SIZE];

        assert(size <= MEASUREMENT_SIZE);
        hash_begin(hasher, algorithm);
        hash_update(hasher, rem, padded ? MEASUREMENT_SIZE : hash_size(algorithm));
        hash_update(hasher, value, size);
        if (padded)
                hash_update(hasher, zeroes, MEASUREMENT_SIZE - size);
        if (!hash_end(hasher, digest))
                return false;
        memcpy(rem, digest, sizeof digest);
        return true;
}
