/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The head that presenters are made of, for a group of tests: their state. */
#include "../cmocka_all.h"

#include "portrait/bust.h"

static int open_head(void **state)
{
    struct avt_head *head = NULL;
    struct avt_error error = {0};
    if (avt_head_open(&head, &error) != AVT_OK)
        fail_msg("%s", error.message);
    *state = head;
    return 0;
}

static int free_head(void **state)
{
    avt_head_free(*state);
    return 0;
}
