/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * measurement.h - what a Realm is and has been given, as digests.
 *
 * A Realm has five measurements: the Realm Initial Measurement, which the RMM extends as the host builds the Realm,
 * and four Realm Extensible Measurements, which the Realm extends itself. Each is a 64-byte slot in which a shorter
 * digest is followed by zeroes.
 *
 * These functions take values, not objects, and decide nothing: when a measurement may change is for the commands to
 * say. All return false when hashing failed, and then the measurement is as it was.
 *
 * Specification: Realm measurement and attestation; lifecycle sheet section 7.
 */
#ifndef RMMSIM_OBJECT_MEASUREMENT_H
#define RMMSIM_OBJECT_MEASUREMENT_H

#include "hash.h"

enum {
        MEASUREMENT_SIZE = HASH_SIZE_MAX,
        MEASURED_GPRS = 8,
};

/* The fields of RmiRealmParams that the initial RIM covers, as the host gave them, even where their flag is clear. */
struct measured_realm {
        uint64_t flags;
        uint8_t s2sz;
        uint8_t sve_vl;
        uint8_t num_bps;
        uint8_t num_wps;
        uint8_t pmu_num_ctrs;
        uint8_t hash_algo;
};

/* The fields of RmiRecParams that the RIM covers when the REC is runnable. */
struct measured_rec {
        uint64_t flags;
        uint64_t pc;
        uint64_t gprs[MEASURED_GPRS];
};

/* REALM_CREATE. The algorithm is the one that hash_algo names. */
bool rim_init(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, const struct measured_realm *realm);

/* DATA_CREATE. content is the padded digest of the granule's data when flags say it is measured, and NULL otherwise. */
bool rim_extend_data(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm, uint64_t ipa,
                     uint64_t flags, const uint8_t content[MEASUREMENT_SIZE]);

/* REC_CREATE of a runnable REC. */
bool rim_extend_rec(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                    const struct measured_rec *rec);

/* RTT_INIT_RIPAS, once for each RTT entry it processes. */
bool rim_extend_ripas(uint8_t rim[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                      uint64_t base, uint64_t top);

/*
 * RSI_MEASUREMENT_EXTEND with the first size bytes of value, at most 64.
 *
 * Padded is what the specification's text says: the hash covers two 512-bit values, the old measurement and the new
 * value followed by zeroes. Not padded is what deployed RMMs do: the hash covers the old digest and just the bytes
 * given.
 */
bool rem_extend(uint8_t rem[MEASUREMENT_SIZE], struct hasher *hasher, enum hash_algorithm algorithm,
                const uint8_t *value, size_t size, bool padded);

#endif
