/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A change of a model's graph where it lies in memory: a tensor goes through nodes of the caller's on
 * its way to who reads it, with new inputs of the model to steer them. Nothing is written to the file,
 * and no ONNX library is needed (onnx_graph.h).
 */
#include <stddef.h>
#include <stdint.h>

enum { AVT_GRAPH_NODE_INPUTS_MAX = 4 };

/** A node with one output, of ONNX's own operators, with one attribute at most. */
struct avt_graph_node {
    const char *op;
    const char *inputs[AVT_GRAPH_NODE_INPUTS_MAX]; /* up to the first NULL */
    const char *output;
    const char *int_name;   /* NULL: no such attribute */
    int64_t int_value;
    const char *float_name; /* the same */
    float float_value;
};

struct avt_graph_edit {
    const char *tensor;      /* what every reader of it ... */
    const char *replacement; /* ... reads instead: the output of one of the nodes */
    const char *const *inputs; /* [input_count] new inputs of the model, f32[1] each */
    size_t input_count;
    const struct avt_graph_node *nodes;
    size_t node_count;
};
