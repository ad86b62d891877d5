/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The installed rig as the state of a group of tests. */
#include "../cmocka_all.h"

#include "lipsync/rig_model.h"

static int open_model(void **state)
{
    struct avt_rig_model *model = NULL;
    struct avt_error error = {0};
    if (avt_rig_model_open(&model, &error) != AVT_OK)
        fail_msg("%s", error.message);
    *state = model;
    return 0;
}

static int close_model(void **state)
{
    avt_rig_model_free(*state);
    return 0;
}
