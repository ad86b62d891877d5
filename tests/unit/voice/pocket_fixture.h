/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The tiny Pocket TTS (tests/golden/tiny_pocket, by tools/check_pocket.py): all files, or a folder of links to some. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* Absolute, owned. */
static inline char *tiny_path(const char *name)
{
    AVT_CLEANUP(avt_freep) char *golden = realpath(getenv("GOLDEN"), NULL);
    assert_non_null(golden);
    return avt_asprintf("%s/tiny_pocket/%s", golden, name);
}

static const char *const tiny_files[] = {"text_conditioner.onnx", "flow_lm_main.onnx", "flow_lm_flow.onnx",
                                         "mimi_decoder.onnx", "mimi_encoder.onnx", "tokenizer.model"};
enum { TINY_FILES = sizeof(tiny_files) / sizeof(tiny_files[0]) };

/* A new folder with all files, `without` one (NULL: none). Owned; drop_folder(). */
static inline char *make_folder(const char *without)
{
    char *folder = avt_strdup("/tmp/avatar-pocket-XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < TINY_FILES; i++) {
        AVT_CLEANUP(avt_freep) char *from = tiny_path(tiny_files[i]);
        AVT_CLEANUP(avt_freep) char *to = avt_asprintf("%s/%s", folder, tiny_files[i]);
        if (!without || !avt_str_equal(without, tiny_files[i]))
            assert_int_equal(symlink(from, to), 0);
    }
    return folder;
}

static inline void drop_folder(char **folder)
{
    for (size_t i = 0; i < TINY_FILES; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", *folder, tiny_files[i]);
        (void)unlink(path);
    }
    static const char *const others[] = {"voice", "bundle.json", "bos_before_voice.npy"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", *folder, others[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(*folder), 0);
    avt_free(*folder);
}

/* Instead of the link, a file of its own. */
static inline void replace_file(const char *folder, const char *name, const void *data, size_t size)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    (void)unlink(path);
    assert_int_equal(avt_file_write(path, data, size, NULL), AVT_OK);
}

static inline char *read_tiny(const char *name, size_t *ret_size)
{
    AVT_CLEANUP(avt_freep) char *path = tiny_path(name);
    char *data = NULL;
    assert_int_equal(avt_file_read(path, 1 << 20, &data, ret_size, NULL), AVT_OK);
    return data;
}
