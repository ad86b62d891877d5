/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A folder of its own for each test with a model list, a model folder and, first on PATH, package
 * clients that are shell scripts: they hand out files from <folder>/shelf and count their calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "nn/registry.h"
#include "os/paths.h"
#include "os/proc.h"

static char sandbox[64];

static inline char *sandbox_path(const char *name)
{
    return avt_path_join(sandbox, name);
}

static inline void sandbox_write(const char *name, const char *text)
{
    AVT_CLEANUP(avt_freep) char *path = sandbox_path(name);
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    assert_int_equal(avt_mkdirs(folder, NULL), AVT_OK);
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
}

static inline bool sandbox_has(const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = sandbox_path(name);
    return avt_file_exists(path);
}

static inline void sandbox_run(const char *script)
{
    const char *const argv[] = {"/bin/sh", "-euc", script, sandbox, NULL};
    AVT_CLEANUP(avt_proc_freep) struct avt_proc *proc = NULL;
    assert_int_equal(avt_proc_start(argv, 0, &proc, NULL), AVT_OK);
    assert_int_equal(avt_proc_wait(proc), 0);
}

/* "sha256": "...", "size": N of a file in the sandbox; owned. */
static inline char *sandbox_fingerprint(const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = sandbox_path(name);
    char hex[AVT_SHA256_HEX_SIZE];
    struct stat st;
    assert_int_equal(avt_sha256_file(path, hex, NULL), AVT_OK);
    assert_int_equal(stat(path, &st), 0);
    return avt_asprintf("\"sha256\":\"%s\",\"size\":%lld", hex, (long long)st.st_size);
}

/* How often the fake clients were called. */
static inline int sandbox_calls(void)
{
    AVT_CLEANUP(avt_freep) char *path = sandbox_path("calls");
    AVT_CLEANUP(avt_freep) char *text = NULL;
    if (avt_file_read_text(path, 1 << 16, &text, NULL) != AVT_OK)
        return 0;
    int count = 0;
    for (const char *p = text; *p; p++)
        count += *p == '\n';
    return count;
}

static inline int sandbox_begin(void **state)
{
    (void)state;
    snprintf(sandbox, sizeof(sandbox), "/tmp/avatar-test-nn-XXXXXX");
    if (!mkdtemp(sandbox))
        return -1;
    AVT_CLEANUP(avt_freep) char *models = sandbox_path("installed");
    AVT_CLEANUP(avt_freep) char *home = sandbox_path("home");
    setenv("AVATAR_DATA", sandbox, 1);
    setenv("AVATAR_MODELS", models, 1);
    setenv("HOME", home, 1);
    unsetenv("XDG_DATA_HOME");
    return 0;
}

static inline int sandbox_end(void **state)
{
    (void)state;
    sandbox_run("rm -rf \"$0\"");
    return 0;
}
