/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pocket_state.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define INPUT "state_"
#define OUTPUT "out_state_"

void avt_pocket_state_done(struct avt_pocket_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        avt_tensor_done(&state->tensors[i]);
    state->count = 0;
}

/* Memory for one more tensor, zeroed. */
static bool add(struct avt_pocket_state *state, const struct avt_tensor *shape, const char *output)
{
    struct avt_tensor tensor = *shape;
    size_t count = avt_tensor_count(&tensor);
    tensor.data = avt_try_alloc(count ? count : 1, avt_dtype_size(tensor.dtype));
    if (!tensor.data)
        return false;
    state->outputs[state->count] = output;
    state->tensors[state->count++] = tensor;
    return true;
}

enum avt_code avt_pocket_state_start(const struct avt_session *session, const char *path,
                                     struct avt_pocket_state *ret_state, struct avt_error *reterr)
{
    for (size_t i = 0; i < avt_session_input_count(session); i++) {
        const struct avt_tensor_info *info = avt_session_input_info(session, i);
        if (!avt_str_starts(info->name, INPUT))
            continue;
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf(OUTPUT "%s", info->name + strlen(INPUT));
        const struct avt_tensor_info *output = avt_session_find_output(session, name);
        if (!output || output->dtype != info->dtype || info->dtype == AVT_DTYPE_NONE ||
            info->rank > AVT_TENSOR_RANK_MAX)
            return avt_fail(reterr, AVT_EMODELBAD, "'%.200s' has an input '%.60s' without an output '%.60s' of its "
                            "type", path, info->name, name);
        struct avt_tensor tensor = {.name = info->name, .dtype = info->dtype, .rank = info->rank};
        for (int d = 0; d < info->rank; d++)
            tensor.shape[d] = info->shape[d] < 0 ? 1 : info->shape[d];
        if (!add(ret_state, &tensor, output->name))
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the state of '%.200s'", path);
    }
    return ret_state->count > 0 ? AVT_OK
                                : avt_fail(reterr, AVT_EMODELBAD, "'%.200s' should have inputs called '" INPUT
                                           "0' and so on, and has none", path);
}

enum avt_code avt_pocket_state_set(struct avt_bound *bound, const struct avt_pocket_state *state,
                                   const struct avt_updates *updates, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < state->count; i++) {
        code = avt_bound_set(bound, &state->tensors[i], reterr);
        if (code == AVT_OK)
            code = avt_bound_want(bound, state->outputs[i], reterr);
        if (updates)
            (void)avt_bound_update(bound, updates, state->outputs[i], state->tensors[i].name);
    }
    return code;
}

enum avt_code avt_pocket_state_carry(struct avt_bound *bound, const struct avt_pocket_state *state,
                                     struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < state->count; i++)
        code = avt_bound_carry(bound, state->outputs[i], state->tensors[i].name, reterr);
    return code;
}

enum avt_code avt_pocket_state_copy(const struct avt_bound *bound, const struct avt_pocket_state *state,
                                    struct avt_pocket_state *ret_state, struct avt_error *reterr)
{
    for (size_t i = 0; i < state->count; i++) {
        struct avt_tensor made = {.name = state->outputs[i]};
        enum avt_code code = avt_bound_get(bound, &made, reterr);
        if (code != AVT_OK)
            return code;
        struct avt_tensor tensor = made;
        tensor.name = state->tensors[i].name;
        if (!add(ret_state, &tensor, state->outputs[i]))
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for a voice");
        size_t size = avt_tensor_count(&made) * avt_dtype_size(made.dtype);
        if (size > 0)
            memcpy(ret_state->tensors[i].data, made.data, size);
    }
    return AVT_OK;
}

int64_t avt_pocket_state_room(const struct avt_pocket_state *state)
{
    enum { CACHE_RANK = 5, CACHE_POSITIONS = 2 }; /* [2, 1, positions, heads, width] */
    int64_t room = INT64_MAX;
    for (size_t i = 0; i < state->count; i++) {
        const struct avt_tensor *tensor = &state->tensors[i];
        if (tensor->rank == CACHE_RANK && tensor->shape[CACHE_POSITIONS] < room)
            room = tensor->shape[CACHE_POSITIONS];
    }
    return room;
}
