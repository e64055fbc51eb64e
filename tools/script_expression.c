/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_expression.c - numbers and names with +, - and *, 64 bits, wrapping; and bytes as digits.
 *
 * What does not depend on the name of a `for` is worked out at once; only the rest becomes a tree.
 */
#include "script_reader.h"
#include <string.h>

enum operation {
        THE_ROUND,
        CONSTANT,
        SUM,
        DIFFERENCE,
        PRODUCT
};

struct script_expression {
        enum operation op;
        uint64_t number;
        const struct script_expression *left;
        const struct script_expression *right;
};

/* Something worked out, or a tree. */
struct operand {
        const struct script_expression *tree; /* NULL: it is `number` */
        uint64_t number;
};

struct parser {
        struct reader *reader;
        const struct word *word;
        const char *at;
        const char *end;
        unsigned depth;
        unsigned parts;
};

static bool read_sum(struct parser *parser, struct operand *result);

static bool complain_at(struct parser *parser, const char *at, const char *text)
{
        return complain(parser->reader, place_in(parser->word, at), "%s", text);
}

static uint64_t calculate(enum operation op, uint64_t left, uint64_t right)
{
        switch (op) {
        case SUM:
                return left + right;
        case DIFFERENCE:
                return left - right;
        default:
                return left * right;
        }
}

static const struct script_expression *tree_of(struct parser *parser, const struct operand *operand)
{
        struct script_expression *tree;

        if (operand->tree != NULL) {
                return operand->tree;
        }
        tree = ARENA_NEW(parser->reader->arena, struct script_expression);
        *tree = (struct script_expression){ .op = CONSTANT, .number = operand->number };
        return tree;
}

static bool combine(struct parser *parser, struct operand *left, enum operation op, const struct operand *right)
{
        struct script_expression *tree;

        if (left->tree == NULL && right->tree == NULL) {
                left->number = calculate(op, left->number, right->number);
                return true;
        }
        if (++parser->parts > SCRIPT_PARTS_MAX) {
                return complain_at(parser, parser->word->text,
                                   "an expression with more than 256 parts: give some of it a name");
        }
        tree = ARENA_NEW(parser->reader->arena, struct script_expression);
        *tree = (struct script_expression){ .op = op, .left = tree_of(parser, left), .right = tree_of(parser, right) };
        left->tree = tree;
        return true;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

static int digit_of(char c)
{
        if (c >= '0' && c <= '9') {
                return c - '0';
        }
        if (c >= 'a' && c <= 'f') {
                return c - 'a' + 10;
        }
        if (c >= 'A' && c <= 'F') {
                return c - 'A' + 10;
        }
        return -1;
}

static bool is_word_letter(char c)
{
        return is_name(&c, 1) || (c >= '0' && c <= '9');
}

static bool read_digits(struct parser *parser, const char *begin, unsigned base, uint64_t *number)
{
        *number = 0;
        while (parser->at < parser->end) {
                int digit = digit_of(*parser->at);

                if (digit < 0 || digit >= (int)base) {
                        break;
                }
                if (__builtin_mul_overflow(*number, base, number) || __builtin_add_overflow(*number, digit, number)) {
                        return complain_at(parser, begin, "a number that does not fit into 64 bits");
                }
                parser->at++;
        }
        return true;
}

/* A letter behind a decimal number: how many bits to the left; -1 if it is none. */
static int suffix_shift(char c)
{
        static const char letters[] = "KMGT";
        const char *letter = c == 0 ? NULL : strchr(letters, c);

        return letter == NULL ? -1 : 10 * (int)(letter - letters + 1);
}

static bool read_literal(struct parser *parser, struct operand *result)
{
        const char *begin = parser->at;
        bool hex = parser->end - parser->at > 2 && parser->at[0] == '0' && parser->at[1] == 'x' &&
                   digit_of(parser->at[2]) >= 0;
        int shift;

        *result = (struct operand){ .tree = NULL };
        parser->at += hex ? 2 : 0;
        if (!read_digits(parser, begin, hex ? 16 : 10, &result->number)) {
                return false;
        }
        shift = !hex && parser->at < parser->end ? suffix_shift(*parser->at) : -1;
        if (shift > 0) {
                if (result->number > UINT64_MAX >> shift) {
                        return complain_at(parser, begin, "a number that does not fit into 64 bits");
                }
                result->number <<= shift;
                parser->at++;
        }
        if (parser->at < parser->end && is_word_letter(*parser->at)) {
                return complain_at(parser, begin,
                                   "a number is decimal, perhaps with K, M, G or T behind it, or 0x and hexadecimal");
        }
        return true;
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

static const char *name_of_let(const void *context, uint32_t index)
{
        const struct reader *reader = context;

        if (index < reader->num_lets) {
                return reader->list_of_lets[index].name;
        }
        return index == reader->num_lets ? reader->loop.name : NULL;
}

const struct let *find_let(const struct reader *reader, const struct word *name)
{
        const struct table_entry *entry = table_find(&reader->lets, table_hash(name->text, name->length));

        while (entry != NULL && !word_is(name, ((const struct let *)entry->thing)->name)) {
                entry = table_next(entry);
        }
        return entry == NULL ? NULL : entry->thing;
}

static bool read_name(struct parser *parser, struct operand *result)
{
        struct reader *reader = parser->reader;
        struct word name = { .text = parser->at, .at = place_in(parser->word, parser->at) };
        const struct let *let;

        while (parser->at < parser->end && is_word_letter(*parser->at)) {
                parser->at++;
        }
        name.length = (size_t)(parser->at - name.text);
        if (reader->loop.name != NULL && word_is(&name, reader->loop.name)) {
                struct script_expression *tree = ARENA_NEW(reader->arena, struct script_expression);

                tree->op = THE_ROUND;
                *result = (struct operand){ .tree = tree };
                return true;
        }
        let = find_let(reader, &name);
        if (let != NULL) {
                *result = (struct operand){ .number = let->number };
                return true;
        }
        return complain_unknown(reader, &name, "name", NULL, name_of_let, reader);
}

/* ---- expressions -------------------------------------------------------------------------------------------------------- */

static bool read_parentheses(struct parser *parser, struct operand *result)
{
        const char *begin = parser->at++;

        if (++parser->depth > SCRIPT_DEPTH_MAX) {
                return complain_at(parser, begin, "more than 64 parentheses within one another");
        }
        if (!read_sum(parser, result)) {
                return false;
        }
        if (parser->at == parser->end || *parser->at != ')') {
                return complain_at(parser, parser->at, "a ')' is missing");
        }
        parser->at++;
        parser->depth--;
        return true;
}

static bool read_factor(struct parser *parser, struct operand *result)
{
        bool negative = false;

        while (parser->at < parser->end && *parser->at == '-') {
                negative = !negative;
                parser->at++;
        }
        if (parser->at == parser->end) {
                return complain_at(parser, parser->at, "a number or a name is missing");
        }
        if (*parser->at == '(') {
                if (!read_parentheses(parser, result)) {
                        return false;
                }
        } else if (*parser->at >= '0' && *parser->at <= '9') {
                if (!read_literal(parser, result)) {
                        return false;
                }
        } else if (is_word_letter(*parser->at)) {
                if (!read_name(parser, result)) {
                        return false;
                }
        } else {
                return complain(parser->reader, place_in(parser->word, parser->at), "a number or a name, not '%c'",
                                *parser->at);
        }
        if (negative) {
                struct operand zero = { 0 };

                if (!combine(parser, &zero, DIFFERENCE, result)) {
                        return false;
                }
                *result = zero;
        }
        return true;
}

static bool read_product(struct parser *parser, struct operand *result)
{
        struct operand next = { 0 };

        if (!read_factor(parser, result)) {
                return false;
        }
        while (parser->at < parser->end && *parser->at == '*') {
                parser->at++;
                if (!read_factor(parser, &next) || !combine(parser, result, PRODUCT, &next)) {
                        return false;
                }
        }
        return true;
}

static bool read_sum(struct parser *parser, struct operand *result)
{
        struct operand next = { 0 };

        if (!read_product(parser, result)) {
                return false;
        }
        while (parser->at < parser->end && (*parser->at == '+' || *parser->at == '-')) {
                enum operation op = *parser->at++ == '+' ? SUM : DIFFERENCE;

                if (!read_product(parser, &next) || !combine(parser, result, op, &next)) {
                        return false;
                }
        }
        return true;
}

bool read_value(struct reader *reader, struct script_value *value, const struct word *word)
{
        struct parser parser = { .reader = reader, .word = word, .at = word->text, .end = word->text + word->length };
        struct operand result = { 0 };

        if (!read_sum(&parser, &result)) {
                return false;
        }
        if (parser.at != parser.end) {
                return complain(reader, place_in(word, parser.at),
                                "'%c' has no place in an expression: numbers and names with + - * and ()", *parser.at);
        }
        *value = (struct script_value){ .at = word->at,
                                        .text = word_text(reader, word),
                                        .tree = result.tree,
                                        .number = result.tree == NULL ? result.number : 0 };
        if (result.tree != NULL) {
                reader->varying[reader->num_varying++] = (struct varying){ word->text, word->length, *value };
        }
        return true;
}

bool read_number(struct reader *reader, uint64_t *number, const struct word *word)
{
        struct script_value value = { .tree = NULL };

        if (!read_value(reader, &value, word)) {
                return false;
        }
        if (value.tree != NULL) {
                return complain(reader, word->at, "'%s' depends on '%s', and has to be the same in all rounds",
                                value.text, reader->loop.name);
        }
        *number = value.number;
        return true;
}

static uint64_t evaluate(const struct script_expression *tree, uint64_t round)
{
        switch (tree->op) {
        case THE_ROUND:
                return round;
        case CONSTANT:
                return tree->number;
        default:
                return calculate(tree->op, evaluate(tree->left, round), evaluate(tree->right, round));
        }
}

uint64_t script_number(const struct script_value *value, uint64_t round)
{
        return value->tree == NULL ? value->number : evaluate(value->tree, round);
}

/* ---- bytes -------------------------------------------------------------------------------------------------------------- */

bool read_bytes(struct reader *reader, const uint8_t **bytes, uint32_t *num_bytes, const struct word *word,
                uint32_t most)
{
        uint8_t *read = arena_take(reader->arena, word->length / 2 + 1);

        for (size_t i = 0; i < word->length; i++) {
                int digit = digit_of(word->text[i]);

                if (digit < 0) {
                        return complain(reader, place_in(word, word->text + i),
                                        "'%c' is no hexadecimal digit: bytes are two digits each, without 0x",
                                        word->text[i]);
                }
                read[i / 2] = (uint8_t)(read[i / 2] << 4 | digit);
        }
        if (word->length % 2 != 0 || word->length == 0) {
                return complain(reader, word->at, "bytes are two digits each: here are %zu digits", word->length);
        }
        if (word->length / 2 > most) {
                return complain(reader, word->at, "%zu bytes, where at most %u are possible", word->length / 2, most);
        }
        *bytes = read;
        *num_bytes = (uint32_t)(word->length / 2);
        return true;
}
