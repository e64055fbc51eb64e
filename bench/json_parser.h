/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json_parser.h - reading JSON into a tree: enough of it to read our own files, and strict enough not to misread others.
 */
#ifndef BENCH_JSON_PARSER_H
#define BENCH_JSON_PARSER_H

#include <stdbool.h>
#include <stddef.h>

enum json_kind {
        JSON_NULL,
        JSON_BOOL,
        JSON_NUMBER,
        JSON_STRING,
        JSON_ARRAY,
        JSON_OBJECT
};

struct json {
        enum json_kind kind;
        bool boolean;
        double number;
        char *string;
        char *key;          /* of a member of an object                */
        struct json *first; /* elements of an array, members of an object */
        struct json *next;
};

/* Returns NULL and sets *where to the offending byte if text is not JSON, or to the end of it if there is no memory. */
struct json *json_parse(const char *text, size_t *where);
void json_free(struct json *value);

/* The member of that name; NULL if value is NULL, no object, or has none. */
const struct json *json_member(const struct json *value, const char *key);

/* The same as a number, a string or a truth, or what stands for its absence. */
double json_number(const struct json *value, const char *key, double otherwise);
const char *json_string(const struct json *value, const char *key, const char *otherwise);
bool json_truth(const struct json *value, const char *key);

#endif
