/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The command line program: what all commands share. It reaches the library through
 * <avatar/avatar.h> only.
 */
#include <avatar/avatar.h>
#include <stdbool.h>

#include "base/json.h"
#include "cli/args.h"
#include "cli/progress.h"

struct avt_cli {
    struct avt_args args;
    struct avt_config config; /* all settings; of commands that take or read any */
    bool json, quiet;
    int verbosity; /* 0, 1 with -v, 2 with -vv */
    int width;     /* columns of standard output; 0: not a terminal, anything goes */
    bool colour;
    struct avt_progress_line *progress;
    struct avt_context *context;  /* NULL until avt_cli_context() */
    const char *failed_stage;     /* of the pipeline, for the JSON result; NULL: none */
    const char *doubt;            /* set by a command that worked but found fault: status 1 */
    const char *hint;             /* beside the error; NULL: by its code */
};

/** The whole program. */
int avt_cli_main(int argc, char *const *argv);

/** Opens the context on first use, with --storage and --threads, and ties Ctrl-C to it. */
AVT_CHECKED enum avt_code avt_cli_context(struct avt_cli *cli, struct avt_error *reterr);

struct avt_jobstore;
/** The job store of --storage and --store; a storage that holds one of the other kind is opened as what it
 *  is, unless --store says otherwise. avt_jobstore_close(). As avt_jobstore_open(). */
AVT_CHECKED enum avt_code avt_cli_store(struct avt_cli *cli, struct avt_jobstore **ret_store,
                                        struct avt_error *reterr);
/** AVT_EINVAL for root on the storage of somebody else: what root makes there the owner cannot use. */
AVT_CHECKED enum avt_code avt_cli_storage_owner(const char *storage, struct avt_error *reterr);
/** "sqlite" or "file", by the same rule. */
const char *avt_cli_store_kind(const struct avt_cli *cli, const char *storage);

/** True if a human reads standard output and wants to: neither --json nor --quiet. */
bool avt_cli_talks(const struct avt_cli *cli);
/** printf for people; does nothing unless avt_cli_talks(). Control characters of the whole text but
 *  newlines are made visible. Takes the live line away first. */
void avt_cli_say(struct avt_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** "avatar: warning: ..." on standard error, unless --quiet. */
void avt_cli_warn(struct avt_cli *cli, const char *text);

/** avt_progress_fn; `user` is the struct avt_cli. */
void avt_cli_on_progress(const struct avt_progress *progress, void *user);

/** What is to be said: the operand or --text-file (- is standard input), read within a limit.
 *  @param operand   The text itself, or NULL.
 *  @param required  With neither, AVT_EINVAL; else *ret_text stays NULL.
 *  @param ret_text  Owned by the caller. */
AVT_CHECKED enum avt_code avt_cli_text(struct avt_cli *cli, const char *operand, bool required,
                                       char **ret_text, struct avt_error *reterr);

/** Set a key of `object`; text may hold any bytes, NULL or "" gives null. */
void avt_cli_set_text(json_t *object, const char *key, const char *text);
void avt_cli_set_real(json_t *object, const char *key, double value);
void avt_cli_set_int(json_t *object, const char *key, long long value);
void avt_cli_set_bool(json_t *object, const char *key, bool value);
/** Size of a file in bytes, -1 if it cannot be told. */
long long avt_cli_file_size(const char *path);
