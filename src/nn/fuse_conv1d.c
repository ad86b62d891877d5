/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nn/conv1d.h"
#include "nn/fuse.h"

enum { ATTRIBUTES_BYTES_MAX = 1 << 10 };

/* One chain, by node. */
struct chain {
    int quantize, conv, add, cast, mul; /* add: AVT_ONNX_NONE without bias */
    struct avt_slice bias;
    struct avt_conv1d_shape shape;
    int zero_point;
    float scale;
};

/* The bias is quantised on the fly: Div by the scales > Floor > Cast > Reshape > Add. */
static bool find_bias(const struct avt_onnx_graph *graph, struct chain *chain,
                      struct avt_slice *ret_scales)
{
    const struct avt_onnx_node *nodes = graph->nodes;
    static const struct {
        const char *op;
        size_t inputs;
    } steps[] = {{"Reshape", 2}, {"Cast", 1}, {"Floor", 1}, {"Div", 2}};
    struct avt_slice text = avt_onnx_other(&nodes[chain->add], nodes[chain->conv].outputs[0]);
    int node = AVT_ONNX_NONE;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        node = avt_onnx_producer(graph, text, steps[i].op, steps[i].inputs);
        if (node == AVT_ONNX_NONE)
            return false;
        text = nodes[node].inputs[0];
    }
    struct avt_onnx_tensor bias;
    chain->bias = text;
    *ret_scales = nodes[node].inputs[1];
    return avt_onnx_initializer(graph, text, &bias) && bias.type == AVT_ONNX_FLOAT &&
           bias.dim_count == 1 && bias.count == chain->shape.out &&
           bias.raw.size == bias.count * sizeof(float);
}

static bool find_scale(const struct avt_onnx_graph *graph, struct chain *chain,
                       struct avt_slice scales)
{
    int mul = avt_onnx_producer(graph, scales, "Mul", 2);
    if (mul == AVT_ONNX_NONE)
        return false;
    struct avt_slice of_input = graph->nodes[chain->quantize].outputs[1];
    struct avt_slice of_weights = avt_onnx_other(&graph->nodes[mul], of_input);
    bool is_product = avt_slice_equal(of_input, avt_onnx_other(&graph->nodes[mul], of_weights));
    return is_product && avt_onnx_scalar(graph, of_weights, &chain->scale);
}

/* Bytes without a sign are what the quantiser writes; others are left alone. */
static bool find_weights(const struct avt_onnx_graph *graph, struct chain *chain)
{
    const struct avt_onnx_node *conv = &graph->nodes[chain->conv];
    struct avt_onnx_tensor weights, zero;
    if (!avt_onnx_initializer(graph, conv->inputs[1], &weights) || weights.type != AVT_ONNX_UINT8 ||
        weights.dim_count != 3 || weights.raw.size != weights.count)
        return false;
    chain->shape.out = (size_t)weights.dims[0];
    chain->shape.in = (size_t)weights.dims[1];
    chain->shape.taps = (size_t)weights.dims[2];
    if (conv->input_count < 4)
        return true;
    if (!avt_onnx_initializer(graph, conv->inputs[3], &zero) || zero.count != 1 ||
        zero.type != AVT_ONNX_UINT8)
        return false;
    chain->zero_point = zero.raw.size ? zero.raw.data[0] : (uint8_t)zero.int32_one;
    return true;
}

/* The attribute's one value, or `missing` without it; -1 if it has more or less than one. */
static int64_t one_of(const struct avt_onnx_node *node, const char *name, int64_t missing)
{
    int64_t value = missing;
    size_t count = 0;
    if (!avt_onnx_read_ints(node, name, &value, 1, &count))
        return -1;
    return count ? value : missing;
}

static bool find_shape(const struct avt_onnx_graph *graph, struct chain *chain)
{
    const struct avt_onnx_node *node = &graph->nodes[chain->conv];
    int64_t pads[2] = {0}, dilation = one_of(node, "dilations", 1);
    size_t count = 0;
    if (!avt_onnx_read_ints(node, "pads", pads, 2, &count) || count != 2 || pads[0] < 0 ||
        pads[1] < 0 || dilation < 1 || one_of(node, "strides", 1) != 1 ||
        one_of(node, "group", 1) != 1)
        return false;
    chain->shape.dilation = (size_t)dilation;
    chain->shape.pad_begin = (size_t)pads[0];
    chain->shape.pad_end = (size_t)pads[1];
    return avt_conv1d_supports(&chain->shape);
}

static bool find_chain(const struct avt_onnx_graph *graph, int conv, struct chain *chain)
{
    const struct avt_onnx_node *node = &graph->nodes[conv];
    *chain = (struct chain){.conv = conv};
    if (graph->dead[conv] || !avt_slice_is(node->op_type, "ConvInteger") || node->input_count < 3 ||
        node->output_count != 1)
        return false;
    chain->quantize = avt_onnx_producer(graph, node->inputs[0], "DynamicQuantizeLinear", 1);
    if (chain->quantize == AVT_ONNX_NONE || graph->nodes[chain->quantize].output_count != 3 ||
        !find_weights(graph, chain) || !find_shape(graph, chain))
        return false;
    struct avt_slice bias_scales = {0};
    int last = conv;
    chain->add = avt_onnx_sole_user(graph, conv, "Add", 2);
    if (chain->add != AVT_ONNX_NONE) {
        if (!find_bias(graph, chain, &bias_scales))
            return false;
        last = chain->add;
    }
    chain->cast = avt_onnx_sole_user(graph, last, "Cast", 1);
    chain->mul = chain->cast == AVT_ONNX_NONE ? AVT_ONNX_NONE
                                              : avt_onnx_sole_user(graph, chain->cast, "Mul", 2);
    if (chain->mul == AVT_ONNX_NONE)
        return false;
    struct avt_slice scales =
        avt_onnx_other(&graph->nodes[chain->mul], graph->nodes[chain->cast].outputs[0]);
    return (chain->add == AVT_ONNX_NONE || avt_slice_equal(scales, bias_scales)) &&
           find_scale(graph, chain, scales);
}

static void replace(struct avt_onnx_graph *graph, const struct chain *chain)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf attributes = AVT_BUF_INIT(ATTRIBUTES_BYTES_MAX);
    avt_onnx_put_int(&attributes, "dilation", (int64_t)chain->shape.dilation);
    avt_onnx_put_int(&attributes, "pad_begin", (int64_t)chain->shape.pad_begin);
    avt_onnx_put_int(&attributes, "pad_end", (int64_t)chain->shape.pad_end);
    avt_onnx_put_int(&attributes, "zero_point", chain->zero_point);
    avt_onnx_put_float(&attributes, "scale", chain->scale);
    struct avt_onnx_new_node node = {
        .op = AVT_CONV1D,
        .domain = AVT_DOMAIN,
        .inputs = {graph->nodes[chain->quantize].inputs[0], graph->nodes[chain->conv].inputs[1],
                   chain->bias},
        .input_count = chain->add == AVT_ONNX_NONE ? 2 : 3,
        .output = graph->nodes[chain->mul].outputs[0],
        .attributes = attributes,
    };
    avt_onnx_add(graph, &node);
    avt_onnx_strike(graph, chain->conv);
    avt_onnx_strike(graph, chain->cast);
    avt_onnx_strike(graph, chain->mul);
    if (chain->add != AVT_ONNX_NONE)
        avt_onnx_strike(graph, chain->add);
}

size_t avt_fuse_conv1d(struct avt_onnx_graph *graph)
{
    size_t made = 0;
    for (size_t i = 0; i < graph->node_count; i++) {
        struct chain chain;
        if (find_chain(graph, (int)i, &chain)) {
            replace(graph, &chain);
            made++;
        }
    }
    return made;
}
