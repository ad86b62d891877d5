/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A parsed command line: values checked against the table, defaults filled in. */
#include <stdbool.h>
#include <stddef.h>

#include "cli/table.h"

enum { AVT_ARGS_OPERANDS_MAX = 64, AVT_ARGS_PATH_SIZE = 64, AVT_ARGS_VALUES_MAX = 64 };

/** One option as it stood on the command line. */
struct avt_args_value {
    enum avt_cli_opt id;
    const char *text;
};

struct avt_args {
    const struct avt_cli_command *command; /* as far as the words went; never NULL */
    char path[AVT_ARGS_PATH_SIZE];         /* "pipeline run"; "" for the root */
    const char *text[AVT_OPT_COUNT];       /* value or default; borrowed from argv or the table */
    double number[AVT_OPT_COUNT];          /* integers, numbers, rates, blinks (off: 0); durations in ms */
    struct avt_args_value values[AVT_ARGS_VALUES_MAX]; /* of lists, in order */
    size_t value_count;
    int rate_num, rate_den;                /* of the one rate a command may have; 0: not given */
    int given[AVT_OPT_COUNT];              /* how often it was on the command line */
    const char *operands[AVT_ARGS_OPERANDS_MAX];
    size_t operand_count;
};

/** Why a command line is wrong. */
struct avt_args_fault {
    char message[512]; /* one sentence */
    char hint[256];    /* what to do; "" if there is nothing to add */
};

/** Parse. Settings that are not given stay empty here: avt_cli_main() looks for them elsewhere.
 *  --help and --version end it early, whatever else is missing. On failure `ret_args` holds
 *  what was understood so far (json and quiet are honoured by the caller).
 *  @param argv  Borrowed for the life of *ret_args. */
bool avt_args_parse(int argc, char *const *argv, struct avt_args *ret_args,
                    struct avt_args_fault *ret_fault);
