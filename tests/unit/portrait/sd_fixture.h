/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Folders of the tiny Stable Diffusion (tests/golden/tiny_sd): "sd15" has all parts, the others what they have
 * otherwise; a folder of links puts them together. */
#include "../cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

/* Absolute, owned. */
static inline char *tiny_path(const char *name)
{
    AVT_CLEANUP(avt_freep) char *golden = realpath(getenv("GOLDEN"), NULL);
    assert_non_null(golden);
    return avt_asprintf("%s/tiny_sd/%s", golden, name);
}

static inline void link_part(const char *folder, const char *part, const char *from, const char *name)
{
    AVT_CLEANUP(avt_freep) char *target = avt_asprintf("%s/%s", from, name);
    AVT_CLEANUP(avt_freep) char *link = avt_asprintf("%s/%s", folder, part);
    (void)unlink(link);
    assert_int_equal(symlink(target, link), 0);
}

/* The parts of `kind`, the rest from "sd15", in a new folder. Owned; remove_folder(). */
static inline char *make_folder(const char *kind)
{
    char *folder = avt_strdup("/tmp/avatar-sd-XXXXXX");
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *base = tiny_path("sd15");
    AVT_CLEANUP(avt_freep) char *own = tiny_path(kind);
    static const char *const parts[] = {"text_encoder", "unet", "vae_decoder", "tokenizer", "scheduler",
                                        "taesd_decoder"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        AVT_CLEANUP(avt_freep) char *mine = avt_asprintf("%s/%s", own, parts[i]);
        AVT_CLEANUP(avt_freep) char *theirs = avt_asprintf("%s/%s", base, parts[i]);
        if (avt_file_exists(mine))
            link_part(folder, parts[i], own, parts[i]);
        else if (avt_file_exists(theirs))
            link_part(folder, parts[i], base, parts[i]);
    }
    return folder;
}

/* Instead of the link `part`, a folder that holds a file of this text. */
static inline void write_part(const char *folder, const char *part, const char *file, const char *text, size_t size)
{
    AVT_CLEANUP(avt_freep) char *inner = avt_asprintf("%s/%s", folder, part);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", inner, file);
    (void)unlink(inner);
    (void)mkdir(inner, 0700);
    assert_int_equal(avt_file_write(path, text, size, NULL), AVT_OK);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline void remove_folder(char **folder)
{
    if (*folder)
        (void)nftw(*folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    avt_free(*folder);
}
