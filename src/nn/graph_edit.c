/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nn/graph_edit_private.h"

enum { PART_BYTES_MAX = 1 << 14 };
/* Of GraphProto, ValueInfoProto, TypeProto and what is inside it (onnx.proto3). */
enum { GRAPH_NODE = 1, GRAPH_INPUT = 11, MODEL_GRAPH = 7 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1 };
enum { NODE_INPUT = 1, WIRE_VARINT = 0 };

static struct avt_slice slice_of(const char *text)
{
    return (struct avt_slice){(const uint8_t *)text, strlen(text)};
}

static void put_part(struct avt_onnx_graph *graph, unsigned field, const struct avt_buf *body)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf part = AVT_BUF_INIT(2 * PART_BYTES_MAX);
    avt_pb_put_bytes(&part, field, body->data, body->size);
    avt_pb_put_bytes(&graph->tail, MODEL_GRAPH, part.data, part.size);
    if (body->overflowed)
        graph->tail.overflowed = true;
}

/* An input of the model, f32[1]. */
static void put_input(struct avt_onnx_graph *graph, const char *name)
{
    const uint8_t element[] = {1 << 3 | WIRE_VARINT, AVT_ONNX_FLOAT};
    const uint8_t dim[] = {SHAPE_DIM << 3 | 2, 2, 1 << 3 | WIRE_VARINT, 1}; /* dim_value 1 */
    AVT_CLEANUP(avt_buf_done) struct avt_buf tensor = AVT_BUF_INIT(PART_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf type = AVT_BUF_INIT(PART_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf value = AVT_BUF_INIT(PART_BYTES_MAX);
    (void)avt_buf_append(&tensor, element, sizeof element);
    avt_pb_put_bytes(&tensor, TENSOR_SHAPE, dim, sizeof dim);
    avt_pb_put_bytes(&type, TYPE_TENSOR, tensor.data, tensor.size);
    avt_pb_put_bytes(&value, VALUE_NAME, name, strlen(name));
    avt_pb_put_bytes(&value, VALUE_TYPE, type.data, type.size);
    put_part(graph, GRAPH_INPUT, &value);
}

/* A copy of a node that reads `to` where it read `from`. */
static void put_rewired(struct avt_onnx_graph *graph, const struct avt_onnx_node *node,
                        struct avt_slice from, struct avt_slice to)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf body = AVT_BUF_INIT(PART_BYTES_MAX);
    struct avt_slice rest = node->body;
    struct avt_pb_field field;
    bool damaged = false;
    while (avt_pb_next(&rest, &field, &damaged)) {
        bool rewired =
            field.number == NODE_INPUT && field.is_bytes && avt_slice_equal(field.bytes, from);
        if (rewired)
            avt_pb_put_bytes(&body, NODE_INPUT, to.data, to.size);
        else
            (void)avt_buf_append(&body, field.tag, (size_t)(rest.data - field.tag));
    }
    put_part(graph, GRAPH_NODE, &body);
}

static void put_node(struct avt_onnx_graph *graph, const struct avt_graph_node *node)
{
    struct avt_onnx_new_node made = {.op = node->op, .domain = "", .output = slice_of(node->output)};
    avt_buf_init(&made.attributes, PART_BYTES_MAX);
    while (made.input_count < AVT_GRAPH_NODE_INPUTS_MAX && node->inputs[made.input_count]) {
        made.inputs[made.input_count] = slice_of(node->inputs[made.input_count]);
        made.input_count++;
    }
    if (node->int_name)
        avt_onnx_put_int(&made.attributes, node->int_name, node->int_value);
    if (node->float_name)
        avt_onnx_put_float(&made.attributes, node->float_name, node->float_value);
    avt_onnx_add(graph, &made);
    avt_buf_done(&made.attributes);
}

bool avt_graph_edit_apply(struct avt_model_bytes *bytes, const struct avt_graph_edit *edit)
{
    AVT_CLEANUP(avt_onnx_graph_done) struct avt_onnx_graph graph = {0};
    if (!avt_onnx_graph_open(bytes, &graph))
        return false;
    struct avt_slice from = slice_of(edit->tensor), to = slice_of(edit->replacement);
    const struct avt_onnx_name *name = avt_onnx_find(&graph, from);
    if (!name || name->producer == AVT_ONNX_NONE)
        return false;
    size_t readers = 0;
    for (size_t i = 0; i < graph.node_count; i++) {
        bool reads = false;
        for (size_t n = 0; n < graph.nodes[i].input_count; n++)
            reads |= avt_slice_equal(graph.nodes[i].inputs[n], from);
        if (!reads)
            continue;
        readers++;
        put_rewired(&graph, &graph.nodes[i], from, to);
        avt_onnx_strike(&graph, (int)i);
        /* What the copy reads is read as before. */
        for (size_t n = 0; n < graph.nodes[i].input_count; n++)
            avt_onnx_find(&graph, graph.nodes[i].inputs[n])->uses++;
    }
    for (size_t i = 0; i < edit->input_count; i++)
        put_input(&graph, edit->inputs[i]);
    for (size_t i = 0; i < edit->node_count; i++)
        put_node(&graph, &edit->nodes[i]);
    return readers > 0 && avt_onnx_graph_commit(&graph, NULL);
}
