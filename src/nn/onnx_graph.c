/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onnx_graph.h"

#include <string.h>

#include "base/mem.h"

enum { NODES_MAX = 100000, PASSES_MAX = 64, NODE_BYTES_MAX = 1 << 14 };
/* Of ModelProto, and of GraphProto within. */
enum { FIELD_GRAPH = 7, FIELD_OPERATOR_SET = 8 };
enum { FIELD_NODE = 1, FIELD_INITIALIZER = 5, FIELD_OUTPUT = 12 };
/* Of NodeProto and AttributeProto. */
enum {
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP = 4,
    NODE_ATTRIBUTE = 5,
    NODE_DOMAIN = 7
};
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_F = 2, ATTRIBUTE_I = 3, ATTRIBUTE_TYPE = 20 };
enum { TYPE_FLOAT = 1, TYPE_INT = 2 };
enum { WIRE_VARINT = 0, WIRE_FIXED32 = 5 };

/* A node is struck out by one byte: field 9 of GraphProto is reserved, so readers pass over it. */
enum { STRUCK_TAG = 9 << 3 | 2 };

void avt_onnx_graph_done(struct avt_onnx_graph *graph)
{
    avt_free(graph->nodes);
    avt_free(graph->dead);
    avt_free(graph->names);
    *graph = (struct avt_onnx_graph){0};
}

/* ---- reading -------------------------------------------------------------------------------- */

/* FNV-1a. */
static uint64_t hash_of(struct avt_slice text)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * 1099511628211u;
    return hash;
}

/* Where `text` stands or would stand. */
static struct avt_onnx_name *slot_of(const struct avt_onnx_graph *graph, struct avt_slice text)
{
    size_t i = (size_t)hash_of(text) & (graph->name_capacity - 1);
    while (graph->names[i].text.data && !avt_slice_equal(graph->names[i].text, text))
        i = (i + 1) & (graph->name_capacity - 1);
    return &graph->names[i];
}

struct avt_onnx_name *avt_onnx_find(const struct avt_onnx_graph *graph, struct avt_slice text)
{
    struct avt_onnx_name *name = text.data ? slot_of(graph, text) : NULL;
    return name && name->text.data ? name : NULL;
}

/* The entry of `text`, made if need be; NULL if there is no text or the table is full. */
static struct avt_onnx_name *enter(struct avt_onnx_graph *graph, struct avt_slice text)
{
    if (!text.data)
        return NULL;
    struct avt_onnx_name *name = slot_of(graph, text);
    if (name->text.data)
        return name;
    if (graph->name_count * 2 >= graph->name_capacity)
        return NULL;
    graph->name_count++;
    *name = (struct avt_onnx_name){.text = text, .producer = AVT_ONNX_NONE, .user = AVT_ONNX_NONE};
    return name;
}

/* Calls `visit` for each field of each part of the graph (protobuf lets it come in parts). */
static bool for_each(struct avt_onnx_graph *graph,
                     bool (*visit)(struct avt_onnx_graph *graph, const struct avt_pb_field *field))
{
    struct avt_slice model = {graph->bytes->data, graph->bytes->size};
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

static bool count_field(struct avt_onnx_graph *graph, const struct avt_pb_field *field)
{
    graph->node_capacity += field->number == FIELD_NODE;
    graph->name_capacity += field->number == FIELD_NODE          ? 2 * AVT_ONNX_IO_MAX
                            : field->number == FIELD_INITIALIZER ? 2
                                                                 : 1;
    return graph->node_capacity <= NODES_MAX;
}

static bool read_output(struct avt_onnx_graph *graph, struct avt_slice body)
{
    struct avt_pb_field part;
    bool damaged = false;
    while (avt_pb_next(&body, &part, &damaged)) {
        struct avt_onnx_name *name = part.number == 1 ? enter(graph, part.bytes) : NULL;
        if (name)
            name->uses++;
    }
    return !damaged;
}

static bool read_node(struct avt_onnx_graph *graph, const struct avt_pb_field *field)
{
    int index = (int)graph->node_count;
    struct avt_onnx_node *node = &graph->nodes[graph->node_count++];
    if (!avt_onnx_read_node(field, node) || node->input_count > AVT_ONNX_IO_MAX ||
        node->output_count > AVT_ONNX_IO_MAX)
        return false;
    for (size_t i = 0; i < node->input_count; i++) {
        struct avt_onnx_name *name = enter(graph, node->inputs[i]);
        if (!name)
            return false;
        name->uses++;
        name->user = index;
    }
    for (size_t i = 0; i < node->output_count; i++) {
        struct avt_onnx_name *name = enter(graph, node->outputs[i]);
        if (!name)
            return false;
        name->producer = index;
    }
    return true;
}

static bool read_field(struct avt_onnx_graph *graph, const struct avt_pb_field *field)
{
    if (field->number == FIELD_OUTPUT)
        return read_output(graph, field->bytes);
    if (field->number == FIELD_NODE)
        return read_node(graph, field);
    if (field->number != FIELD_INITIALIZER)
        return true;
    struct avt_onnx_tensor tensor;
    (void)avt_onnx_read_tensor(field->bytes, &tensor);
    struct avt_onnx_name *name = tensor.name.size ? enter(graph, tensor.name) : NULL;
    if (name) {
        name->tensor = field->bytes.data;
        name->tensor_size = field->bytes.size;
    }
    return true;
}

static bool read_graph(struct avt_onnx_graph *graph)
{
    if (!for_each(graph, count_field) || graph->node_capacity == 0)
        return false;
    size_t capacity = 64;
    while (capacity < graph->name_capacity)
        capacity *= 2;
    graph->name_capacity = capacity;
    graph->nodes = avt_new0(struct avt_onnx_node, graph->node_capacity);
    graph->dead = avt_new0(bool, graph->node_capacity);
    graph->names = avt_new0(struct avt_onnx_name, capacity);
    return for_each(graph, read_field);
}

bool avt_onnx_graph_open(struct avt_model_bytes *bytes, struct avt_onnx_graph *ret_graph)
{
    struct avt_onnx_graph graph = {.bytes = bytes};
    if (!read_graph(&graph)) {
        avt_onnx_graph_done(&graph);
        return false;
    }
    /* The room is reserved, so this buffer never moves. */
    graph.tail = (struct avt_buf){.data = (char *)bytes->data,
                                  .size = bytes->size,
                                  .capacity = bytes->reserved,
                                  .size_max = bytes->reserved - 1};
    *ret_graph = graph;
    return true;
}

/* ---- looking -------------------------------------------------------------------------------- */

static int checked(const struct avt_onnx_graph *graph, int node, const char *op, size_t input_count)
{
    return node != AVT_ONNX_NONE && !graph->dead[node] &&
                   graph->nodes[node].input_count == input_count &&
                   graph->nodes[node].output_count > 0 &&
                   avt_slice_is(graph->nodes[node].op_type, op)
               ? node
               : AVT_ONNX_NONE;
}

int avt_onnx_producer(const struct avt_onnx_graph *graph, struct avt_slice text, const char *op,
                      size_t input_count)
{
    const struct avt_onnx_name *name = avt_onnx_find(graph, text);
    return name ? checked(graph, name->producer, op, input_count) : AVT_ONNX_NONE;
}

int avt_onnx_sole_user(const struct avt_onnx_graph *graph, int node, const char *op,
                       size_t input_count)
{
    const struct avt_onnx_name *name = avt_onnx_find(graph, graph->nodes[node].outputs[0]);
    return name && name->uses == 1 ? checked(graph, name->user, op, input_count) : AVT_ONNX_NONE;
}

struct avt_slice avt_onnx_other(const struct avt_onnx_node *node, struct avt_slice text)
{
    return node->inputs[avt_slice_equal(node->inputs[0], text) ? 1 : 0];
}

bool avt_onnx_initializer(const struct avt_onnx_graph *graph, struct avt_slice text,
                          struct avt_onnx_tensor *ret_tensor)
{
    const struct avt_onnx_name *name = avt_onnx_find(graph, text);
    return name && name->tensor &&
           avt_onnx_read_tensor((struct avt_slice){name->tensor, name->tensor_size}, ret_tensor);
}

bool avt_onnx_scalar(const struct avt_onnx_graph *graph, struct avt_slice text, float *ret_value)
{
    struct avt_onnx_tensor tensor;
    if (!avt_onnx_initializer(graph, text, &tensor) || tensor.type != AVT_ONNX_FLOAT ||
        tensor.count != 1 || tensor.raw.size != sizeof(float))
        return false;
    memcpy(ret_value, tensor.raw.data, sizeof(float));
    return true;
}

/* ---- changing ------------------------------------------------------------------------------- */

void avt_onnx_strike(struct avt_onnx_graph *graph, int index)
{
    struct avt_onnx_node *node = &graph->nodes[index];
    graph->dead[index] = true;
    for (size_t i = 0; i < node->input_count; i++)
        avt_onnx_find(graph, node->inputs[i])->uses--;
}

static void put_number(struct avt_buf *buf, unsigned field, uint64_t value)
{
    avt_pb_put_varint(buf, field << 3 | WIRE_VARINT);
    avt_pb_put_varint(buf, value);
}

void avt_onnx_put_int(struct avt_buf *attributes, const char *name, int64_t value)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf body = AVT_BUF_INIT(NODE_BYTES_MAX);
    avt_pb_put_bytes(&body, ATTRIBUTE_NAME, name, strlen(name));
    put_number(&body, ATTRIBUTE_I, (uint64_t)value);
    put_number(&body, ATTRIBUTE_TYPE, TYPE_INT);
    avt_pb_put_bytes(attributes, NODE_ATTRIBUTE, body.data, body.size);
}

void avt_onnx_put_float(struct avt_buf *attributes, const char *name, float value)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf body = AVT_BUF_INIT(NODE_BYTES_MAX);
    avt_pb_put_bytes(&body, ATTRIBUTE_NAME, name, strlen(name));
    avt_pb_put_varint(&body, ATTRIBUTE_F << 3 | WIRE_FIXED32);
    /* Little-endian, as all machines we build for. */
    (void)avt_buf_append(&body, &value, sizeof(value));
    put_number(&body, ATTRIBUTE_TYPE, TYPE_FLOAT);
    avt_pb_put_bytes(attributes, NODE_ATTRIBUTE, body.data, body.size);
}

void avt_onnx_add(struct avt_onnx_graph *graph, const struct avt_onnx_new_node *node)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf body = AVT_BUF_INIT(NODE_BYTES_MAX);
    for (size_t i = 0; i < node->input_count; i++) {
        avt_pb_put_bytes(&body, NODE_INPUT, node->inputs[i].data, node->inputs[i].size);
        struct avt_onnx_name *name = avt_onnx_find(graph, node->inputs[i]);
        if (name)
            name->uses++;
    }
    avt_pb_put_bytes(&body, NODE_OUTPUT, node->output.data, node->output.size);
    avt_pb_put_bytes(&body, NODE_NAME, node->output.data, node->output.size);
    avt_pb_put_bytes(&body, NODE_OP, node->op, strlen(node->op));
    (void)avt_buf_append(&body, avt_buf_str(&node->attributes), node->attributes.size);
    avt_pb_put_bytes(&body, NODE_DOMAIN, node->domain, strlen(node->domain));
    AVT_CLEANUP(avt_buf_done) struct avt_buf part = AVT_BUF_INIT(2 * NODE_BYTES_MAX);
    avt_pb_put_bytes(&part, FIELD_NODE, body.data, body.size);
    avt_pb_put_bytes(&graph->tail, FIELD_GRAPH, part.data, part.size);
    if (body.overflowed || node->attributes.overflowed)
        graph->tail.overflowed = true;
}

/* Nodes whose results nobody reads any more, and then those that only they read. */
static void strike_unused(struct avt_onnx_graph *graph)
{
    bool changed = true;
    for (int pass = 0; changed && pass < PASSES_MAX; pass++) {
        changed = false;
        for (size_t i = 0; i < graph->node_count; i++) {
            const struct avt_onnx_node *node = &graph->nodes[i];
            bool is_used = graph->dead[i] || node->output_count == 0;
            for (size_t o = 0; o < node->output_count && !is_used; o++)
                is_used = avt_onnx_find(graph, node->outputs[o])->uses > 0;
            if (!is_used) {
                avt_onnx_strike(graph, (int)i);
                changed = true;
            }
        }
    }
}

bool avt_onnx_graph_commit(struct avt_onnx_graph *graph, const char *domain)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf set = AVT_BUF_INIT(NODE_BYTES_MAX);
    if (domain) {
        avt_pb_put_bytes(&set, 1, domain, strlen(domain));
        put_number(&set, 2, 1); /* version */
        avt_pb_put_bytes(&graph->tail, FIELD_OPERATOR_SET, set.data, set.size);
    }
    if (graph->tail.overflowed)
        return false;
    strike_unused(graph);
    uint8_t *data = graph->bytes->data;
    for (size_t i = 0; i < graph->node_count; i++) {
        if (graph->dead[i])
            data[graph->nodes[i].tag - data] = STRUCK_TAG;
    }
    graph->bytes->size = graph->tail.size;
    return true;
}
