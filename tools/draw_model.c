/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_model.c - memory of the model of a picture. Where there is none left, the program ends and says so.
 */
#include "draw.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void *sound(void *memory)
{
        if (memory == NULL) {
                fprintf(stderr, "rmmsim draw: there is not enough memory for this trace\n");
                exit(1);
        }
        return memory;
}

void *draw_grow(void *at, uint32_t *room, uint32_t count, size_t size)
{
        if (count == *room) {
                if (*room > UINT32_MAX / 4) {
                        (void)sound(NULL);
                }
                *room = *room == 0 ? 16 : 2 * *room;
                at = sound(realloc(at, *room * size));
        }
        memset((char *)at + count * size, 0, size);
        return at;
}

void *draw_zeroed(uint32_t count, size_t size)
{
        return sound(calloc((size_t)count + 1, size));
}

char *draw_copy(const char *text)
{
        return sound(strdup(text));
}

void draw_print(struct draw_text *text, const char *format, ...)
{
        va_list arguments;
        int size;

        va_start(arguments, format);
        size = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (text->size + (size_t)size + 1 > text->room) {
                text->room = 2 * (text->size + (size_t)size + 1);
                text->at = sound(realloc(text->at, text->room));
        }
        va_start(arguments, format);
        (void)vsnprintf(text->at + text->size, text->room - text->size, format, arguments);
        va_end(arguments);
        text->size += (size_t)size;
}

/* A copy without the room that it has to spare. */
char *draw_take(struct draw_text *text)
{
        char *taken = draw_copy(text->at == NULL ? "" : text->at);

        free(text->at);
        *text = (struct draw_text){ 0 };
        return taken;
}

void draw_free(struct draw_model *model)
{
        for (uint32_t i = 0; i < model->steps.count; i++) {
                free(model->steps.at[i].asked);
                free(model->steps.at[i].answer);
                free(model->steps.at[i].why);
                free(model->steps.at[i].source);
        }
        for (uint32_t i = 0; i < model->objects.count; i++) {
                free(model->objects.at[i].name);
        }
        for (uint32_t i = 0; i < model->lets.count; i++) {
                free(model->lets.at[i].name);
        }
        free(model->steps.at);
        free(model->edges.at);
        free(model->touches.at);
        free(model->begin.at);
        free(model->lets.at);
        free(model->objects.at);
        free(model->changes.at);
        free(model->lanes.at);
        free(model->spans.at);
        free(model->regions.at);
}
