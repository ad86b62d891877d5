/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Just enough of the ONNX file format (protobuf) to walk a graph's nodes and tensors where they lie in
 * memory and to write new ones behind them. Private to nn.
 *
 * Field numbers are those of onnx.proto3 (ModelProto.graph = 7, opset_import = 8; GraphProto.node = 1, initializer = 5,
 * output = 12; NodeProto.input = 1, output = 2, op_type = 4, attribute = 5;
 * AttributeProto.name = 1, i = 3, ints = 8; TensorProto.dims = 1,
 * data_type = 2, float_data = 4, int32_data = 5, name = 8, raw_data = 9).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { AVT_ONNX_IO_MAX = 16, AVT_ONNX_DIMS_MAX = 8 };
enum { AVT_ONNX_FLOAT = 1, AVT_ONNX_UINT8 = 2, AVT_ONNX_INT8 = 3, AVT_ONNX_INT64 = 7 };

/* Bytes of the model; not NUL-terminated. */
struct avt_slice {
    const uint8_t *data;
    size_t size;
};

bool avt_slice_equal(struct avt_slice a, struct avt_slice b);
bool avt_slice_is(struct avt_slice a, const char *text);

/* One field of a message. */
struct avt_pb_field {
    unsigned number;
    uint64_t value;          /* of a number */
    struct avt_slice bytes;  /* of a message, string or packed list */
    const uint8_t *tag;      /* where it begins */
    bool is_bytes;
};
/** Take the next field off `rest`; false at the end or at damage (then *ret_damaged is set). */
bool avt_pb_next(struct avt_slice *rest, struct avt_pb_field *ret_field, bool *ret_damaged);

struct avt_onnx_node {
    const uint8_t *tag; /* the node's first byte in the graph */
    struct avt_slice inputs[AVT_ONNX_IO_MAX], outputs[AVT_ONNX_IO_MAX];
    size_t input_count, output_count; /* may be above the array: then the node is left alone */
    struct avt_slice op_type;
    struct avt_slice body; /* the whole NodeProto */
};
bool avt_onnx_read_node(const struct avt_pb_field *field, struct avt_onnx_node *ret_node);
/** The whole numbers of an attribute, of kind INT or INTS. *ret_count is 0 without the attribute; false
 *  if it is damaged or has more than `count_max`. */
bool avt_onnx_read_ints(const struct avt_onnx_node *node, const char *name, int64_t *ret_values,
                        size_t count_max, size_t *ret_count);

struct avt_onnx_tensor {
    struct avt_slice name, raw;
    int type;
    int64_t dims[AVT_ONNX_DIMS_MAX];
    size_t dim_count;
    size_t count;      /* of elements */
    int64_t int32_one; /* int32_data of a scalar; 0 if kept in raw */
};
/** False if damaged, or kept in a way that is not supported (then it is left alone). */
bool avt_onnx_read_tensor(struct avt_slice body, struct avt_onnx_tensor *ret_tensor);

/** Version of the standard operators that a whole model file is written for; 0: it is damaged, or does not say. */
uint64_t avt_onnx_opset(struct avt_slice model);

/** How many weights of float32 or float64, of float16 or bfloat16, and of 8 bits there are. */
struct avt_onnx_weights {
    uint64_t float32, float16, int8;
};
/** Those of a whole model file, and of files beside it, are added to what is there. Damage ends the count. */
void avt_onnx_count_weights(struct avt_slice model, struct avt_onnx_weights *weights);

void avt_pb_put_varint(struct avt_buf *buf, uint64_t value);
/** Tag and length of a field of `size` bytes that are appended next. */
void avt_pb_put_header(struct avt_buf *buf, unsigned field, size_t size);
void avt_pb_put_bytes(struct avt_buf *buf, unsigned field, const void *data, size_t size);
