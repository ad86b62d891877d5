/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Settings of server, worker and clients: one table, read from command line, environment and an INI
 * file, in that order of precedence. The command line of `avatar` and that of `avatar-server` both
 * come from this table, so that one is always understood by the other.
 *
 * One name everywhere: option --upload-limit, variable AVATAR_UPLOAD_LIMIT, key upload-limit in its
 * section of the file.
 *
 * Threads: a struct avt_config is plain data; reading a file sets global state of libinih, so load
 * before threads start.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum avt_setting {
    /* [avatar]: what all of them need */
    AVT_SET_STORAGE,
    AVT_SET_STORE,
    AVT_SET_LOG,
    AVT_SET_HARDWARE,
    AVT_SET_VRAM,
    AVT_SET_LEAVE_GPU, /* hidden */
    /* [server] */
    AVT_SET_HOST,
    AVT_SET_PORT,
    AVT_SET_WORKERS,
    AVT_SET_INTERACTIVE,
    AVT_SET_INSECURE,
    AVT_SET_ERRORS,
    AVT_SET_CORS_ORIGIN,
    AVT_SET_WEBHOOK_SECRET,
    AVT_SET_WEBHOOK_PRIVATE,
    AVT_SET_QUEUE_LIMIT,
    AVT_SET_RATE_LIMIT,
    AVT_SET_KEY_JOBS,
    AVT_SET_FREE_SPACE,
    AVT_SET_DISK_QUOTA,
    AVT_SET_KEEP_FOR,
    AVT_SET_KEEP_LAST,
    AVT_SET_KEEP_UPLOADS,
    AVT_SET_ANNOUNCE, /* hidden */
    /* [worker] */
    AVT_SET_WORKER_THREADS,
    AVT_SET_MEMORY_BUDGET,
    AVT_SET_LEASE,
    AVT_SET_POLL,
    AVT_SET_DRAIN,
    AVT_SET_TIME_LIMIT,
    AVT_SET_RESCUES,
    AVT_SET_RECYCLE_JOBS,
    AVT_SET_RECYCLE_MEMORY,
    /* [limits], of HTTP */
    AVT_SET_UPLOAD_LIMIT,
    AVT_SET_JSON_LIMIT,
    AVT_SET_HEADER_LIMIT,
    AVT_SET_URI_LIMIT,
    AVT_SET_HEADER_LINES,
    AVT_SET_PARTS_LIMIT,
    AVT_SET_FIELD_LIMIT,
    AVT_SET_CONNECTIONS,
    AVT_SET_CONNECTIONS_PER_PEER,
    AVT_SET_STREAMS,
    AVT_SET_STREAM_BUFFER,
    AVT_SET_WAITING,
    AVT_SET_HEADER_TIMEOUT,
    AVT_SET_IDLE_TIMEOUT,
    AVT_SET_STALL_TIMEOUT,
    AVT_SET_REQUEST_TIMEOUT,
    AVT_SET_RATE_MIN,
    AVT_SET_PING,
    /* [client] */
    AVT_SET_SERVER,
    AVT_SET_KEY,
    AVT_SETTING_COUNT,
};

/** Who has a use for a setting; a set of bits. */
enum { AVT_FOR_SERVER = 1, AVT_FOR_WORKER = 2, AVT_FOR_CLIENT = 4 };

enum avt_setting_type {
    AVT_SETTING_FLAG, /* yes, no (also on, off, true, false, 1, 0) */
    AVT_SETTING_TEXT,
    AVT_SETTING_LIST, /* texts, separated by commas */
    AVT_SETTING_CHOICE,
    AVT_SETTING_FOLDER,
    AVT_SETTING_INTEGER,  /* min..max */
    AVT_SETTING_BYTES,    /* 10GB, 512MB; a bare number counts MB; min..max in bytes */
    AVT_SETTING_DURATION, /* 90s, 15m, 12h, 7d; a bare number counts seconds; min..max in
                             milliseconds */
};

struct avt_setting_info {
    const char *name;     /* "upload-limit" */
    const char *variable; /* "AVATAR_UPLOAD_LIMIT" */
    const char *section;  /* "limits" */
    enum avt_setting_type type;
    unsigned scope;             /* AVT_FOR_... */
    const char *argument;       /* "MB"; NULL for flags */
    const char *fallback;       /* value without any other; NULL: none */
    const char *const *choices; /* ends with NULL */
    int64_t min, max;
    bool secret;      /* never shown, never on a command line that we write */
    bool hidden;      /* from one process of ours to another: not for people, and not in a file */
    const char *help; /* one or more sentences without the final stop */
};
/** Never NULL. */
const struct avt_setting_info *avt_setting_info(enum avt_setting id);

/* ---- values -----------------------------------------------------------------------------------
 */

enum avt_config_origin { /* a later one wins over an earlier one */
                         AVT_CONFIG_DEFAULT,
                         AVT_CONFIG_FILE,
                         AVT_CONFIG_ENVIRONMENT,
                         AVT_CONFIG_COMMAND,
};

struct avt_config_value {
    enum avt_config_origin origin;
    int line;       /* of the file; 0 otherwise */
    char *text;     /* as given, or the default; NULL: none. Owned */
    int64_t number; /* integers; durations in ms; flags 0 or 1 */
};

struct avt_config {
    char *file; /* that was read; NULL: none. Owned */
    struct avt_config_value values[AVT_SETTING_COUNT];
};

enum {
    AVT_CONFIG_FILE_BYTES_MAX = 1 << 20,
    AVT_CONFIG_LINE_BYTES_MAX = 4096,
    AVT_CONFIG_LIST_MAX = 64
};

/** All defaults. */
void avt_config_init(struct avt_config *config);
/** Frees what it holds, not the struct. */
void avt_config_done(struct avt_config *config);

/**
 * Set one value unless the one there is of a stronger origin; the value is checked in either case.
 * @param source  How messages call it: "--port", "AVATAR_PORT".
 * @return AVT_OK, AVT_EINVAL.
 */
AVT_CHECKED enum avt_code avt_config_set(struct avt_config *config, enum avt_setting id,
                                         const char *text, enum avt_config_origin origin,
                                         const char *source, struct avt_error *reterr);
/**
 * Environment and file. The file is `path` (--config), else $AVATAR_CONFIG (empty: none at all),
 * else the first there is of $XDG_CONFIG_HOME/avatar/avatar.ini (~/.config without it) and
 * /etc/avatar/avatar.ini.
 * @param path    NULL: not given.
 * @return AVT_OK, AVT_EINVAL (a value, a key, a section; with file and line), AVT_EFORMAT (no INI
 *         file), AVT_ENOENT, AVT_EIO, AVT_ELIMIT.
 */
AVT_CHECKED enum avt_code avt_config_load(struct avt_config *config, const char *path,
                                          struct avt_error *reterr);
/** The text of an INI file; `name` stands for it in messages. As avt_config_load(). */
AVT_CHECKED enum avt_code avt_config_read_ini(struct avt_config *config, const char *text,
                                              const char *name, struct avt_error *reterr);

/** NULL if not set. Borrowed. */
const char *avt_config_text(const struct avt_config *config, enum avt_setting id);
int64_t avt_config_number(const struct avt_config *config, enum avt_setting id);
bool avt_config_flag(const struct avt_config *config, enum avt_setting id);
/** The parts of a list: ends with NULL, never NULL itself. Owned by the caller:
 * avt_config_list_free(). */
char **avt_config_list(const struct avt_config *config, enum avt_setting id);
void avt_config_list_free(char **list);
AVT_DEFINE_FREEP(char *, avt_config_list_free)
/** "default", "file", "environment", "command line". */
const char *avt_config_origin_name(enum avt_config_origin origin);

/* ---- from one process of ours to another
 * --------------------------------------------------------- */

/** Every value within `scope` as --name=value, secrets left out; ends with NULL. Owned by the
 * caller: avt_config_list_free(). */
char **avt_config_to_args(const struct avt_config *config, unsigned scope);
/** Put the secrets within `scope` into the environment, for the program that is about to be
 * started. */
void avt_config_export_secrets(const struct avt_config *config, unsigned scope);
/**
 * The whole command line of avatar-server: --name=value for any setting within `scope`. Secrets are
 * taken from the environment. No file is read.
 * @return AVT_OK, AVT_EINVAL.
 */
AVT_CHECKED enum avt_code avt_config_from_args(struct avt_config *config, int argc,
                                               char *const *argv, unsigned scope,
                                               struct avt_error *reterr);

/** "90s", "15m", "12h", "7d", "2w", "250ms", "90" (seconds). False unless all of it is one. */
bool avt_parse_duration_ms(const char *text, int64_t min_ms, int64_t max_ms, int64_t *ret_ms);
/** "10GB", "1.5 GB", "512MB", "512" (MB); 1 kB is 1000 bytes. False unless all of it is one. */
bool avt_parse_bytes(const char *text, int64_t min_bytes, int64_t max_bytes, int64_t *ret_bytes);
enum { AVT_DURATION_SIZE = 32 };
/** "90s" of 90000, in the largest unit that fits. Returns ret_text. */
const char *avt_duration_text(int64_t ms, char ret_text[AVT_DURATION_SIZE]);
