/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hash.h - the hash functions of the RMM: Realm measurements, keys and signatures.
 *
 * All hashing is libcrypto's. The methods are fetched once per instance and one hasher is kept per simulated PE,
 * because fetching and creating contexts cost as much as hashing a descriptor. A hasher is used by one PE at a time;
 * a multi-part hash therefore must not be left open across anything that could hash on the same PE.
 *
 * Digests always arrive in 64 bytes, short ones followed by zeroes: that is how the RMM stores measurements.
 *
 * Specification: RmiHashAlgorithm; lifecycle sheet section 7 (pad64).
 */
#ifndef RMMSIM_BASE_HASH_H
#define RMMSIM_BASE_HASH_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The encodings of RmiHashAlgorithm. A 1.0 Realm cannot ask for SHA-384; 2.0 can, and signatures always use it. */
enum hash_algorithm {
        HASH_SHA_256 = 0,
        HASH_SHA_512 = 1,
        HASH_SHA_384 = 2,
};

enum {
        HASH_ALGORITHMS = 3,
        HASH_SIZE_MAX = 64,
        HASH_PAGE_SIZE = 4096,
        HASH_HEAD_MAX = 1024,
        HASH_MEMOS = 2,
};

/* What all the hashers of one instance share. Constant once fetched. */
struct hash_methods {
        EVP_MD *by_algorithm[HASH_ALGORITHMS];
};

/* A page that was hashed before. */
struct hash_memo {
        size_t head_size; /* 0: none */
        enum hash_algorithm algorithm;
        uint8_t head[HASH_HEAD_MAX];
        uint8_t digest[HASH_SIZE_MAX];
};

struct hasher {
        const struct hash_methods *methods;
        EVP_MD_CTX *context;
        enum hash_algorithm algorithm;
        bool ok;
        struct hash_memo memos[HASH_MEMOS];
        unsigned oldest_memo;
};

/* Returns false, holding nothing, when libcrypto cannot provide the methods. */
bool hash_methods_fetch(struct hash_methods *methods);

/* A zero-filled struct hash_methods or struct hasher may be freed, and freeing twice is harmless. */
void hash_methods_free(struct hash_methods *methods);

/* The methods must outlive the hasher. Returns false, holding nothing, when there is no memory. */
bool hasher_create(struct hasher *hasher, const struct hash_methods *methods);
void hasher_free(struct hasher *hasher);

/* The size of a digest in bytes: 32, 48 or 64. */
size_t hash_size(enum hash_algorithm algorithm);

/* Returns false when libcrypto fails; the digest is then all zeroes. */
bool hash_once(struct hasher *hasher, enum hash_algorithm algorithm, const void *data, size_t size,
               uint8_t digest[HASH_SIZE_MAX]);

/*
 * Hash a page of 4 KiB that is zero beyond its head (at most HASH_HEAD_MAX bytes, at least one). The last two are remembered
 * with their digests: hosts, and tests above all, create the same Realm with the same REC again and again, and each time
 * hashing the two pages of parameters would cost more than all the rest.
 */
bool hash_padded_page(struct hasher *hasher, enum hash_algorithm algorithm, const void *head, size_t head_size,
                      uint8_t digest[HASH_SIZE_MAX]);

/*
 * Hash an input that comes in parts. Failures are remembered and reported by hash_end, as hash_once would; calling
 * hash_begin again abandons the hash in progress.
 */
void hash_begin(struct hasher *hasher, enum hash_algorithm algorithm);
void hash_update(struct hasher *hasher, const void *data, size_t size);
bool hash_end(struct hasher *hasher, uint8_t digest[HASH_SIZE_MAX]);

#endif
