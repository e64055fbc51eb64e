/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json_parser.c - reading JSON into a tree, by recursive descent.
 *
 * Strings keep bytes as they are; of escapes \uXXXX only ASCII is understood, which is all that our writer makes.
 */
#include "json_parser.h"
#include <stdlib.h>
#include <string.h>

enum {
        DEPTH_MAX = 32
};

struct parser {
        const char *text;
        size_t at;
        unsigned depth;
};

static bool parse_value(struct parser *p, struct json **value);

static void skip_space(struct parser *p)
{
        p->at += strspn(p->text + p->at, " \t\r\n");
}

static bool take(struct parser *p, char wanted)
{
        skip_space(p);
        if (p->text[p->at] != wanted) {
                return false;
        }
        p->at++;
        return true;
}

static bool take_word(struct parser *p, const char *word)
{
        if (strncmp(p->text + p->at, word, strlen(word)) != 0) {
                return false;
        }
        p->at += strlen(word);
        return true;
}

static int hex_digit(char c)
{
        const char *digits = "0123456789abcdef";
        const char *found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

        return found == NULL ? -1 : (int)(found - digits);
}

/* The byte that a \ stands before; 0 if none that we know. */
static char take_escape(struct parser *p)
{
        const char *names = "\"\\/bfnrt";
        const char *meanings = "\"\\/\b\f\n\r\t";
        char c = p->text[p->at];
        const char *found = c == '\0' ? NULL : strchr(names, c);
        int code = 0;

        if (found != NULL) {
                p->at++;
                return meanings[found - names];
        }
        if (c != 'u') {
                return 0;
        }
        for (int i = 1; i <= 4; i++) {
                int digit = hex_digit(p->text[p->at + (size_t)i]);

                if (digit < 0) {
                        return 0;
                }
                code = code * 16 + digit;
        }
        if (code == 0 || code > 127) {
                return 0;
        }
        p->at += 5;
        return (char)code;
}

static bool parse_string(struct parser *p, char **string)
{
        size_t length = 0;

        if (!take(p, '"')) {
                return false;
        }
        /* No escape is shorter than what it stands for. */
        *string = malloc(strlen(p->text + p->at) < 65536 ? strlen(p->text + p->at) + 1 : 65536);
        while (*string != NULL && length < 65535) {
                char c = p->text[p->at];

                if (c == '"') {
                        p->at++;
                        (*string)[length] = '\0';
                        return true;
                }
                if ((unsigned char)c < ' ') {
                        break;
                }
                p->at++;
                if (c == '\\' && (c = take_escape(p)) == 0) {
                        break;
                }
                (*string)[length++] = c;
        }
        free(*string);
        *string = NULL;
        return false;
}

static bool parse_number(struct parser *p, double *number)
{
        char *end;

        size_t length = strspn(p->text + p->at, "-+.eE0123456789");

        /* strtod() takes more than JSON has: nan, inf, hexadecimal, which all go on with another letter. */
        if (length == 0 || strchr("+.eE", p->text[p->at]) != NULL) {
                return false;
        }
        *number = strtod(p->text + p->at, &end);
        if (end != p->text + p->at + length) {
                return false;
        }
        p->at = (size_t)(end - p->text);
        return true;
}

static bool parse_members(struct parser *p, struct json *parent, char end)
{
        struct json **last = &parent->first;

        p->at++;
        if (take(p, end)) {
                return true;
        }
        do {
                char *key = NULL;

                if (end == '}' && (!parse_string(p, &key) || !take(p, ':'))) {
                        free(key);
                        return false;
                }
                if (!parse_value(p, last)) {
                        free(key);
                        return false;
                }
                (*last)->key = key;
                last = &(*last)->next;
        } while (take(p, ','));
        return take(p, end);
}

static bool parse_kind(struct parser *p, struct json *value)
{
        switch (p->text[p->at]) {
        case '{':
                value->kind = JSON_OBJECT;
                return parse_members(p, value, '}');
        case '[':
                value->kind = JSON_ARRAY;
                return parse_members(p, value, ']');
        case '"':
                value->kind = JSON_STRING;
                return parse_string(p, &value->string);
        case 't':
                value->kind = JSON_BOOL;
                value->boolean = true;
                return take_word(p, "true");
        case 'f':
                value->kind = JSON_BOOL;
                return take_word(p, "false");
        case 'n':
                return take_word(p, "null");
        default:
                value->kind = JSON_NUMBER;
                return parse_number(p, &value->number);
        }
}

/* On failure *value is NULL, and p->at where it happened. */
static bool parse_value(struct parser *p, struct json **value)
{
        bool sound;

        skip_space(p);
        *value = p->depth < DEPTH_MAX ? calloc(1, sizeof(**value)) : NULL;
        if (*value == NULL) {
                return false;
        }
        p->depth++;
        sound = parse_kind(p, *value);
        p->depth--;
        if (!sound) {
                json_free(*value);
                *value = NULL;
        }
        return sound;
}

struct json *json_parse(const char *text, size_t *where)
{
        struct parser parser = { .text = text };
        struct json *value;

        if (parse_value(&parser, &value)) {
                skip_space(&parser);
                if (text[parser.at] != '\0') {
                        json_free(value);
                        value = NULL;
                }
        }
        *where = parser.at;
        return value;
}

void json_free(struct json *value)
{
        while (value != NULL) {
                struct json *next = value->next;

                json_free(value->first);
                free(value->string);
                free(value->key);
                free(value);
                value = next;
        }
}

const struct json *json_member(const struct json *value, const char *key)
{
        const struct json *member = value != NULL && value->kind == JSON_OBJECT ? value->first : NULL;

        while (member != NULL && strcmp(member->key, key) != 0) {
                member = member->next;
        }
        return member;
}

double json_number(const struct json *value, const char *key, double otherwise)
{
        const struct json *member = json_member(value, key);

        return member != NULL && member->kind == JSON_NUMBER ? member->number : otherwise;
}

const char *json_string(const struct json *value, const char *key, const char *otherwise)
{
        const struct json *member = json_member(value, key);

        return member != NULL && member->kind == JSON_STRING ? member->string : otherwise;
}

bool json_truth(const struct json *value, const char *key)
{
        const struct json *member = json_member(value, key);

        return member != NULL && member->kind == JSON_BOOL && member->boolean;
}
