/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/updates.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "nn/onnx_bytes.h"

enum { MODEL_GRAPH = 7, GRAPH_NODE = 1, UPDATES_MAX = AVT_SESSION_IO_MAX };

/* By name: what was put in place of some rows of `input`. */
struct avt_updates {
    struct pair {
        char *input, *output;
    } pairs[UPDATES_MAX];
    size_t count;
};

void avt_updates_free(struct avt_updates *updates)
{
    if (!updates)
        return;
    for (size_t i = 0; i < updates->count; i++) {
        avt_free(updates->pairs[i].input);
        avt_free(updates->pairs[i].output);
    }
    avt_free(updates);
}

static bool is_update(const struct avt_onnx_node *node)
{
    return (avt_slice_is(node->op_type, "ScatterElements") || avt_slice_is(node->op_type, "ScatterND")) &&
           node->input_count == 3 && node->output_count == 1;
}

/* Graphs within a node may read anything from outside. */
static bool has_graphs(const struct avt_onnx_node *node)
{
    return avt_slice_is(node->op_type, "If") || avt_slice_is(node->op_type, "Loop") ||
           avt_slice_is(node->op_type, "Scan");
}

/* Calls `see` with each node of the graph. False: damaged, or too much for this. */
static bool walk(struct avt_slice graph, struct avt_updates *updates,
                 void (*see)(struct avt_updates *updates, const struct avt_onnx_node *node))
{
    struct avt_pb_field field;
    bool is_damaged = false;
    while (avt_pb_next(&graph, &field, &is_damaged)) {
        struct avt_onnx_node node;
        if (field.number != GRAPH_NODE || !field.is_bytes)
            continue;
        if (!avt_onnx_read_node(&field, &node) || node.input_count > AVT_ONNX_IO_MAX ||
            node.output_count > AVT_ONNX_IO_MAX || has_graphs(&node))
            return false;
        see(updates, &node);
    }
    return !is_damaged;
}

static char *text_of(struct avt_slice slice)
{
    return avt_strndup((const char *)slice.data, slice.size);
}

static void add_update(struct avt_updates *updates, const struct avt_onnx_node *node)
{
    if (is_update(node) && updates->count < UPDATES_MAX)
        updates->pairs[updates->count++] = (struct pair){text_of(node->inputs[0]), text_of(node->outputs[0])};
}

/* Forgets each whose input this node reads, unless it is the update itself. */
static void drop_read(struct avt_updates *updates, const struct avt_onnx_node *node)
{
    for (size_t i = 0; i < updates->count; i++) {
        struct pair *pair = &updates->pairs[i];
        bool is_self = is_update(node) && avt_slice_is(node->outputs[0], pair->output);
        for (size_t k = is_self ? 1 : 0; k < node->input_count; k++) {
            if (avt_slice_is(node->inputs[k], pair->input))
                pair->output[0] = '\0';
        }
    }
}

struct avt_updates *avt_updates_parse(const void *data, size_t size)
{
    struct avt_updates *updates = avt_new0(struct avt_updates, 1);
    struct avt_slice rest = {data, size}, graph = {0};
    struct avt_pb_field field;
    bool is_damaged = false;
    size_t graphs = 0;
    while (avt_pb_next(&rest, &field, &is_damaged)) {
        if (field.number == MODEL_GRAPH && field.is_bytes) {
            graph = field.bytes;
            graphs++;
        }
    }
    if (!is_damaged && graphs == 1 && walk(graph, updates, add_update) && walk(graph, updates, drop_read))
        return updates;
    avt_updates_free(updates);
    return avt_new0(struct avt_updates, 1);
}

struct avt_updates *avt_updates_read(const char *path)
{
    struct avt_map map;
    if (avt_map_open(path, &map, NULL) != AVT_OK)
        return avt_new0(struct avt_updates, 1);
    struct avt_updates *updates = avt_updates_parse(map.data, map.size);
    avt_map_close(&map);
    return updates;
}

bool avt_updates_has(const struct avt_updates *updates, const char *output, const char *input)
{
    for (size_t i = 0; i < updates->count; i++) {
        if (strcmp(updates->pairs[i].output, output) == 0 && strcmp(updates->pairs[i].input, input) == 0)
            return true;
    }
    return false;
}
