/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of a context: the engines that stay loaded between calls. */
#include <avatar/avatar.h>

#include "nn/registry.h"
#include "os/footprint.h"
#include "os/thread.h"
#include "pipeline/pipeline.h"
#include "profile/profile.h"

struct avt_context {
    char *storage;
    struct avt_profile_home home; /* the storage, and in whose name it is used */
    char owner[AVT_PROFILE_OWNER_SIZE];
    int threads;
    struct avt_cancel cancel;
    struct avt_tts *tts;
    struct avt_face_finder *finder;
    struct avt_footprints *footprints;
    struct avt_shelf *shelf;
    long long memory_bytes, vram_bytes;
    char hardware[16];
    bool leave_gpu;
    struct avt_registry *registry; /* NULL until first needed */
    struct avt_profile *profiles;  /* [profile_count], as avt_profiles_count() found them; owned */
    size_t profile_count;
};

/** What it is to compute on. Borrows from the context. */
struct avt_hardware_wish avt_context_hardware(const struct avt_context *context);
/** Every call starts with this: clears the cancel flag. */
void avt_context_begin(struct avt_context *context);
struct avt_engines avt_context_engines(const struct avt_context *context);
AVT_CHECKED enum avt_code avt_context_registry(struct avt_context *context,
                                               struct avt_registry **ret_registry,
                                               struct avt_error *reterr);
/** A profile as the public interface shows it. */
void avt_profile_describe(const struct avt_profile *profile, struct avt_profile_info *ret_info);
