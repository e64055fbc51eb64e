/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hash.c - SHA-256, SHA-384 and SHA-512 through libcrypto's EVP interface.
 *
 * One context serves all three: OpenSSL 3.0 replaces the provider's state at every initialisation anyway, so a
 * context per algorithm would not save its one small allocation.
 *
 * Specification: RmiHashAlgorithm; lifecycle sheet section 7 (pad64).
 */
#include "hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

static const struct {
        const char *name;
        size_t size;
} algorithms[HASH_ALGORITHMS] = {
        [HASH_SHA_256] = { "SHA2-256", 32 },
        [HASH_SHA_512] = { "SHA2-512", 64 },
        [HASH_SHA_384] = { "SHA2-384", 48 },
};

bool hash_methods_fetch(struct hash_methods *methods)
{
        *methods = (struct hash_methods){ 0 };
        for (size_t i = 0; i < HASH_ALGORITHMS; i++) {
                methods->by_algorithm[i] = EVP_MD_fetch(NULL, algorithms[i].name, NULL);
                if (!methods->by_algorithm[i]) {
                        hash_methods_free(methods);
                        return false;
                }
        }
        return true;
}

void hash_methods_free(struct hash_methods *methods)
{
        for (size_t i = 0; i < HASH_ALGORITHMS; i++)
                EVP_MD_free(methods->by_algorithm[i]);
        *methods = (struct hash_methods){ 0 };
}

bool hasher_create(struct hasher *hasher, const struct hash_methods *methods)
{
        *hasher = (struct hasher){ .methods = methods, .context = EVP_MD_CTX_new() };
        return hasher->context != NULL;
}

void hasher_free(struct hasher *hasher)
{
        EVP_MD_CTX_free(hasher->context);
        *hasher = (struct hasher){ 0 };
}

size_t hash_size(enum hash_algorithm algorithm)
{
        assert((unsigned)algorithm < HASH_ALGORITHMS);
        return algorithms[algorithm].size;
}

bool hash_once(struct hasher *hasher, enum hash_algorithm algorithm, const void *data, size_t size,
               uint8_t digest[HASH_SIZE_MAX])
{
        hash_begin(hasher, algorithm);
        hash_update(hasher, data, size);
        return hash_end(hasher, digest);
}

static const struct hash_memo *recall(const struct hasher *hasher, enum hash_algorithm algorithm, const void *head,
                                      size_t head_size)
{
        for (size_t i = 0; i < HASH_MEMOS; i++) {
                const struct hash_memo *memo = &hasher->memos[i];

                if (memo->head_size == head_size && memo->algorithm == algorithm &&
                    memcmp(memo->head, head, head_size) == 0)
                        return memo;
        }
        return NULL;
}

static void memorise(struct hasher *hasher, const void *head, size_t head_size, const uint8_t *digest)
{
        struct hash_memo *memo = &hasher->memos[hasher->oldest_memo];

        hasher->oldest_memo = (hasher->oldest_memo + 1) % HASH_MEMOS;
        memo->algorithm = hasher->algorithm;
        memo->head_size = head_size;
        memcpy(memo->head, head, head_size);
        memcpy(memo->digest, digest, HASH_SIZE_MAX);
}

bool hash_padded_page(struct hasher *hasher, enum hash_algorithm algorithm, const void *head, size_t head_size,
                      uint8_t digest[HASH_SIZE_MAX])
{
        static const uint8_t zeroes[HASH_PAGE_SIZE];
        const struct hash_memo *memo;

        assert(head_size > 0 && head_size <= HASH_HEAD_MAX);
        memo = recall(hasher, algorithm, head, head_size);
        if (memo) {
                memcpy(digest, memo->digest, HASH_SIZE_MAX);
                return true;
        }
        hash_begin(hasher, algorithm);
        hash_update(hasher, head, head_size);
        hash_update(hasher, zeroes, HASH_PAGE_SIZE - head_size);
        if (!hash_end(hasher, digest))
                return false;
        memorise(hasher, head, head_size, digest);
        return true;
}

void hash_begin(struct hasher *hasher, enum hash_algorithm algorithm)
{
        assert((unsigned)algorithm < HASH_ALGORITHMS);
        hasher->algorithm = algorithm;
        hasher->ok = EVP_DigestInit_ex2(hasher->context, hasher->methods->by_algorithm[algorithm], NULL);
}

void hash_update(struct hasher *hasher, const void *data, size_t size)
{
        hasher->ok = hasher->ok && EVP_DigestUpdate(hasher->context, data, size);
}

bool hash_end(struct hasher *hasher, uint8_t digest[HASH_SIZE_MAX])
{
        size_t size = hash_size(hasher->algorithm);
        bool ok = hasher->ok && EVP_DigestFinal_ex(hasher->context, digest, NULL);

        /* A second hash_end without a hash_begin must fail, not repeat a digest. */
        hasher->ok = false;
        if (ok)
                memset(digest + size, 0, HASH_SIZE_MAX - size);
        else
                memset(digest, 0, HASH_SIZE_MAX);
        return ok;
}
