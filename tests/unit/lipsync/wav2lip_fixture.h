/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Networks of Wav2Lip's shape that do one thing to every pixel: out = weights x in + bias + weight x mean of the
 * spectra. */
#include "onnx_fixture.h"

/* Over all but the first of four axes. */
static inline void put_mean(struct proto *graph, const char *in, const char *out)
{
    struct proto node = {0};
    put_text(&node, 1, in);
    put_text(&node, 2, out);
    put_text(&node, 4, "ReduceMean");
    put_attribute(&node, "axes", (const int[]){1, 2, 3}, 3);
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
    struct proto node = {0}, graph = {0};
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

    char *folder = avt_strdup("/tmp/avatar-wav2lip-XXXXXX");
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/wav2lip.onnx", folder);
    put_model(&graph, path);
    return folder;
}

static inline void tiny_remove(char *folder)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/wav2lip.onnx", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    avt_free(folder);
}
