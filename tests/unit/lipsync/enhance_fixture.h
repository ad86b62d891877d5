/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Networks of an enhancer's shape that sharpen: out = w x (gain x (x + sharpness x (x - mean of the four neighbours)) +
 * bias), and each pixel of it factor x factor times. */
#include "onnx_fixture.h"

struct tiny {
    bool is_upscale;
    float gain;      /* 0: 1 */
    float sharpness;
    float bias;
    int side;        /* 0: any */
    int factor;      /* 0: 1 */
    int fidelity;    /* type of w, 1 float, 11 double; 0: there is none */
    bool is_scalar;  /* w is of rank 0 */
    int batch, channels; /* 0: any, 3 */
    const char *image, *output; /* names; NULL: "input", "output" */
    bool has_more;   /* an output before it, as large */
};

static inline void put_node(struct proto *graph, struct proto *node, const char *kind, const char *out)
{
    put_text(node, 2, out);
    put_text(node, 4, kind);
    put_message(graph, 1, node);
}

/* A 3 x 3 convolution to factor x factor channels for each colour, then DepthToSpace. */
static inline void put_sharpening(struct proto *graph, const struct tiny *tiny, const char *in, const char *out)
{
    static float weights[3 * 16 * 3 * 9], bias[3 * 16];
    int factor = tiny->factor ? tiny->factor : 1, each = factor * factor;
    int channels = tiny->channels ? tiny->channels : 3;
    float gain = tiny->gain != 0 ? tiny->gain : 1;
    assert_true(each <= 16 && channels <= 3);
    memset(weights, 0, sizeof(weights));
    for (int k = 0; k < 3 * each; k++) {
        float *taps = weights + ((size_t)k * (size_t)channels + (size_t)(k / each % channels)) * 9;
        taps[4] = gain * (1 + tiny->sharpness);
        taps[1] = taps[3] = taps[5] = taps[7] = -gain * tiny->sharpness / 4;
        bias[k] = tiny->bias;
    }
    struct proto conv = {0}, spread = {0};
    put_text(&conv, 1, in);
    put_text(&conv, 1, "weights");
    put_text(&conv, 1, "bias");
    put_attribute(&conv, "pads", (const int[]){1, 1, 1, 1}, 4);
    put_node(graph, &conv, "Conv", "fine");
    put_text(&spread, 1, "fine");
    put_attribute(&spread, "blocksize", &factor, 1);
    struct proto mode = {0};
    put_text(&mode, 1, "mode");
    put_text(&mode, 4, "CRD");
    put_int(&mode, 20, 3);
    put_message(&spread, 5, &mode);
    put_node(graph, &spread, "DepthToSpace", out);
    put_floats(graph, "weights", (const int[]){3 * each, channels, 3, 3}, 4, weights);
    put_floats(graph, "bias", (const int[]){3 * each}, 1, bias);
}

/* A folder with it. Owned; tiny_remove(). */
static inline char *tiny_make(const struct tiny *tiny)
{
    const char *image = tiny->image ? tiny->image : "input", *output = tiny->output ? tiny->output : "output";
    int factor = tiny->factor ? tiny->factor : 1, channels = tiny->channels ? tiny->channels : 3;
    const int in_sizes[] = {tiny->batch, channels, tiny->side, tiny->side};
    const int out_sizes[] = {tiny->batch, 3, tiny->side * factor, tiny->side * factor};
    struct proto graph = {0};
    put_text(&graph, 2, "tiny");
    put_sharpening(&graph, tiny, image, tiny->fidelity ? "free" : output);
    if (tiny->fidelity) {
        struct proto cast = {0};
        put_text(&cast, 1, "w");
        put_attribute(&cast, "to", (const int[]){1}, 1);
        put_node(&graph, &cast, "Cast", "narrow");
        put_binary(&graph, "Mul", "free", "narrow", output);
    }
    put_value(&graph, 11, image, in_sizes);
    if (tiny->fidelity)
        put_tensor(&graph, 11, "w", tiny->fidelity, (const int[]){1}, tiny->is_scalar ? 0 : 1);
    if (tiny->has_more) {
        put_binary(&graph, "Sub", output, output, "more");
        put_value(&graph, 12, "more", out_sizes);
    }
    put_value(&graph, 12, output, out_sizes);

    char *folder = avt_strdup("/tmp/avatar-enhance-XXXXXX");
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s.onnx", folder, tiny->is_upscale ? "upscale" : "restore");
    put_model(&graph, path);
    return folder;
}

static inline void tiny_remove(char **folder)
{
    static const char *const names[] = {"restore.onnx", "upscale.onnx"};
    for (int i = 0; i < 2; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", *folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(*folder);
    avt_free(*folder);
}
