/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Networks of Wav2Lip's shape that do one thing to every pixel: out = weights x in + bias + weight x mean of the
 * spectra. ONNX, that is protobuf, by hand. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum { PROTO_MAX = 4096 };

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

/* A float tensor of rank 4 as input or output; sizes of 0 are free. */
static inline void put_value(struct proto *graph, int field, const char *name, const int sizes[4])
{
    struct proto value = {0}, type = {0}, tensor = {0}, shape = {0};
    for (int i = 0; i < 4; i++) {
        struct proto size = {0};
        char letter[2] = {(char)('k' + i), '\0'};
        if (sizes[i])
            put_int(&size, 1, sizes[i]);
        else
            put_text(&size, 2, letter);
        put_message(&shape, 1, &size);
    }
    put_int(&tensor, 1, 1);
    put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_text(&value, 1, name);
    put_message(&value, 2, &type);
    put_message(graph, field, &value);
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

/* Over all but the first of four axes. */
static inline void put_mean(struct proto *graph, const char *in, const char *out)
{
    struct proto node = {0}, axes = {0};
    put_text(&axes, 1, "axes");
    for (int i = 1; i < 4; i++)
        put_int(&axes, 8, i);
    put_int(&axes, 20, 7);
    put_text(&node, 1, in);
    put_text(&node, 2, out);
    put_text(&node, 4, "ReduceMean");
    put_message(&node, 5, &axes);
    put_message(graph, 1, &node);
}

struct tiny {
    float from_masked, from_full, bias; /* of each colour */
    float from_mel;
    const char *mel, *video;            /* names; NULL: "mel", "video" */
    bool is_turned;                     /* the pictures come first */
    int batch, side, mel_bands, channels;  /* 0: any number, any, 80, 6 */
};

/* A folder with it. Owned; tiny_remove(). */
static inline char *tiny_make(const struct tiny *tiny)
{
    const char *mel = tiny->mel ? tiny->mel : "mel", *video = tiny->video ? tiny->video : "video";
    int channels = tiny->channels ? tiny->channels : 6;
    const int mel_sizes[] = {tiny->batch, 1, tiny->mel_bands ? tiny->mel_bands : 80, 16};
    const int video_sizes[] = {tiny->batch, channels, tiny->side, tiny->side};
    const int out_sizes[] = {tiny->batch, 3, tiny->side, tiny->side};
    const int weight_sizes[] = {3, channels, 1, 1};
    float weights[3 * 12] = {0}, bias[3] = {tiny->bias, tiny->bias, tiny->bias};
    for (int c = 0; c < 3; c++) {
        weights[c * channels + c] = tiny->from_masked;
        weights[c * channels + channels - 3 + c] += tiny->from_full;
    }
    struct proto node = {0}, graph = {0}, opset = {0}, model = {0};
    put_text(&node, 1, video);
    put_text(&node, 1, "weights");
    put_text(&node, 1, "bias");
    put_text(&node, 2, "pixels");
    put_text(&node, 4, "Conv");
    put_message(&graph, 1, &node);
    put_mean(&graph, mel, "mean");
    put_binary(&graph, "Mul", "mean", "volume", "light");
    put_binary(&graph, "Add", "pixels", "light", "out");
    put_text(&graph, 2, "tiny");
    put_floats(&graph, "volume", (const int[]){1}, 1, &tiny->from_mel);
    put_floats(&graph, "weights", weight_sizes, 4, weights);
    put_floats(&graph, "bias", (const int[]){3}, 1, bias);
    if (tiny->is_turned)
        put_value(&graph, 11, video, video_sizes);
    put_value(&graph, 11, mel, mel_sizes);
    if (!tiny->is_turned)
        put_value(&graph, 11, video, video_sizes);
    put_value(&graph, 12, "out", out_sizes);
    put_int(&model, 1, 8);
    put_text(&opset, 1, "");
    put_int(&opset, 2, 13);
    put_message(&model, 8, &opset);
    put_message(&model, 7, &graph);

    char *folder = avt_strdup("/tmp/avatar-wav2lip-XXXXXX");
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/wav2lip.onnx", folder);
    assert_int_equal(avt_file_write(path, model.data, model.size, NULL), AVT_OK);
    return folder;
}

static inline void tiny_remove(char *folder)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/wav2lip.onnx", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    avt_free(folder);
}
