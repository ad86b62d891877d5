/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/face_track.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "face/mesh.h"
#include "os/paths.h"

#define SUFFIX ".track"
#define MAGIC  "AVTTRK1\n"
/* Of a coordinate. */
#define PER_PIXEL 8

struct head {
    char magic[8];
    uint32_t order, record; /* 0x01020304; sizeof(struct record) */
};

struct record {
    uint32_t found;
    float presence, yaw, pitch, roll, eye_distance;
    int16_t points[AVT_MESH_POINTS][3];
};

struct avt_face_track {
    char *folder, *path; /* NULL: nothing is kept */
    int old;             /* what was there, or -1 */
    long long old_count, count;
    FILE *added; /* records from old_count on; NULL until there are some */
};

static const struct head head = {.magic = MAGIC, .order = 0x01020304, .record = sizeof(struct record)};

static void open_old(struct avt_face_track *track)
{
    struct head found;
    struct stat st;
    track->old = open(track->path, O_RDONLY | O_CLOEXEC);
    if (track->old < 0)
        return;
    if (fstat(track->old, &st) != 0 || !S_ISREG(st.st_mode) ||
        pread(track->old, &found, sizeof(found), 0) != sizeof(found) ||
        memcmp(&found, &head, sizeof(head)) != 0)
        return;
    track->old_count = track->count = (st.st_size - (off_t)sizeof(head)) / (off_t)sizeof(struct record);
}

struct avt_face_track *avt_face_track_open(const char *folder, const char *key)
{
    struct avt_face_track *track = avt_new0(struct avt_face_track, 1);
    track->old = -1;
    if (folder) {
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("%s" SUFFIX, key);
        track->folder = avt_strdup(folder);
        track->path = avt_path_join(folder, name);
        open_old(track);
    }
    return track;
}

void avt_face_track_free(struct avt_face_track *track)
{
    if (!track)
        return;
    if (track->old >= 0)
        close(track->old);
    if (track->added)
        fclose(track->added);
    avt_free(track->folder);
    avt_free(track->path);
    avt_free(track);
}

long long avt_face_track_count(const struct avt_face_track *track)
{
    return track->count;
}

static bool read_record(struct avt_face_track *track, long long index, struct record *record)
{
    bool old = index < track->old_count;
    off_t at = old ? (off_t)sizeof(head) + index * (off_t)sizeof(*record)
                   : (index - track->old_count) * (off_t)sizeof(*record);
    return pread(old ? track->old : fileno(track->added), record, sizeof(*record), at) == sizeof(*record);
}

bool avt_face_track_get(struct avt_face_track *track, long long index, struct avt_face *ret_face)
{
    avt_assert(index >= 0 && index < track->count);
    struct record record;
    /* A file that shrinks under us shows no face from there on. */
    if (!read_record(track, index, &record) || record.found != 1 || !isfinite(record.presence) ||
        !isfinite(record.yaw) || !isfinite(record.pitch) || !isfinite(record.roll) ||
        !isfinite(record.eye_distance))
        return false;
    *ret_face = (struct avt_face){.presence = record.presence,
                                  .pose = {record.yaw, record.pitch, record.roll},
                                  .eye_distance = record.eye_distance};
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        ret_face->mesh[i] = (struct avt_point3){(float)record.points[i][0] / PER_PIXEL,
                                                (float)record.points[i][1] / PER_PIXEL,
                                                (float)record.points[i][2] / PER_PIXEL};
    ret_face->box = avt_mesh_bounds(ret_face->mesh);
    return true;
}

static int16_t fixed(float value)
{
    float scaled = roundf(value * PER_PIXEL);
    return scaled > -32768 ? (int16_t)(scaled < 32767 ? scaled : 32767) : INT16_MIN;
}

bool avt_face_track_add(struct avt_face_track *track, const struct avt_face *face)
{
    struct record record = {.found = face != NULL};
    if (face) {
        record.presence = face->presence;
        record.yaw = face->pose.yaw;
        record.pitch = face->pose.pitch;
        record.roll = face->pose.roll;
        record.eye_distance = face->eye_distance;
        for (int i = 0; i < AVT_MESH_POINTS; i++) {
            record.points[i][0] = fixed(face->mesh[i].x);
            record.points[i][1] = fixed(face->mesh[i].y);
            record.points[i][2] = fixed(face->mesh[i].z);
        }
    }
    if (!track->added)
        track->added = tmpfile();
    off_t at = (track->count - track->old_count) * (off_t)sizeof(record);
    if (!track->added || pwrite(fileno(track->added), &record, sizeof(record), at) != sizeof(record))
        return false;
    track->count++;
    return true;
}

/* Remove the files that were used the longest ago until `bytes` more fit. */
static void make_room(const char *folder, int64_t bytes)
{
    for (;;) {
        char oldest[256] = "";
        int64_t total = bytes;
        time_t oldest_s = 0;
        DIR *dir = opendir(folder);
        if (!dir)
            return;
        for (struct dirent *entry; (entry = readdir(dir));) {
            struct stat st;
            if (!avt_str_ends(entry->d_name, SUFFIX) || strlen(entry->d_name) >= sizeof(oldest) ||
                fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            total += st.st_size;
            if (*oldest && st.st_mtime >= oldest_s)
                continue;
            oldest_s = st.st_mtime;
            snprintf(oldest, sizeof(oldest), "%s", entry->d_name);
        }
        bool enough = total <= AVT_FACE_TRACKS_BYTES || !*oldest ||
                      unlinkat(dirfd(dir), oldest, 0) != 0;
        closedir(dir);
        if (enough)
            return;
    }
}

static enum avt_code write_out(struct avt_face_track *track, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_outfile_freep) struct avt_outfile *file = NULL;
    enum avt_code code = avt_mkdirs(track->folder, reterr);
    if (code == AVT_OK)
        make_room(track->folder, track->count * (int64_t)sizeof(struct record));
    if (code == AVT_OK)
        code = avt_outfile_open(track->path, &file, reterr);
    if (code != AVT_OK)
        return code;
    int fd = avt_outfile_fd(file);
    bool whole = write(fd, &head, sizeof(head)) == sizeof(head);
    for (long long i = 0; whole && i < track->count; i++) {
        struct record record;
        whole = read_record(track, i, &record) && write(fd, &record, sizeof(record)) == sizeof(record);
    }
    if (!whole)
        return avt_fail(reterr, AVT_ENOSPACE, "'%s' cannot be written", track->path);
    return avt_outfile_commit(file, reterr);
}

void avt_face_track_save(struct avt_face_track *track)
{
    struct avt_error error = {0};
    if (!track->folder || track->count == track->old_count ||
        track->count * (int64_t)sizeof(struct record) > AVT_FACE_TRACKS_BYTES)
        return;
    if (write_out(track, &error) != AVT_OK)
        avt_log(AVT_LOG_WARN, "the analysis of the clip is not kept: %s", error.message);
}
