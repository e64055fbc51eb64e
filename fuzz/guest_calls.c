/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_calls.c - the model's RSI: what each call returns, writes and asks of the host.
 *
 * Specification: REC sheet sections 1.6, 1.7 and 3.
 */
#include "guest_model.h"
#include <openssl/evp.h>

#define VERSION_1_0 UINT64_C(0x10000)

/* ---- results ------------------------------------------------------------------------------------------------------------ */

/* None of these exits. */
static bool done(struct model_rec *rec, uint64_t x0, const uint64_t *outputs, unsigned num_outputs)
{
        model_answer(rec, x0, outputs, num_outputs, true);
        return false;
}

static bool refuse(struct model_rec *rec)
{
        return done(rec, RMMSIM_RSI_ERROR_INPUT, NULL, 0);
}

static bool is_page(uint64_t ipa)
{
        return ipa % MODEL_PAGE == 0;
}

static bool unaligned_range(const struct model_rec *rec)
{
        return !is_page(rec->x[1]) || !is_page(rec->x[2]) || !model_is_protected_range(rec->x[1], rec->x[2]);
}

/* ---- measurements --------------------------------------------------------------------------------------------------------- */

static EVP_MD_CTX *hashing;
static EVP_MD *algorithms[2];

void model_calls_open(void)
{
        hashing = EVP_MD_CTX_new();
        algorithms[RMMSIM_HASH_SHA_256] = EVP_MD_fetch(NULL, "SHA2-256", NULL);
        algorithms[RMMSIM_HASH_SHA_512] = EVP_MD_fetch(NULL, "SHA2-512", NULL);
}

void model_calls_close(void)
{
        EVP_MD_CTX_free(hashing);
        EVP_MD_free(algorithms[RMMSIM_HASH_SHA_256]);
        EVP_MD_free(algorithms[RMMSIM_HASH_SHA_512]);
}

static bool measurement_read(struct model_rec *rec)
{
        uint64_t value[8];

        if (rec->x[1] > 4) {
                return refuse(rec);
        }
        memcpy(value, model.measurements[rec->x[1]], sizeof(value));
        return done(rec, RMMSIM_RSI_SUCCESS, value, 8);
}

/* The new value is the hash of the old one and of the Realm's, each padded to 64 bytes or both as long as they are. */
static bool measurement_extend(struct model_rec *rec)
{
        bool padded = !MODEL_QUIRK(rem_extend_unpadded);
        uint64_t size = rec->x[2];
        uint8_t value[64] = { 0 };
        uint8_t *rem;

        if (rec->x[1] < 1 || rec->x[1] > 4 || size > sizeof(value)) {
                return refuse(rec);
        }
        rem = model.measurements[rec->x[1]];
        memcpy(value, &rec->x[3], size);
        EVP_DigestInit_ex2(hashing, algorithms[model.hash_algo], NULL);
        EVP_DigestUpdate(hashing, rem, padded || model.hash_algo == RMMSIM_HASH_SHA_512 ? 64 : 32);
        EVP_DigestUpdate(hashing, value, padded ? 64 : size);
        EVP_DigestFinal_ex(hashing, rem, NULL);
        return done(rec, RMMSIM_RSI_SUCCESS, NULL, 0);
}

/* ---- attestation ---------------------------------------------------------------------------------------------------------- */

/* The model knows neither bytes nor length of a token; a token of this Realm always has the same length. */
static bool token_init(struct model_rec *rec)
{
        uint64_t bound = MODEL_PAGE;

        rec->token = TOKEN_BEGUN;
        rec->token_read = 0;
        return done(rec, RMMSIM_RSI_SUCCESS, &bound, 1);
}

static bool token_continue(struct model_rec *rec)
{
        uint64_t addr = rec->x[1], offset = rec->x[2], size = rec->x[3];
        struct model_target target;
        struct model_data *data;
        uint64_t len;

        if (!is_page(addr) || offset >= MODEL_PAGE || offset + size < offset || offset + size > MODEL_PAGE ||
            !model_is_protected(addr)) {
                return refuse(rec);
        }
        if (rec->token == TOKEN_NONE) {
                return done(rec, RMMSIM_RSI_ERROR_STATE, NULL, 0);
        }
        rec->token = TOKEN_SIGNED;
        target = model_translate(addr, ACCESS_WRITE);
        if (target.outcome == ACCESS_EMPTY) {
                return refuse(rec);
        }
        if (target.outcome != ACCESS_PROTECTED) {
                model_exit_buffer(rec, target.level, addr);
                return true;
        }
        len = model.token_size - rec->token_read < size ? model.token_size - rec->token_read : size;
        rec->token_read += len;
        data = &model.data[target.data];
        if (len != 0) {
                data->unknown_from = data->unknown_to == 0 ? MODEL_PAGE : data->unknown_from;
                data->unknown_from = offset < data->unknown_from ? (unsigned)offset : data->unknown_from;
                data->unknown_to = offset + len > data->unknown_to ? (unsigned)(offset + len) : data->unknown_to;
        }
        if (rec->token_read == model.token_size) {
                rec->token = TOKEN_NONE;
                return done(rec, RMMSIM_RSI_SUCCESS, &len, 1);
        }
        return done(rec, RMMSIM_RSI_INCOMPLETE, &len, 1);
}

/* ---- configuration -------------------------------------------------------------------------------------------------------- */

static bool realm_config(struct model_rec *rec)
{
        uint64_t addr = rec->x[1];
        struct model_target target;
        uint64_t width = MODEL_IPA_BITS;
        uint8_t *bytes;

        if (!is_page(addr) || !model_is_protected(addr)) {
                return refuse(rec);
        }
        target = model_translate(addr, ACCESS_WRITE);
        if (target.outcome == ACCESS_EMPTY) {
                return refuse(rec);
        }
        if (target.outcome != ACCESS_PROTECTED) {
                model_exit_buffer(rec, target.level, addr);
                return true;
        }
        bytes = model_protected_bytes(target.data, addr, true);
        if (!MODEL_QUIRK(realm_config_keeps_padding)) {
                memset(bytes, 0, MODEL_PAGE);
                model.data[target.data].unknown_from = model.data[target.data].unknown_to = 0;
        }
        memcpy(bytes, &width, 8);
        bytes[8] = model.hash_algo;
        memcpy(bytes + 0x200, model.rpv, sizeof(model.rpv));
        return done(rec, RMMSIM_RSI_SUCCESS, NULL, 0);
}

/* ---- RIPAS ---------------------------------------------------------------------------------------------------------------- */

static bool ipa_state_set(struct model_rec *rec)
{
        bool wide = MODEL_QUIRK(ipa_state_set_words);
        uint32_t ripas = wide ? (uint32_t)rec->x[3] : (uint8_t)rec->x[3];

        if (unaligned_range(rec) || ripas > RMMSIM_RIPAS_RAM) {
                return refuse(rec);
        }
        rec->ripas_base = rec->x[1];
        rec->ripas_top = rec->x[2];
        rec->ripas_value = (uint8_t)ripas;
        rec->ripas_destroyed = wide ? (uint32_t)rec->x[4] == 1 : (rec->x[4] & 1) != 0;
        rec->pending = PENDING_RIPAS;
        rec->pc += 4;
        model_exit(rec, RMMSIM_EXIT_RIPAS_CHANGE, RESUME_DONE);
        model.exit.ripas_base = rec->ripas_base;
        model.exit.ripas_top = rec->ripas_top;
        model.exit.ripas_value = rec->ripas_value;
        return true;
}

void model_complete_ripas(struct model_rec *rec, uint64_t flags)
{
        bool rejected = rec->ripas_value == RMMSIM_RIPAS_RAM && rec->ripas_base != rec->ripas_top &&
                        (flags & RMMSIM_ENTER_RIPAS_REJECT) != 0;
        uint64_t outputs[2] = { rec->ripas_base, rejected };

        model_answer(rec, RMMSIM_RSI_SUCCESS, outputs, 2, true);
        rec->pc -= 4; /* it had moved at the exit */
        rec->pending = PENDING_NOTHING;
}

static bool ipa_state_get(struct model_rec *rec)
{
        uint64_t outputs[2];
        unsigned ripas;

        if (unaligned_range(rec)) {
                return refuse(rec);
        }
        outputs[0] = model_get_ripas(rec->x[1], rec->x[2], &ripas);
        outputs[1] = ripas;
        return done(rec, RMMSIM_RSI_SUCCESS, outputs, 2);
}

/* ---- host calls ----------------------------------------------------------------------------------------------------------- */

static bool host_call(struct model_rec *rec)
{
        uint64_t addr = rec->x[1];
        struct model_target target;
        const uint8_t *bytes;

        if (addr % 256 != 0 || !model_is_protected(addr)) {
                return refuse(rec);
        }
        target = model_translate(addr, ACCESS_WRITE);
        if (target.outcome == ACCESS_EMPTY) {
                return refuse(rec);
        }
        if (target.outcome != ACCESS_PROTECTED) {
                model_exit_buffer(rec, target.level, addr);
                return true;
        }
        bytes = model_protected_bytes(target.data, addr, false);
        model.unknown = addr % MODEL_PAGE < model.data[target.data].unknown_to &&
                        addr % MODEL_PAGE + sizeof(struct rmmsim_host_call) > model.data[target.data].unknown_from;
        model_exit(rec, RMMSIM_EXIT_HOST_CALL, RESUME_DONE);
        memcpy(&model.exit.imm, bytes, MODEL_QUIRK(host_call_imm_wide) ? 4 : 2);
        memcpy(model.exit.gprs, bytes + 8, sizeof(model.exit.gprs));
        rec->host_call_ipa = addr;
        rec->pending = PENDING_HOST_CALL;
        rec->pc += 4;
        return true;
}

/* Returns true if the REC exits again because the structure is not there. */
bool model_complete_host_call(struct model_rec *rec, const uint64_t *gprs)
{
        struct model_target target = model_translate(rec->host_call_ipa, ACCESS_WRITE);

        if (target.outcome == ACCESS_FAULT) {
                model_exit_buffer(rec, target.level, rec->host_call_ipa);
                rec->resume = RESUME_DONE;
                return true;
        }
        if (!MODEL_QUIRK(rsi_keeps_registers)) {
                memset(&rec->x[1], 0, 16 * sizeof(rec->x[1]));
        }
        if (target.outcome == ACCESS_PROTECTED) {
                memcpy(model_protected_bytes(target.data, rec->host_call_ipa, true) + 8, gprs, 31 * sizeof(gprs[0]));
                rec->x[0] = RMMSIM_RSI_SUCCESS;
        } else if (!MODEL_QUIRK(host_call_empty_silent)) {
                rec->x[0] = RMMSIM_RSI_ERROR_INPUT;
        }
        rec->pending = PENDING_NOTHING;
        return false;
}

/* ---- dispatch ------------------------------------------------------------------------------------------------------------- */

static bool version(struct model_rec *rec)
{
        const uint64_t both[2] = { VERSION_1_0, VERSION_1_0 };

        return done(rec, rec->x[1] == VERSION_1_0 ? RMMSIM_RSI_SUCCESS : RMMSIM_RSI_ERROR_INPUT, both, 2);
}

bool model_smc(struct model_rec *rec)
{
        bool hint = (rec->x[0] & 1 << 16) != 0;
        uint32_t fid = (uint32_t)rec->x[0] & ~(UINT32_C(1) << 16);

        switch (fid) {
        case RMMSIM_RSI_VERSION:
                return version(rec);
        case RMMSIM_RSI_FEATURES:
                return done(rec, RMMSIM_RSI_SUCCESS, NULL, 0);
        case RMMSIM_RSI_MEASUREMENT_READ:
                return measurement_read(rec);
        case RMMSIM_RSI_MEASUREMENT_EXTEND:
                return measurement_extend(rec);
        case RMMSIM_RSI_ATTESTATION_TOKEN_INIT:
                return token_init(rec);
        case RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE:
                return token_continue(rec);
        case RMMSIM_RSI_REALM_CONFIG:
                return realm_config(rec);
        case RMMSIM_RSI_IPA_STATE_SET:
                return ipa_state_set(rec);
        case RMMSIM_RSI_IPA_STATE_GET:
                return ipa_state_get(rec);
        case RMMSIM_RSI_HOST_CALL:
                return host_call(rec);
        case RMMSIM_SMCCC_VERSION:
                model_answer(rec, 0x10002, NULL, 0, false);
                return false;
        default:
                return model_psci(rec, fid, hint);
        }
}
