/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A model's graph as an index over its bytes: who makes and who reads each tensor, and how nodes
 * are taken out and put in where the file lies in memory. Private to nn.
 *
 * New nodes stand behind the file, in one more part of ModelProto.graph (protobuf merges the parts,
 * and ONNX Runtime sorts nodes itself). A node is struck out by changing its tag to a reserved
 * field, which readers pass over. Until avt_onnx_graph_commit() the model is as it was.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "nn/model_bytes.h"
#include "nn/onnx_bytes.h"

enum { AVT_ONNX_NONE = -1 };

struct avt_onnx_name {
    struct avt_slice text;
    int producer;          /* node, or AVT_ONNX_NONE */
    int user;              /* the last node that reads it, or AVT_ONNX_NONE */
    int uses;              /* by nodes and as an output of the graph */
    const uint8_t *tensor; /* its TensorProto if it is an initializer */
    size_t tensor_size;
};

struct avt_onnx_graph {
    struct avt_model_bytes *bytes;
    struct avt_onnx_node *nodes;
    bool *dead; /* struck out */
    size_t node_count, node_capacity;
    struct avt_onnx_name *names; /* open addressing by hash */
    size_t name_capacity, name_count;
    struct avt_buf tail; /* the model's own memory: what is new stands behind its bytes */
};

/** Index the model; `bytes` is borrowed. False if it is damaged or beyond our limits. */
bool avt_onnx_graph_open(struct avt_model_bytes *bytes, struct avt_onnx_graph *ret_graph);
void avt_onnx_graph_done(struct avt_onnx_graph *graph);

/* ---- looking ---- */

/** NULL if no node, initializer or output is called so. */
struct avt_onnx_name *avt_onnx_find(const struct avt_onnx_graph *graph, struct avt_slice text);
/** The node that makes `text`, if it is an `op` with `input_count` inputs; else AVT_ONNX_NONE. */
int avt_onnx_producer(const struct avt_onnx_graph *graph, struct avt_slice text, const char *op,
                      size_t input_count);
/** The one node that reads the first output of `node`, under the same conditions. */
int avt_onnx_sole_user(const struct avt_onnx_graph *graph, int node, const char *op,
                       size_t input_count);
/** Of a two-input node: the input that is not `text`. */
struct avt_slice avt_onnx_other(const struct avt_onnx_node *node, struct avt_slice text);
bool avt_onnx_initializer(const struct avt_onnx_graph *graph, struct avt_slice text,
                          struct avt_onnx_tensor *ret_tensor);
/** An initializer of one float. */
bool avt_onnx_scalar(const struct avt_onnx_graph *graph, struct avt_slice text, float *ret_value);

/* ---- changing ---- */

/** Take a node out; what it read has one reader less. */
void avt_onnx_strike(struct avt_onnx_graph *graph, int node);

struct avt_onnx_new_node {
    const char *op, *domain;
    struct avt_slice inputs[AVT_ONNX_IO_MAX];
    size_t input_count;
    struct avt_slice output;   /* also the name of the node */
    struct avt_buf attributes; /* avt_onnx_put_int(), avt_onnx_put_float() */
};
void avt_onnx_put_int(struct avt_buf *attributes, const char *name, int64_t value);
void avt_onnx_put_float(struct avt_buf *attributes, const char *name, float value);
/** Put a node in; what it reads has one reader more. */
void avt_onnx_add(struct avt_onnx_graph *graph, const struct avt_onnx_new_node *node);

/** Strike what is no longer read, declare `domain` (NULL: none is new), and make the changes those of the model.
 *  False, and nothing is changed, if there was no room. */
bool avt_onnx_graph_commit(struct avt_onnx_graph *graph, const char *domain);
