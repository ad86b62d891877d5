/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Files: whole reads with a limit, maps, and outputs that appear whole or not at all. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/** Read all of `path`; the data is NUL-terminated beyond *ret_size and owned by the caller
 *  (avt_free). @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_ELIMIT (over size_max), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_file_read(const char *path, size_t size_max, char **ret_data,
                                        size_t *ret_size, struct avt_error *reterr);
/** As avt_file_read(), and AVT_EFORMAT if it holds a NUL byte. */
AVT_CHECKED enum avt_code avt_file_read_text(const char *path, size_t size_max, char **ret_text,
                                             struct avt_error *reterr);
/** Write through a temporary file in the same folder, fsync, rename. Nothing half-written stays. */
AVT_CHECKED enum avt_code avt_file_write(const char *path, const void *data, size_t size,
                                         struct avt_error *reterr);
bool avt_file_exists(const char *path);
/** Make a folder and its parents (mode 0700 for those created). */
AVT_CHECKED enum avt_code avt_mkdirs(const char *path, struct avt_error *reterr);

/** Read-only map of a whole file. */
struct avt_map {
    const uint8_t *data;
    size_t size;
};
AVT_CHECKED enum avt_code avt_map_open(const char *path, struct avt_map *ret_map,
                                       struct avt_error *reterr);
void avt_map_close(struct avt_map *map);

/*
 * An output file that takes its name only when whole: an unnamed temporary file in the same folder
 * (O_TMPFILE; where the file system has none, a hidden name that is unlinked on failure and swept by
 * the next avt_outfile_open() in that folder once its process is gone).
 */
struct avt_outfile;

/** @return AVT_OK, AVT_EOUTPUT (folder missing, not writable, path is a folder), AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_outfile_open(const char *path, struct avt_outfile **ret_file,
                                           struct avt_error *reterr);
/** Descriptor to write to; owned by the outfile. */
int avt_outfile_fd(const struct avt_outfile *file);
/** A path through which libraries may reopen it: /proc/self/fd/N, or the hidden name. Borrowed. */
const char *avt_outfile_path(const struct avt_outfile *file);
/** Let it be seen under its name already, as far as it is written: for who reads it while it grows. It
 *  must still be committed; freed without that, it disappears again. Twice does no harm. */
AVT_CHECKED enum avt_code avt_outfile_show(struct avt_outfile *file, struct avt_error *reterr);
/** fsync and put it in place of whatever was there. The file must still be freed. */
AVT_CHECKED enum avt_code avt_outfile_commit(struct avt_outfile *file, struct avt_error *reterr);
/** Without a commit before, nothing remains. Does nothing for NULL. */
void avt_outfile_free(struct avt_outfile *file);
AVT_DEFINE_FREEP(struct avt_outfile, avt_outfile_free)
