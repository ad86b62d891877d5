/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the parts of a fetch share. Private to nn.
 *
 * All of it happens below <models>/.partial: "<archive>" is a whole, verified download, kept until
 * everything asked for is installed; "<archive>.part" a URL's beginning, to be resumed; "work-*" the
 * scratch folder of one run, swept by the next. One fetch at a time holds <models>/.partial/lock.
 */
#include "nn/manifest.h"
#include "nn/registry_private.h"

struct avt_fetch {
    const struct avt_registry *registry;
    const struct avt_fetch_options *options;
    char *folder;   /* the model folder */
    char *partial;  /* <folder>/.partial */
    char *work;     /* <folder>/.partial/work-XXXXXX */
    char *npm_node; /* an interpreter and npm's script, once unpacked; NULL while not needed */
    char *npm_script;
    const char *id; /* the asset at hand, for progress */
    int lock_fd;
};

void avt_fetch_progress(const struct avt_fetch *fetch, const char *stage, long long done,
                        long long total);
/** AVT_OK, or AVT_ECANCELLED with its sentence. */
enum avt_code avt_fetch_check_cancel(const struct avt_fetch *fetch, struct avt_error *reterr);

/** Bring `source` to <partial>/<archive>, verified; nothing is done if it lies there already.
 *  @return AVT_OK, AVT_ENETWORK, AVT_EMODELBAD (not the pinned bytes), AVT_ENOSPACE, AVT_EOUTPUT,
 *  AVT_EUNSUPPORTED (no pip), AVT_ECANCELLED. */
AVT_CHECKED enum avt_code avt_download(struct avt_fetch *fetch, const struct avt_source *source,
                                       struct avt_error *reterr);
/** The path of a downloaded source, owned by the caller. */
char *avt_download_path(const struct avt_fetch *fetch, const struct avt_source *source);
/** Remove a file or a folder with all in it; what is not there is no error. */
void avt_remove_tree(const char *path);
