/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* ONNX files, that is protobuf, by hand. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum { PROTO_MAX = 1 << 14 };

struct proto {
    uint8_t data[PROTO_MAX];
    size_t size;
};

static inline void put_varint(struct proto *proto, uint64_t value)
{
    for (; value > 127; value >>= 7)
        proto->data[proto->size++] = (uint8_t)(value & 127) | 128;
    proto->data[proto->size++] = (uint8_t)value;
    assert_true(proto->size < PROTO_MAX);
}

static inline void put_int(struct proto *proto, int field, int64_t value)
{
    put_varint(proto, (uint64_t)field << 3);
    put_varint(proto, (uint64_t)value);
}

static inline void put_bytes(struct proto *proto, int field, const void *data, size_t size)
{
    put_varint(proto, (uint64_t)field << 3 | 2);
    put_varint(proto, size);
    assert_true(proto->size + size < PROTO_MAX);
    memcpy(proto->data + proto->size, data, size);
    proto->size += size;
}

static inline void put_text(struct proto *proto, int field, const char *text)
{
    put_bytes(proto, field, text, strlen(text));
}

static inline void put_message(struct proto *proto, int field, const struct proto *message)
{
    put_bytes(proto, field, message->data, message->size);
}

/* A tensor as input or output; `type` of ONNX: 1 is float, 11 double. Sizes of 0 are free. */
static inline void put_tensor(struct proto *graph, int field, const char *name, int type_number, const int *sizes,
                              int rank)
{
    struct proto value = {0}, type = {0}, tensor = {0}, shape = {0};
    for (int i = 0; i < rank; i++) {
        struct proto size = {0};
        char letter[2] = {(char)('k' + i), '\0'};
        if (sizes[i])
            put_int(&size, 1, sizes[i]);
        else
            put_text(&size, 2, letter);
        put_message(&shape, 1, &size);
    }
    put_int(&tensor, 1, type_number);
    put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_text(&value, 1, name);
    put_message(&value, 2, &type);
    put_message(graph, field, &value);
}

static inline void put_value(struct proto *graph, int field, const char *name, const int sizes[4])
{
    put_tensor(graph, field, name, 1, sizes, 4);
}

static inline void put_floats(struct proto *graph, const char *name, const int *sizes, int rank, const float *values)
{
    struct proto tensor = {0};
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        put_int(&tensor, 1, sizes[i]);
        count *= (size_t)sizes[i];
    }
    put_int(&tensor, 2, 1);
    put_text(&tensor, 8, name);
    put_bytes(&tensor, 9, values, count * sizeof(*values));
    put_message(graph, 5, &tensor);
}

static inline void put_binary(struct proto *graph, const char *kind, const char *a, const char *b, const char *out)
{
    struct proto node = {0};
    put_text(&node, 1, a);
    put_text(&node, 1, b);
    put_text(&node, 2, out);
    put_text(&node, 4, kind);
    put_message(graph, 1, &node);
}

/* An attribute of whole numbers: one, or a list of them. */
static inline void put_attribute(struct proto *node, const char *name, const int *values, int count)
{
    struct proto attribute = {0};
    put_text(&attribute, 1, name);
    for (int i = 0; i < count; i++)
        put_int(&attribute, count > 1 ? 8 : 3, values[i]);
    put_int(&attribute, 20, count > 1 ? 7 : 2);
    put_message(node, 5, &attribute);
}

/* The whole file: `graph` of operators of version 13. */
static inline void put_model(const struct proto *graph, const char *path)
{
    struct proto opset = {0}, model = {0};
    put_int(&model, 1, 8);
    put_text(&opset, 1, "");
    put_int(&opset, 2, 13);
    put_message(&model, 8, &opset);
    put_message(&model, 7, graph);
    assert_int_equal(avt_file_write(path, model.data, model.size, NULL), AVT_OK);
}
