/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What registry.c and fetch.c share. Private to nn. */
#include "nn/manifest.h"

struct avt_registry {
    struct avt_manifest *manifest;
};

/** The entry with this id, borrowed. @return AVT_OK, AVT_EMODEL (no such id; suggests the nearest). */
AVT_CHECKED enum avt_code avt_registry_find(const struct avt_registry *registry, const char *id,
                                            const struct avt_manifest_entry **ret_entry,
                                            struct avt_error *reterr);
/** Full check of what lies at `path` against the entry. @return AVT_OK, AVT_EMODEL (nothing there),
 *  AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_entry_verify(const struct avt_manifest_entry *entry,
                                           const char *path, struct avt_error *reterr);
