/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/float_convs.h"

#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/mem.h"
#include "nn/onnx_bytes.h"

enum { NODES_MAX = 100000, PASSES_MAX = 64, NONE = -1 };
enum { FIELD_GRAPH = 7, FIELD_NODE = 1, FIELD_INITIALIZER = 5, FIELD_OUTPUT = 12 };

/* A node is struck out by one byte: field 9 of GraphProto is reserved, so readers pass over it. */
enum { NODE_TAG = FIELD_NODE << 3 | 2, STRUCK_TAG = 9 << 3 | 2 };

struct name {
    struct avt_slice text;
    int producer; /* node, or NONE */
    int user;     /* the last node seen that reads it */
    int uses;
    const uint8_t *tensor; /* its TensorProto if it is an initializer */
    size_t tensor_size;
};

struct graph {
    struct avt_onnx_node *nodes;
    bool *dead;
    size_t node_count, node_capacity;
    struct name *names; /* open addressing by hash */
    size_t name_capacity, name_count;
};

static void graph_done(struct graph *graph)
{
    avt_free(graph->nodes);
    avt_free(graph->dead);
    avt_free(graph->names);
}

bool avt_float_convs_pay(void)
{
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return true;
    bool has_avx512_vnni = c & (1u << 11);
    bool has_subleaf = a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d);
    bool has_avx_vnni = has_subleaf && (a & (1u << 4));
    return !has_avx512_vnni && !has_avx_vnni;
#else
    return false;
#endif
}

/* ---- reading the graph ---------------------------------------------------------------------- */

/* FNV-1a. */
static uint64_t hash_of(struct avt_slice text)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * 1099511628211u;
    return hash;
}

/* The entry of `text`, made if need be; NULL if there is no text or the table is full. */
static struct name *name_of(struct graph *graph, struct avt_slice text)
{
    if (!text.data)
        return NULL;
    size_t i = (size_t)hash_of(text) & (graph->name_capacity - 1);
    while (graph->names[i].text.data) {
        if (avt_slice_equal(graph->names[i].text, text))
            return &graph->names[i];
        i = (i + 1) & (graph->name_capacity - 1);
    }
    if (graph->name_count * 2 >= graph->name_capacity)
        return NULL;
    graph->name_count++;
    graph->names[i] = (struct name){.text = text, .producer = NONE, .user = NONE};
    return &graph->names[i];
}

/* Calls `visit` for each field of each part of the graph (protobuf lets it come in parts). */
static bool for_each(const struct avt_model_bytes *bytes,
                     bool (*visit)(struct graph *graph, const struct avt_pb_field *field),
                     struct graph *graph)
{
    struct avt_slice model = {bytes->data, bytes->size};
    struct avt_pb_field part, field;
    bool damaged = false;
    while (avt_pb_next(&model, &part, &damaged)) {
        if (part.number != FIELD_GRAPH || !part.is_bytes)
            continue;
        struct avt_slice rest = part.bytes;
        while (avt_pb_next(&rest, &field, &damaged)) {
            if (field.is_bytes && !visit(graph, &field))
                return false;
        }
    }
    return !damaged;
}

static bool count_field(struct graph *graph, const struct avt_pb_field *field)
{
    graph->node_capacity += field->number == FIELD_NODE;
    graph->name_capacity += field->number == FIELD_NODE          ? 2 * AVT_ONNX_IO_MAX
                            : field->number == FIELD_INITIALIZER ? 2
                                                                 : 1;
    return graph->node_capacity <= NODES_MAX;
}

static bool read_output(struct graph *graph, struct avt_slice body)
{
    struct avt_pb_field part;
    bool damaged = false;
    while (avt_pb_next(&body, &part, &damaged)) {
        struct name *name = part.number == 1 ? name_of(graph, part.bytes) : NULL;
        if (name)
            name->uses++;
    }
    return !damaged;
}

static bool read_field(struct graph *graph, const struct avt_pb_field *field)
{
    if (field->number == FIELD_OUTPUT)
        return read_output(graph, field->bytes);
    if (field->number == FIELD_INITIALIZER) {
        struct avt_onnx_tensor tensor;
        (void)avt_onnx_read_tensor(field->bytes, &tensor);
        struct name *name = tensor.name.size ? name_of(graph, tensor.name) : NULL;
        if (name) {
            name->tensor = field->bytes.data;
            name->tensor_size = field->bytes.size;
        }
        return true;
    }
    if (field->number != FIELD_NODE)
        return true;
    int index = (int)graph->node_count;
    struct avt_onnx_node *node = &graph->nodes[graph->node_count++];
    if (!avt_onnx_read_node(field, node) || node->input_count > AVT_ONNX_IO_MAX ||
        node->output_count > AVT_ONNX_IO_MAX)
        return false;
    for (size_t i = 0; i < node->input_count; i++) {
        struct name *name = name_of(graph, node->inputs[i]);
        if (!name)
            return false;
        name->uses++;
        name->user = index;
    }
    for (size_t i = 0; i < node->output_count; i++) {
        struct name *name = name_of(graph, node->outputs[i]);
        if (!name)
            return false;
        name->producer = index;
    }
    return true;
}

static bool read_graph(const struct avt_model_bytes *bytes, struct graph *graph)
{
    if (!for_each(bytes, count_field, graph) || graph->node_capacity == 0)
        return false;
    size_t capacity = 64;
    while (capacity < graph->name_capacity)
        capacity *= 2;
    graph->name_capacity = capacity;
    graph->nodes = avt_new0(struct avt_onnx_node, graph->node_capacity);
    graph->dead = avt_new0(bool, graph->node_capacity);
    graph->names = avt_new0(struct name, capacity);
    return for_each(bytes, read_field, graph);
}

/* ---- finding the chain ---------------------------------------------------------------------- */

/* The node that makes `text`, if it is an `op`; NONE if not. */
static int producer_of(struct graph *graph, struct avt_slice text, const char *op)
{
    const struct name *name = name_of(graph, text);
    if (!name || name->producer == NONE)
        return NONE;
    return avt_slice_is(graph->nodes[name->producer].op_type, op) ? name->producer : NONE;
}

/* The one node that reads the first output of `node`, if it is an `op`; NONE if not. */
static int sole_user(struct graph *graph, int node, const char *op)
{
    const struct name *name = name_of(graph, graph->nodes[node].outputs[0]);
    if (!name || name->uses != 1 || name->user == NONE)
        return NONE;
    return avt_slice_is(graph->nodes[name->user].op_type, op) ? name->user : NONE;
}

static bool initializer(struct graph *graph, struct avt_slice text, struct avt_onnx_tensor *tensor)
{
    const struct name *name = name_of(graph, text);
    return name && name->tensor &&
           avt_onnx_read_tensor((struct avt_slice){name->tensor, name->tensor_size}, tensor);
}

/* Of a two-input node: the input that is not `text`. */
static struct avt_slice other_input(const struct avt_onnx_node *node, struct avt_slice text)
{
    return node->inputs[avt_slice_equal(node->inputs[0], text) ? 1 : 0];
}

/* One chain, by node index. */
struct chain {
    int quantize, conv, add, cast, mul; /* add: NONE without bias */
    struct avt_slice bias;
    struct avt_onnx_tensor weights;
    int zero_point;
    float scale;
};

/* The bias is quantised on the fly: Div by the scales > Floor > Cast > Reshape > Add. */
static bool find_bias(struct graph *graph, struct chain *chain, struct avt_slice *ret_scales)
{
    const struct avt_onnx_node *nodes = graph->nodes;
    static const char *const ops[] = {"Reshape", "Cast", "Floor", "Div"};
    struct avt_slice text =
        other_input(&nodes[chain->add], nodes[chain->conv].outputs[0]);
    int node = NONE;
    for (size_t i = 0; i < 4; i++) {
        node = producer_of(graph, text, ops[i]);
        if (node == NONE)
            return false;
        text = nodes[node].inputs[0];
    }
    struct avt_onnx_tensor bias;
    chain->bias = text;
    *ret_scales = nodes[node].inputs[1];
    return initializer(graph, text, &bias) && bias.type == AVT_ONNX_FLOAT && bias.dim_count == 1;
}

static bool find_scale(struct graph *graph, struct chain *chain, struct avt_slice scales)
{
    int mul = producer_of(graph, scales, "Mul");
    if (mul == NONE || graph->nodes[mul].input_count != 2)
        return false;
    struct avt_slice of_input = graph->nodes[chain->quantize].outputs[1];
    struct avt_slice of_weights = other_input(&graph->nodes[mul], of_input);
    bool is_product = avt_slice_equal(of_input, other_input(&graph->nodes[mul], of_weights));
    struct avt_onnx_tensor scale;
    if (!is_product || !initializer(graph, of_weights, &scale) || scale.type != AVT_ONNX_FLOAT ||
        scale.count != 1 || scale.raw.size != sizeof(float))
        return false;
    memcpy(&chain->scale, scale.raw.data, sizeof(float));
    return true;
}

static bool find_weights(struct graph *graph, struct chain *chain)
{
    const struct avt_onnx_node *conv = &graph->nodes[chain->conv];
    struct avt_onnx_tensor zero;
    if (!initializer(graph, conv->inputs[1], &chain->weights) ||
        (chain->weights.type != AVT_ONNX_UINT8 && chain->weights.type != AVT_ONNX_INT8) ||
        chain->weights.count > AVT_FLOAT_CONV_WEIGHTS_MAX ||
        chain->weights.raw.size != chain->weights.count)
        return false;
    if (conv->input_count < 4)
        return true;
    if (!initializer(graph, conv->inputs[3], &zero) || zero.count != 1 ||
        zero.type != chain->weights.type)
        return false;
    int value = zero.raw.size ? zero.raw.data[0] : (int)zero.int32_one;
    chain->zero_point = zero.type == AVT_ONNX_INT8 ? (int8_t)value : value;
    return true;
}

static bool find_chain(struct graph *graph, int conv, struct chain *chain)
{
    const struct avt_onnx_node *node = &graph->nodes[conv];
    *chain = (struct chain){.conv = conv, .add = NONE};
    if (!avt_slice_is(node->op_type, "ConvInteger") || node->input_count < 3)
        return false;
    chain->quantize = producer_of(graph, node->inputs[0], "DynamicQuantizeLinear");
    if (chain->quantize == NONE || graph->nodes[chain->quantize].output_count != 3)
        return false;
    struct avt_slice bias_scales = {0};
    int last = conv;
    chain->add = sole_user(graph, conv, "Add");
    if (chain->add != NONE) {
        if (!find_bias(graph, chain, &bias_scales))
            return false;
        last = chain->add;
    }
    chain->cast = sole_user(graph, last, "Cast");
    chain->mul = chain->cast == NONE ? NONE : sole_user(graph, chain->cast, "Mul");
    if (chain->mul == NONE)
        return false;
    struct avt_slice scales =
        other_input(&graph->nodes[chain->mul], graph->nodes[chain->cast].outputs[0]);
    return (chain->add == NONE || avt_slice_equal(scales, bias_scales)) &&
           find_scale(graph, chain, scales) && find_weights(graph, chain);
}

/* ---- rewriting ------------------------------------------------------------------------------ */

static void strike(struct graph *graph, int index)
{
    struct avt_onnx_node *node = &graph->nodes[index];
    graph->dead[index] = true;
    for (size_t i = 0; i < node->input_count; i++)
        name_of(graph, node->inputs[i])->uses--;
}

/* Nodes whose results nobody reads any more: the scales, the quantised bias, the quantising itself. */
static void strike_unused(struct graph *graph)
{
    bool changed = true;
    for (int pass = 0; changed && pass < PASSES_MAX; pass++) {
        changed = false;
        for (size_t i = 0; i < graph->node_count; i++) {
            bool is_used = graph->dead[i] || graph->nodes[i].output_count == 0;
            for (size_t o = 0; o < graph->nodes[i].output_count && !is_used; o++)
                is_used = name_of(graph, graph->nodes[i].outputs[o])->uses > 0;
            if (!is_used) {
                strike(graph, (int)i);
                changed = true;
            }
        }
    }
}

/* Appends straight to the mapped model: the room is reserved, so the buffer never moves. */
static struct avt_buf tail_of(struct avt_model_bytes *bytes)
{
    return (struct avt_buf){.data = (char *)bytes->data,
                            .size = bytes->size,
                            .capacity = bytes->reserved,
                            .size_max = bytes->reserved - 1};
}

static void put_weights(struct avt_buf *tail, const struct chain *chain, const char *name)
{
    const struct avt_onnx_tensor *weights = &chain->weights;
    AVT_CLEANUP(avt_buf_done) struct avt_buf head = AVT_BUF_INIT(1 << 10);
    for (size_t i = 0; i < weights->dim_count; i++) {
        avt_pb_put_varint(&head, 1 << 3);
        avt_pb_put_varint(&head, (uint64_t)weights->dims[i]);
    }
    avt_pb_put_varint(&head, 2 << 3);
    avt_pb_put_varint(&head, AVT_ONNX_FLOAT);
    avt_pb_put_bytes(&head, 8, name, strlen(name));
    avt_pb_put_header(&head, 9, weights->count * sizeof(float));
    size_t tensor_size = head.size + weights->count * sizeof(float);
    AVT_CLEANUP(avt_buf_done) struct avt_buf outer = AVT_BUF_INIT(64);
    avt_pb_put_header(&outer, FIELD_INITIALIZER, tensor_size);
    avt_pb_put_header(tail, FIELD_GRAPH, outer.size + tensor_size);
    (void)avt_buf_append(tail, outer.data, outer.size);
    (void)avt_buf_append(tail, head.data, head.size);
    enum { BLOCK = 1024 };
    float block[BLOCK];
    for (size_t i = 0; i < weights->count; i++) {
        int byte = weights->raw.data[i];
        int value = (weights->type == AVT_ONNX_INT8 ? (int8_t)byte : byte) - chain->zero_point;
        block[i % BLOCK] = (float)value * chain->scale;
        if (i % BLOCK == BLOCK - 1 || i + 1 == weights->count)
            (void)avt_buf_append(tail, block, (i % BLOCK + 1) * sizeof(float));
    }
}

static void put_conv(struct avt_buf *tail, const struct graph *graph, const struct chain *chain,
                     const char *weights)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf node = AVT_BUF_INIT(1 << 14);
    struct avt_slice input = graph->nodes[chain->quantize].inputs[0];
    struct avt_slice output = graph->nodes[chain->mul].outputs[0];
    avt_pb_put_bytes(&node, 1, input.data, input.size);
    avt_pb_put_bytes(&node, 1, weights, strlen(weights));
    if (chain->add != NONE)
        avt_pb_put_bytes(&node, 1, chain->bias.data, chain->bias.size);
    avt_pb_put_bytes(&node, 2, output.data, output.size);
    avt_pb_put_bytes(&node, 3, output.data, output.size);
    avt_pb_put_bytes(&node, 4, "Conv", 4);
    /* Strides, pads and the like mean the same in both. */
    struct avt_slice rest = graph->nodes[chain->conv].body;
    struct avt_pb_field part;
    bool damaged = false;
    while (avt_pb_next(&rest, &part, &damaged)) {
        if (part.number == 5)
            avt_pb_put_bytes(&node, 5, part.bytes.data, part.bytes.size);
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf outer = AVT_BUF_INIT(1 << 15);
    avt_pb_put_bytes(&outer, FIELD_NODE, node.data, node.size);
    avt_pb_put_bytes(tail, FIELD_GRAPH, outer.data, outer.size);
}

size_t avt_float_convs_apply(struct avt_model_bytes *bytes)
{
    AVT_CLEANUP(graph_done) struct graph graph = {0};
    if (!read_graph(bytes, &graph))
        return 0;
    struct avt_buf tail = tail_of(bytes);
    size_t changed = 0, node_count = graph.node_count;
    for (size_t i = 0; i < node_count; i++) {
        struct chain chain;
        if (!find_chain(&graph, (int)i, &chain))
            continue;
        char weights[48];
        snprintf(weights, sizeof(weights), "avt_float_conv_%zu", i);
        put_weights(&tail, &chain, weights);
        put_conv(&tail, &graph, &chain, weights);
        const int gone[] = {chain.conv, chain.cast, chain.mul, chain.add};
        for (size_t g = 0; g < (chain.add == NONE ? 3 : 4); g++)
            strike(&graph, gone[g]);
        name_of(&graph, graph.nodes[chain.quantize].inputs[0])->uses++;
        changed++;
    }
    if (changed == 0 || tail.overflowed)
        return 0;
    strike_unused(&graph);
    for (size_t i = 0; i < node_count; i++) {
        if (graph.dead[i])
            bytes->data[graph.nodes[i].tag - bytes->data] = STRUCK_TAG;
    }
    bytes->size = tail.size;
    return changed;
}
