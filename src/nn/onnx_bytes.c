/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onnx_bytes.h"

#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };
enum { VARINT_BYTES_MAX = 10 };
#define ELEMENTS_MAX ((size_t)1 << 31)

bool avt_slice_equal(struct avt_slice a, struct avt_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool avt_slice_is(struct avt_slice a, const char *text)
{
    return avt_slice_equal(a, (struct avt_slice){(const uint8_t *)text, strlen(text)});
}

static bool take_varint(struct avt_slice *rest, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX && i < rest->size; i++) {
        value |= (uint64_t)(rest->data[i] & 0x7f) << (7 * i);
        if (!(rest->data[i] & 0x80)) {
            rest->data += i + 1;
            rest->size -= i + 1;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct avt_slice *rest, uint64_t size, struct avt_slice *ret_bytes)
{
    if (size > rest->size)
        return false;
    *ret_bytes = (struct avt_slice){rest->data, (size_t)size};
    rest->data += size;
    rest->size -= (size_t)size;
    return true;
}

bool avt_pb_next(struct avt_slice *rest, struct avt_pb_field *ret_field, bool *ret_damaged)
{
    if (rest->size == 0)
        return false;
    struct avt_pb_field field = {.tag = rest->data};
    uint64_t tag = 0, size = 0;
    bool sound = take_varint(rest, &tag);
    field.number = (unsigned)(tag >> 3);
    switch (tag & 7) {
    case WIRE_VARINT:
        sound = sound && take_varint(rest, &field.value);
        break;
    case WIRE_BYTES:
        sound = sound && take_varint(rest, &size) && take_bytes(rest, size, &field.bytes);
        field.is_bytes = true;
        break;
    case WIRE_FIXED64:
        sound = sound && take_bytes(rest, 8, &field.bytes);
        break;
    case WIRE_FIXED32:
        sound = sound && take_bytes(rest, 4, &field.bytes);
        break;
    default:
        sound = false;
    }
    if (sound)
        *ret_field = field;
    else
        *ret_damaged = true;
    return sound;
}

bool avt_onnx_read_node(const struct avt_pb_field *field, struct avt_onnx_node *ret_node)
{
    struct avt_onnx_node node = {.tag = field->tag, .body = field->bytes};
    struct avt_slice rest = field->bytes;
    struct avt_pb_field part;
    bool damaged = false;
    while (avt_pb_next(&rest, &part, &damaged)) {
        if (part.number == 1 && node.input_count++ < AVT_ONNX_IO_MAX)
            node.inputs[node.input_count - 1] = part.bytes;
        else if (part.number == 2 && node.output_count++ < AVT_ONNX_IO_MAX)
            node.outputs[node.output_count - 1] = part.bytes;
        else if (part.number == 4)
            node.op_type = part.bytes;
    }
    *ret_node = node;
    return !damaged;
}

/* One field of an attribute: i, or a number of ints, or ints packed. */
static bool add_ints(struct avt_pb_field part, int64_t *values, size_t count_max, size_t *count)
{
    uint64_t value = part.value;
    bool more = !part.is_bytes || part.bytes.size > 0;
    while (more) {
        if (*count == count_max || (part.is_bytes && !take_varint(&part.bytes, &value)))
            return false;
        values[(*count)++] = (int64_t)value;
        more = part.is_bytes && part.bytes.size > 0;
    }
    return true;
}

bool avt_onnx_read_ints(const struct avt_onnx_node *node, const char *name, int64_t *ret_values,
                        size_t count_max, size_t *ret_count)
{
    struct avt_slice rest = node->body;
    struct avt_pb_field attribute, part;
    bool damaged = false;
    *ret_count = 0;
    while (avt_pb_next(&rest, &attribute, &damaged)) {
        struct avt_slice fields = attribute.bytes;
        bool is_wanted = false;
        if (attribute.number != 5)
            continue;
        while (avt_pb_next(&fields, &part, &damaged))
            is_wanted = is_wanted || (part.number == 1 && avt_slice_is(part.bytes, name));
        fields = is_wanted ? attribute.bytes : (struct avt_slice){0};
        while (avt_pb_next(&fields, &part, &damaged)) {
            if ((part.number == 3 || part.number == 8) &&
                !add_ints(part, ret_values, count_max, ret_count))
                return false;
        }
    }
    return !damaged;
}

static bool add_dim(struct avt_onnx_tensor *tensor, uint64_t value)
{
    if (tensor->dim_count == AVT_ONNX_DIMS_MAX || value > ELEMENTS_MAX ||
        (value && tensor->count > ELEMENTS_MAX / value))
        return false;
    tensor->dims[tensor->dim_count++] = (int64_t)value;
    tensor->count *= (size_t)value;
    return true;
}

bool avt_onnx_read_tensor(struct avt_slice body, struct avt_onnx_tensor *ret_tensor)
{
    struct avt_onnx_tensor tensor = {.count = 1};
    struct avt_pb_field part;
    bool damaged = false, has_int32 = false;
    while (!damaged && avt_pb_next(&body, &part, &damaged)) {
        uint64_t value = 0;
        if (part.number == 1 && !part.is_bytes)
            damaged = !add_dim(&tensor, part.value);
        else if (part.number == 1) /* packed */
            while (!damaged && part.bytes.size)
                damaged = !take_varint(&part.bytes, &value) || !add_dim(&tensor, value);
        else if (part.number == 2)
            tensor.type = (int)part.value;
        else if (part.number == 5 && part.is_bytes) /* packed */
            has_int32 = take_varint(&part.bytes, &value) && part.bytes.size == 0;
        else if (part.number == 5)
            has_int32 = true, value = part.value;
        else if (part.number == 8)
            tensor.name = part.bytes;
        else if (part.number == 9)
            tensor.raw = part.bytes;
        if (part.number == 5)
            tensor.int32_one = (int64_t)(int32_t)value;
    }
    size_t size = tensor.type == AVT_ONNX_FLOAT ? 4 : tensor.type == AVT_ONNX_INT64 ? 8 : 1;
    *ret_tensor = tensor;
    bool is_scalar = has_int32 && tensor.count == 1 && tensor.raw.size == 0;
    return !damaged && (is_scalar || tensor.raw.size == tensor.count * size);
}

/* ModelProto.opset_import; OperatorSetIdProto.domain, version (onnx.proto3). */
enum { MODEL_OPSETS = 8, OPSET_DOMAIN = 1, OPSET_VERSION = 2 };

uint64_t avt_onnx_opset(struct avt_slice model)
{
    struct avt_pb_field field, part;
    bool is_damaged = false;
    uint64_t version = 0;
    while (avt_pb_next(&model, &field, &is_damaged)) {
        if (field.number != MODEL_OPSETS || !field.is_bytes)
            continue;
        struct avt_slice body = field.bytes;
        bool is_standard = true;
        uint64_t found = 0;
        while (avt_pb_next(&body, &part, &is_damaged)) {
            if (part.number == OPSET_DOMAIN && part.is_bytes && part.bytes.size > 0)
                is_standard = avt_slice_is(part.bytes, "ai.onnx");
            else if (part.number == OPSET_VERSION)
                found = part.value;
        }
        if (is_standard)
            version = found;
    }
    return is_damaged ? 0 : version;
}

/* Their bytes may lie anywhere. */
static void count_tensor(struct avt_slice body, struct avt_onnx_weights *weights)
{
    enum { FLOAT16 = 10, DOUBLE = 11, BFLOAT16 = 16 };
    struct avt_onnx_tensor tensor;
    (void)avt_onnx_read_tensor(body, &tensor); /* false where they lie beside: type and lengths are read all the same */
    switch (tensor.type) {
    case AVT_ONNX_FLOAT:
    case DOUBLE:
        weights->float32 += tensor.count;
        break;
    case FLOAT16:
    case BFLOAT16:
        weights->float16 += tensor.count;
        break;
    case AVT_ONNX_INT8:
    case AVT_ONNX_UINT8:
        weights->int8 += tensor.count;
        break;
    default: /* indices, shapes */
        break;
    }
}

void avt_onnx_count_weights(struct avt_slice model, struct avt_onnx_weights *weights)
{
    enum { MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5 };
    struct avt_pb_field field, part;
    bool is_damaged = false;
    while (avt_pb_next(&model, &field, &is_damaged)) {
        struct avt_slice graph = field.number == MODEL_GRAPH && field.is_bytes ? field.bytes : (struct avt_slice){0};
        while (avt_pb_next(&graph, &part, &is_damaged)) {
            if (part.number == GRAPH_INITIALIZER && part.is_bytes)
                count_tensor(part.bytes, weights);
        }
    }
}

void avt_pb_put_varint(struct avt_buf *buf, uint64_t value)
{
    while (value > 0x7f) {
        (void)avt_buf_append_char(buf, (char)(0x80 | (value & 0x7f)));
        value >>= 7;
    }
    (void)avt_buf_append_char(buf, (char)value);
}

void avt_pb_put_header(struct avt_buf *buf, unsigned field, size_t size)
{
    avt_pb_put_varint(buf, field << 3 | WIRE_BYTES);
    avt_pb_put_varint(buf, size);
}

void avt_pb_put_bytes(struct avt_buf *buf, unsigned field, const void *data, size_t size)
{
    avt_pb_put_header(buf, field, size);
    (void)avt_buf_append(buf, data, size);
}
