/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching: lock, see what is missing, download, unpack, verify, put in place. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/fetch_private.h"
#include "nn/unpack.h"
#include "os/paths.h"

enum { LOCK_POLL_MS = 200 };

/* Beside an asset's own bytes there are its archives and a tool's scratch copy of one of them. */
#define SPACE_MARGIN_BYTES (64LL << 20)

void avt_fetch_progress(const struct avt_fetch *fetch, const char *stage, long long done,
                        long long total)
{
    if (fetch->options->progress)
        fetch->options->progress(fetch->id, stage, done, total, fetch->options->user);
}

enum avt_code avt_fetch_check_cancel(const struct avt_fetch *fetch, struct avt_error *reterr)
{
    if (!avt_cancelled(fetch->options->cancel))
        return AVT_OK;
    return avt_fail(reterr, AVT_ECANCELLED,
                    "the download was stopped: fetch again to go on, what is complete is kept");
}

/* ---- one file joined from members ----------------------------------------------------------- */

struct joiner {
    const struct avt_fetch *fetch;
    const char *path;
    int fd;
    struct avt_sha256 *hash;
    long long done, total;
};

static enum avt_code join_bytes(const void *data, size_t size, void *user,
                                struct avt_error *reterr)
{
    struct joiner *joiner = user;
    enum avt_code code = avt_fetch_check_cancel(joiner->fetch, reterr);
    if (code != AVT_OK)
        return code;
    avt_sha256_update(joiner->hash, data, size);
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t put = write(joiner->fd, bytes + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                            "'%s' cannot be written: %s", joiner->path, strerror(errno));
        done += (size_t)put;
    }
    joiner->done += (long long)size;
    avt_fetch_progress(joiner->fetch, "unpack", joiner->done, joiner->total);
    return AVT_OK;
}

static enum avt_code join_whole(struct joiner *joiner, const char *path, struct avt_error *reterr)
{
    enum { BLOCK_BYTES = 1 << 18 };
    AVT_CLEANUP(avt_freep) char *block = avt_alloc0(BLOCK_BYTES, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum avt_code code = AVT_OK;
    ssize_t got = fd < 0 ? -1 : 1;
    while (code == AVT_OK && got > 0) {
        got = read(fd, block, BLOCK_BYTES);
        if (got > 0)
            code = join_bytes(block, (size_t)got, joiner, reterr);
    }
    if (code == AVT_OK && got < 0)
        code = avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return code;
}

static enum avt_code join_source(struct joiner *joiner, const struct avt_source *source,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *archive = avt_download_path(joiner->fetch, source);
    if (source->member_count == 0)
        return join_whole(joiner, archive, reterr);
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < source->member_count; i++)
        code = avt_unpack_member(archive, source->members[i], join_bytes, joiner, reterr);
    return code;
}

/* The file takes its name only after its hash was right. */
static enum avt_code place_file(const struct avt_fetch *fetch,
                                const struct avt_manifest_entry *entry, const char *path,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *out = NULL;
    enum avt_code code = avt_outfile_open(path, &out, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    struct joiner joiner = {.fetch = fetch,
                            .path = path,
                            .fd = avt_outfile_fd(out),
                            .hash = hash,
                            .total = entry->asset.size_bytes};
    for (size_t i = 0; code == AVT_OK && i < entry->source_count; i++)
        code = join_source(&joiner, &entry->sources[i], reterr);
    if (code != AVT_OK)
        return code;
    char hex[AVT_SHA256_HEX_SIZE];
    avt_sha256_finish(hash, hex);
    if (!avt_str_equal(hex, entry->asset.sha256))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "'%s' was downloaded, but its content is not what it should be (its SHA-256 "
                        "is wrong): fetch again",
                        entry->asset.id);
    return avt_outfile_commit(out, reterr);
}

/* ---- folders and built files ---------------------------------------------------------------- */

static enum avt_code rename_into_place(const struct avt_fetch *fetch, const char *from,
                                       const char *to, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *old = avt_path_join(fetch->work, "old");
    if (rename(to, old) != 0 && errno != ENOENT)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be replaced: %s", to, strerror(errno));
    if (rename(from, to) != 0)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", to, strerror(errno));
    avt_remove_tree(old);
    return AVT_OK;
}

static enum avt_code place_folder(const struct avt_fetch *fetch,
                                  const struct avt_manifest_entry *entry, const char *path,
                                  struct avt_error *reterr)
{
    const struct avt_source *source = &entry->sources[0];
    AVT_CLEANUP(avt_freep) char *archive = avt_download_path(fetch, source);
    AVT_CLEANUP(avt_freep) char *fresh = avt_path_join(fetch->work, "folder");
    avt_remove_tree(fresh);
    avt_fetch_progress(fetch, "unpack", 0, entry->asset.size_bytes);
    enum avt_code code = avt_unpack_folder(archive, source->members[0], fresh, reterr);
    if (code != AVT_OK)
        return code;
    avt_fetch_progress(fetch, "verify", 0, entry->asset.size_bytes);
    if (avt_entry_verify(entry, fresh, NULL) != AVT_OK)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "'%s' was downloaded, but its content is not what it should be: fetch again",
                        entry->asset.id);
    return rename_into_place(fetch, fresh, path, reterr);
}

/* One member as a plain file at `path`, or all below it as a folder if it ends in '/'. */
static enum avt_code unpack_for_builder(const struct avt_fetch *fetch, const char *archive, const char *member,
                                        const char *path, struct avt_error *reterr)
{
    if (avt_str_ends(member, "/"))
        return avt_unpack_folder(archive, member, path, reterr);
    AVT_CLEANUP(avt_sha256_freep) struct avt_sha256 *hash = avt_sha256_new();
    struct joiner joiner = {.fetch = fetch, .path = path, .hash = hash};
    joiner.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (joiner.fd < 0)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", path, strerror(errno));
    enum avt_code code = avt_unpack_member(archive, member, join_bytes, &joiner, reterr);
    close(joiner.fd);
    return code;
}

/* Members become plain files and folders for the builder, whose result is moved into place. */
static enum avt_code build_file(const struct avt_fetch *fetch,
                                const struct avt_manifest_entry *entry, const char *path,
                                struct avt_error *reterr)
{
    const struct avt_fetch_options *options = fetch->options;
    char *paths[AVT_MANIFEST_SOURCES_MAX * AVT_MANIFEST_MEMBERS_MAX];
    size_t count = 0;
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < entry->source_count; i++) {
        const struct avt_source *source = &entry->sources[i];
        AVT_CLEANUP(avt_freep) char *archive = avt_download_path(fetch, source);
        for (size_t m = 0; code == AVT_OK && m < source->member_count; m++) {
            paths[count] = avt_asprintf("%s/%zu-%s", fetch->work, count,
                                        avt_path_basename(source->members[m]));
            avt_remove_tree(paths[count]);
            code = unpack_for_builder(fetch, archive, source->members[m], paths[count++], reterr);
        }
    }
    AVT_CLEANUP(avt_freep) char *built = avt_path_join(fetch->work, "built");
    if (code == AVT_OK) {
        avt_fetch_progress(fetch, "build", 0, 0);
        code = options->build(entry->asset.id, (const char *const *)paths, count, built,
                              options->user, reterr);
    }
    for (size_t i = 0; i < count; i++) {
        avt_remove_tree(paths[i]);
        avt_free(paths[i]);
    }
    if (code == AVT_OK && avt_entry_verify(entry, built, NULL) != AVT_OK)
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "'%s' was built on this machine, but its content is not what it should be (its SHA-256 is "
                        "wrong): please report this",
                        entry->asset.id);
    return code == AVT_OK ? rename_into_place(fetch, built, path, reterr) : code;
}

/* ---- one asset ------------------------------------------------------------------------------ */

static bool is_sound(const struct avt_fetch *fetch, const struct avt_manifest_entry *entry)
{
    AVT_CLEANUP(avt_freep) char *path = NULL;
    avt_fetch_progress(fetch, "verify", 0, entry->asset.size_bytes);
    return avt_registry_path(fetch->registry, entry->asset.id, &path, NULL) == AVT_OK &&
           avt_entry_verify(entry, path, NULL) == AVT_OK;
}

/* A full disk is told before, not after, minutes of downloading. */
static enum avt_code check_space(const struct avt_fetch *fetch,
                                 const struct avt_manifest_entry *entry, struct avt_error *reterr)
{
    long long need = entry->asset.size_bytes + SPACE_MARGIN_BYTES;
    for (size_t i = 0; i < entry->source_count; i++)
        need += entry->sources[i].size_bytes;
    struct statvfs vfs;
    if (statvfs(fetch->folder, &vfs) != 0)
        return AVT_OK;
    long long available = (long long)vfs.f_bavail * (long long)vfs.f_frsize;
    if (available >= need)
        return AVT_OK;
    return avt_fail(reterr, AVT_ENOSPACE,
                    "'%s' needs %lld MB in '%s' and %lld MB are free: make room or set "
                    "AVATAR_MODELS to another folder",
                    entry->asset.id, need >> 20, fetch->folder, available >> 20);
}

static enum avt_code fetch_entry(struct avt_fetch *fetch, const struct avt_manifest_entry *entry,
                                 struct avt_error *reterr)
{
    fetch->id = entry->asset.id;
    if (!fetch->options->force && is_sound(fetch, entry))
        return AVT_OK;
    if (entry->source_count == 0)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "there is no '%s' for this kind of machine to download", entry->asset.id);
    enum avt_code code = check_space(fetch, entry, reterr);
    for (size_t i = 0; code == AVT_OK && i < entry->source_count; i++)
        code = avt_download(fetch, &entry->sources[i], reterr);
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(fetch->folder, entry->asset.file);
    AVT_CLEANUP(avt_freep) char *folder = avt_path_dirname(path);
    if (code == AVT_OK)
        code = avt_mkdirs(folder, reterr);
    if (code != AVT_OK)
        return code;
    if (entry->build)
        return build_file(fetch, entry, path, reterr);
    return entry->file_count ? place_folder(fetch, entry, path, reterr)
                             : place_file(fetch, entry, path, reterr);
}

/* ---- the run -------------------------------------------------------------------------------- */

static enum avt_code lock(struct avt_fetch *fetch, struct avt_error *reterr)
{
    enum avt_code code = avt_mkdirs(fetch->partial, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(fetch->partial, "lock");
    fetch->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fetch->lock_fd < 0)
        return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", path, strerror(errno));
    while (flock(fetch->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be locked: %s", path,
                            strerror(errno));
        code = avt_fetch_check_cancel(fetch, reterr);
        if (code != AVT_OK)
            return code;
        avt_fetch_progress(fetch, "wait for another fetch of", 0, 0);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_POLL_MS * 1000L * 1000L}, NULL);
    }
    return AVT_OK;
}

/* What a killed run left in scratch folders goes; with `all`, finished downloads go too. The lock
 * file stays: removing it would let two runs hold different ones. */
static void sweep(const struct avt_fetch *fetch, bool all)
{
    DIR *dir = opendir(fetch->partial);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *name = entry->d_name;
        if (*name == '.' || avt_str_equal(name, "lock") ||
            (!all && !avt_str_starts(name, "work-")))
            continue;
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(fetch->partial, name);
        avt_remove_tree(path);
    }
    closedir(dir);
}

static enum avt_code begin(struct avt_fetch *fetch, struct avt_error *reterr)
{
    enum avt_code code = lock(fetch, reterr);
    if (code != AVT_OK)
        return code;
    sweep(fetch, false);
    fetch->work = avt_path_join(fetch->partial, "work-XXXXXX");
    if (!mkdtemp(fetch->work))
        return avt_fail(reterr, errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                        "a folder in '%s' cannot be made: %s", fetch->partial, strerror(errno));
    return AVT_OK;
}

static void end(struct avt_fetch *fetch, bool success)
{
    if (fetch->work)
        sweep(fetch, success);
    if (fetch->lock_fd >= 0)
        close(fetch->lock_fd);
    avt_free(fetch->folder);
    avt_free(fetch->partial);
    avt_free(fetch->work);
    avt_free(fetch->npm_node);
    avt_free(fetch->npm_script);
}

static bool is_wanted(const struct avt_fetch *fetch, const struct avt_manifest_entry *entry,
                      const char *id)
{
    if (entry->asset.committed || (entry->build && !fetch->options->build))
        return false;
    return id ? avt_str_equal(entry->asset.id, id) : entry->asset.required;
}

/* True if there is nothing to do: then the model folder need not even be writable. */
static bool all_sound(struct avt_fetch *fetch, const char *id)
{
    const struct avt_manifest *manifest = fetch->registry->manifest;
    for (size_t i = 0; i < manifest->count; i++) {
        fetch->id = manifest->entries[i].asset.id;
        if (is_wanted(fetch, &manifest->entries[i], id) &&
            (fetch->options->force || !is_sound(fetch, &manifest->entries[i])))
            return false;
    }
    return true;
}

enum avt_code avt_registry_fetch(const struct avt_registry *registry, const char *id,
                                 const struct avt_fetch_options *options,
                                 struct avt_error *reterr)
{
    static const struct avt_fetch_options defaults = {0};
    const struct avt_manifest *manifest = registry->manifest;
    const struct avt_manifest_entry *named = NULL;
    enum avt_code code = id ? avt_registry_find(registry, id, &named, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    struct avt_fetch fetch = {
        .registry = registry, .options = options ? options : &defaults, .id = "", .lock_fd = -1};
    if (all_sound(&fetch, id))
        return AVT_OK;
    fetch.folder = avt_registry_folder();
    fetch.partial = avt_path_join(fetch.folder, ".partial");
    code = begin(&fetch, reterr);
    for (size_t i = 0; code == AVT_OK && i < manifest->count; i++) {
        code = avt_fetch_check_cancel(&fetch, reterr);
        if (code == AVT_OK && is_wanted(&fetch, &manifest->entries[i], id))
            code = fetch_entry(&fetch, &manifest->entries[i], reterr);
    }
    end(&fetch, code == AVT_OK);
    return code;
}
