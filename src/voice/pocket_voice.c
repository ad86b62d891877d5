/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket_voice.h"

#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "voice/kept_voice.h"
#include "voice/pocket.h"

#define MAGIC "AVTPKV1\n"
enum { RUN_ZEROS_MIN = 64 }; /* bytes: shorter ones are not worth their 8 bytes of lengths */

void avt_pocket_voice_free(struct avt_pocket_voice *voice)
{
    if (!voice)
        return;
    avt_pocket_state_done(&voice->state);
    avt_free(voice);
}

int avt_pocket_voice_positions(const struct avt_pocket_voice *voice)
{
    return voice->positions;
}

static size_t tensor_bytes(const struct avt_tensor *tensor)
{
    size_t bytes;
    return __builtin_mul_overflow(avt_tensor_count(tensor), avt_dtype_size(tensor->dtype), &bytes) ? SIZE_MAX : bytes;
}

/* --- writing --- */

static size_t zeros_at(const uint8_t *data, size_t at, size_t size)
{
    size_t end = at;
    while (end < size && data[end] == 0)
        end++;
    return end - at;
}

/* Bytes until the next long run of zeros, or the end. */
static size_t literal_at(const uint8_t *data, size_t at, size_t size)
{
    size_t end = at;
    while (end < size) {
        size_t zeros = zeros_at(data, end, size);
        if (zeros >= RUN_ZEROS_MIN || end + zeros == size)
            break;
        end += zeros + 1;
    }
    return end - at;
}

static void add_runs(struct avt_buf *out, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t zeros = zeros_at(data, at, size), literal = literal_at(data, at + zeros, size);
        avt_kept_voice_number(out, zeros, 4);
        avt_kept_voice_number(out, literal, 4);
        avt_buf_append(out, data + at + zeros, literal);
        at += zeros + literal;
    }
}

enum avt_code avt_pocket_voice_write(const struct avt_pocket_voice *voice, struct avt_buf *out,
                                     struct avt_error *reterr)
{
    avt_kept_voice_begin(out, MAGIC, voice->model, voice->sound);
    avt_kept_voice_number(out, (size_t)voice->positions, 4);
    avt_kept_voice_number(out, voice->state.count, 4);
    for (size_t i = 0; i < voice->state.count; i++) {
        const struct avt_tensor *tensor = &voice->state.tensors[i];
        avt_kept_voice_number(out, tensor->dtype, 1);
        avt_kept_voice_number(out, (size_t)tensor->rank, 1);
        for (int d = 0; d < tensor->rank; d++)
            avt_kept_voice_number(out, (size_t)tensor->shape[d], 4);
        add_runs(out, tensor->data, tensor_bytes(tensor));
    }
    avt_kept_voice_seal(out);
    return out->overflowed ? avt_fail(reterr, AVT_ELIMIT, "a voice of Pocket TTS is too large to be kept") : AVT_OK;
}

/* --- reading --- */

static enum avt_code bad(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT, "this file holds no voice of Pocket TTS, or is damaged");
}

static bool take_runs(struct avt_cursor *cursor, uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size && !cursor->bad;) {
        size_t zeros = avt_cursor_number(cursor, 4), literal = avt_cursor_number(cursor, 4);
        if (zeros > size - at || literal > size - at - zeros || zeros + literal == 0)
            return false;
        const uint8_t *bytes = avt_cursor_take(cursor, literal);
        if (bytes && literal > 0)
            memcpy(data + at + zeros, bytes, literal);
        at += zeros + literal;
    }
    return !cursor->bad;
}

static enum avt_code take_tensor(struct avt_cursor *cursor, size_t *bytes_left, struct avt_pocket_state *state,
                                 struct avt_error *reterr)
{
    struct avt_tensor tensor = {.dtype = (enum avt_dtype)avt_cursor_number(cursor, 1),
                                .rank = (int)avt_cursor_number(cursor, 1)};
    if (cursor->bad || tensor.rank > AVT_TENSOR_RANK_MAX || avt_dtype_size(tensor.dtype) == 0)
        return bad(reterr);
    for (int d = 0; d < tensor.rank; d++)
        tensor.shape[d] = avt_cursor_number(cursor, 4);
    size_t bytes = tensor_bytes(&tensor);
    if (cursor->bad || bytes > *bytes_left)
        return bad(reterr);
    *bytes_left -= bytes;
    tensor.data = avt_try_alloc(bytes ? bytes : 1, 1);
    if (!tensor.data)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a voice");
    state->tensors[state->count++] = tensor;
    return take_runs(cursor, tensor.data, bytes) ? AVT_OK : bad(reterr);
}

enum avt_code avt_pocket_voice_parse(const void *data, size_t size, size_t bytes_max,
                                     struct avt_pocket_voice **ret_voice, struct avt_error *reterr)
{
    struct avt_cursor cursor;
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = avt_new0(struct avt_pocket_voice, 1);
    if (!avt_kept_voice_open(data, size, MAGIC, &cursor, voice->model, voice->sound))
        return bad(reterr);
    uint32_t positions = avt_cursor_number(&cursor, 4), count = avt_cursor_number(&cursor, 4);
    if (cursor.bad || positions > AVT_POCKET_VOICE_POSITIONS_MAX || count > AVT_POCKET_STATES_MAX)
        return bad(reterr);
    voice->positions = (int)positions;
    enum avt_code code = AVT_OK;
    for (uint32_t i = 0; code == AVT_OK && i < count; i++)
        code = take_tensor(&cursor, &bytes_max, &voice->state, reterr);
    if (code != AVT_OK)
        return code;
    if (cursor.left != 0)
        return bad(reterr);
    *ret_voice = AVT_TAKE(voice);
    return AVT_OK;
}

bool avt_pocket_voice_fit(struct avt_pocket_voice *voice, const struct avt_pocket_state *start)
{
    if (voice->state.count != start->count)
        return false;
    for (size_t i = 0; i < start->count; i++) {
        struct avt_tensor *tensor = &voice->state.tensors[i];
        const struct avt_tensor *wanted = &start->tensors[i];
        if (tensor->dtype != wanted->dtype || tensor->rank != wanted->rank)
            return false;
        tensor->name = wanted->name;
        voice->state.outputs[i] = start->outputs[i];
    }
    return avt_pocket_state_room(&voice->state) == avt_pocket_state_room(start);
}
