/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/face_clip.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "dsp/cutout.h"
#include "face/matte.h"
#include "os/proc.h"
#include "pipeline/face_track.h"

enum {
    FADE = 6,   /* frames towards a place without a face */
    SMOOTH = 3, /* neighbours on each side */
    PICTURES = FADE + 1,
    MARKS = 16,      /* a power of two, more than FADE on both sides */
    HALF_MIN = 320,  /* pixels, a little more than the network sees */
    SEARCH_EVERY = 5, /* frames: looking anew costs as much as ten of them */
};
_Static_assert(MARKS > 2 * FADE + 1 && FADE >= SMOOTH, "the window fits");
/* A picture this good to learn the mouth from ends the search: nearly shut, nearly frontal. */
#define GOOD_ENOUGH .25f
/* Weights of neighbours: by their distance in frames, and by how far off the line of movement they lie, in eye
 * distances. The mesh of a still face trembles by about a third of that. */
#define SMOOTH_FRAMES 1.6f
#define SMOOTH_WAY    .022f

struct mark {
    long long frame;
    long long index; /* of the picture in the clip */
    bool found;
    struct avt_face face;
};

struct avt_face_clip {
    struct avt_clip *clip;
    struct avt_face_finder *finder;
    const struct avt_cancel *cancel;
    const char *name;
    struct avt_image *picture;
    struct avt_face face;
    struct avt_face_verdict verdict;
    /* Once placed: */
    struct avt_face_track *track;
    struct avt_image *whole; /* the scaled picture of which the film shows a part; NULL: all of it */
    int left, top;
    struct avt_image *pictures[PICTURES]; /* of frames loaded - PICTURES .. loaded - 1 */
    struct avt_matte *matte; /* NULL: nobody is cut out */
    struct avt_cutter *cutter;
    struct avt_image *half; /* of the newest picture; NULL: that is small enough */
    bool want_ground;
    struct avt_image *grounds[PICTURES]; /* of the same frames */
    struct mark marks[MARKS];
    long long loaded;     /* frames */
    struct avt_face last; /* seen */
    long long lost_at;    /* picture from which on the face is not there; -1: it is */
    struct avt_face smooth;
};

/* How much of a picture's mouth is open, and how far the head is turned: 0 is best. */
static float unfitness(const struct avt_face *face)
{
    float gap = hypotf(face->mesh[14].x - face->mesh[13].x, face->mesh[14].y - face->mesh[13].y);
    return 6 * gap / fmaxf(face->eye_distance, 1) + fabsf(face->pose.yaw) / 45 + fabsf(face->pose.pitch) / 60;
}

/* Looks every half second, longer only while none has a usable face. */
static enum avt_code choose_picture(struct avt_face_clip *clip, int face_index, struct avt_error *reterr)
{
    const struct avt_clip_info *info = avt_clip_info(clip->clip);
    double fps = (double)info->fps_num / info->fps_den;
    float best = INFINITY;
    struct avt_error first = {0};
    enum avt_code first_code = AVT_OK;
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = NULL;
    for (int i = 0; i < 2 * AVT_FACE_CLIP_LOOK_S && (i < AVT_FACE_CLIP_LOOKS || !clip->picture); i++) {
        bool end = false;
        struct avt_face face;
        struct avt_face_verdict verdict;
        struct avt_error error = {0};
        if (avt_cancelled(clip->cancel))
            return avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was written");
        enum avt_code code = picture ? AVT_OK : avt_image_new(info->width, info->height, &picture, reterr);
        if (code == AVT_OK)
            code = avt_clip_read(clip->clip, llround(i * fps / 2), picture, &end, reterr);
        if (code != AVT_OK)
            return code;
        if (end)
            break;
        code = avt_face_choose(clip->finder, picture, face_index, clip->name, &face, &verdict, &error);
        if (code != AVT_OK && code != AVT_ENOFACE && code != AVT_EFACE && code != AVT_EINVAL)
            return avt_fail(reterr, code, "%s", error.message);
        if (code != AVT_OK && (first_code == AVT_OK || first_code == AVT_ENOFACE)) {
            first_code = code;
            first = error;
        }
        if (code != AVT_OK || unfitness(&face) >= best)
            continue;
        best = unfitness(&face);
        clip->face = face;
        clip->verdict = verdict;
        avt_image_free(clip->picture);
        clip->picture = AVT_TAKE(picture);
        if (best < GOOD_ENOUGH)
            break;
    }
    if (clip->picture)
        return AVT_OK;
    return avt_fail(reterr, first_code == AVT_OK ? AVT_ENOFACE : first_code, "%s", first.message);
}

enum avt_code avt_face_clip_open(const char *path, const char *name, int face_index,
                                 struct avt_face_finder *finder, const struct avt_cancel *cancel,
                                 struct avt_face_clip **ret_clip, struct avt_error *reterr)
{
    avt_assert(path && name && finder && ret_clip);
    AVT_CLEANUP(avt_face_clip_freep) struct avt_face_clip *clip = avt_new0(struct avt_face_clip, 1);
    clip->finder = finder;
    clip->cancel = cancel;
    clip->name = name;
    clip->lost_at = -1;
    enum avt_code code = avt_clip_open(path, avt_cpu_count(), &clip->clip, reterr);
    if (code == AVT_OK)
        code = choose_picture(clip, face_index, reterr);
    if (code == AVT_OK)
        *ret_clip = AVT_TAKE(clip);
    return code;
}

void avt_face_clip_free(struct avt_face_clip *clip)
{
    if (!clip)
        return;
    avt_clip_free(clip->clip);
    avt_image_free(clip->picture);
    avt_image_free(clip->whole);
    avt_face_track_free(clip->track);
    for (int i = 0; i < PICTURES; i++) {
        avt_image_free(clip->pictures[i]);
        avt_image_free(clip->grounds[i]);
    }
    avt_matte_free(clip->matte);
    avt_cutter_free(clip->cutter);
    avt_image_free(clip->half);
    avt_free(clip);
}

const struct avt_image *avt_face_clip_picture(const struct avt_face_clip *clip)
{
    return clip->picture;
}

const struct avt_face *avt_face_clip_face(const struct avt_face_clip *clip)
{
    return &clip->face;
}

const struct avt_face_verdict *avt_face_clip_verdict(const struct avt_face_clip *clip)
{
    return &clip->verdict;
}

static int clamp(double value, int low, int high)
{
    int whole = (int)lround(value);
    return whole < low ? low : whole > high ? high : whole;
}

enum avt_code avt_face_clip_place(struct avt_face_clip *clip, const struct avt_frame_layout *layout,
                                  int fps_num, int fps_den, const char *cache, const char *hash,
                                  struct avt_error *reterr)
{
    const struct avt_clip_info *info = avt_clip_info(clip->clip);
    double sx = layout->in_width / layout->width, sy = layout->in_height / layout->height;
    int width = clamp(info->width * sx, layout->in_width, AVT_IMAGE_SIDE_MAX);
    int height = clamp(info->height * sy, layout->in_height, AVT_IMAGE_SIDE_MAX);
    enum avt_code code = AVT_OK;
    if (width != layout->in_width || height != layout->in_height) {
        code = avt_image_new(width, height, &clip->whole, reterr);
        clip->left = clamp(layout->x * sx, 0, width - layout->in_width);
        clip->top = clamp(layout->y * sy, 0, height - layout->in_height);
    }
    for (int i = 0; code == AVT_OK && i < PICTURES; i++)
        code = avt_image_new(layout->in_width, layout->in_height, &clip->pictures[i], reterr);
    if (code != AVT_OK)
        return code;
    for (int i = 0; i < MARKS; i++)
        clip->marks[i].frame = -1;
    avt_clip_set_rate(clip->clip, fps_num, fps_den);
    AVT_CLEANUP(avt_freep) char *key =
        avt_asprintf("%.64s-%dx%d-%d-%d-%dx%d-%d-%d-%d", hash, width, height, clip->left, clip->top,
                     layout->in_width, layout->in_height, fps_num, fps_den, (int)lroundf(clip->face.mesh[1].x));
    clip->track = avt_face_track_open(cache, key);
    avt_image_free(AVT_TAKE(clip->picture));
    /* Where it was seen, until it is seen anew: the first picture may be another. */
    clip->last = clip->face;
    clip->last.box.x = (float)((clip->face.box.x * sx) - clip->left);
    clip->last.box.y = (float)((clip->face.box.y * sy) - clip->top);
    clip->lost_at = 0;
    return AVT_OK;
}

enum avt_code avt_face_clip_cut(struct avt_face_clip *clip, bool want_ground, struct avt_error *reterr)
{
    avt_assert(clip->track && clip->loaded == 0);
    int width = clip->pictures[0]->width, height = clip->pictures[0]->height;
    clip->want_ground = want_ground;
    enum avt_code code = avt_cutter_new(width, height, &clip->cutter, reterr);
    if (code == AVT_OK && width >= 2 * HALF_MIN && height >= 2 * HALF_MIN)
        code = avt_image_new(width / 2, height / 2, &clip->half, reterr);
    return code == AVT_OK ? avt_matte_open(&clip->matte, reterr) : code;
}

static enum avt_code read_picture(struct avt_face_clip *clip, long long frame, struct avt_image *picture,
                                  long long *ret_index, struct avt_error *reterr)
{
    struct avt_image *target = clip->whole ? clip->whole : picture;
    enum avt_code code = avt_clip_play(clip->clip, frame, target, ret_index, reterr);
    for (int y = 0; code == AVT_OK && clip->whole && y < picture->height; y++)
        memcpy(avt_image_row(picture, y), avt_image_row(clip->whole, clip->top + y) + 4 * (size_t)clip->left,
               4 * (size_t)picture->width);
    return code;
}

/* The face nearest to where it was last. */
static enum avt_code look_anew(struct avt_face_clip *clip, const struct avt_image *picture,
                               struct avt_face *face, bool *ret_found, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_face *faces = avt_new0(struct avt_face, AVT_FACES_MAX);
    size_t count = 0;
    enum avt_code code = avt_face_find(clip->finder, picture, faces, &count, reterr);
    float nearest = INFINITY;
    *ret_found = false;
    for (size_t i = 0; code == AVT_OK && i < count; i++) {
        float away = hypotf(faces[i].box.x - clip->last.box.x, faces[i].box.y - clip->last.box.y);
        if (away >= nearest || fabsf(faces[i].pose.yaw) > AVT_FACE_YAW_MAX)
            continue;
        nearest = away;
        *face = faces[i];
        *ret_found = true;
    }
    return code;
}

/* The face of picture `index`, of which all before are known. */
static enum avt_code find_face(struct avt_face_clip *clip, long long index, const struct avt_image *picture,
                               struct mark *mark, struct avt_error *reterr)
{
    if (index >= avt_face_track_count(clip->track)) {
        enum avt_code code = AVT_OK;
        if (clip->lost_at < 0)
            code = avt_face_follow(clip->finder, picture, &clip->last, &mark->face, &mark->found, reterr);
        if (code == AVT_OK && !mark->found && (clip->lost_at < 0 || (index - clip->lost_at) % SEARCH_EVERY == 0))
            code = look_anew(clip, picture, &mark->face, &mark->found, reterr);
        if (code != AVT_OK)
            return code;
        if (!avt_face_track_add(clip->track, mark->found ? &mark->face : NULL))
            return avt_fail(reterr, AVT_ENOSPACE,
                            "there is no room for temporary files; free some disk space and try again");
    }
    /* What is kept is rounded: the next film of the clip is the same. */
    mark->found = avt_face_track_get(clip->track, index, &mark->face);
    if (mark->found) {
        clip->last = mark->face;
        clip->lost_at = -1;
    } else if (clip->lost_at < 0) {
        clip->lost_at = index;
    }
    return AVT_OK;
}

static enum avt_code cut_out(struct avt_face_clip *clip, const struct mark *mark, int slot, struct avt_error *reterr)
{
    struct avt_image *picture = clip->pictures[slot];
    const struct avt_image *reduced = clip->half ? clip->half : picture;
    avt_image_free(AVT_TAKE(clip->grounds[slot]));
    if (clip->half)
        avt_image_halve(picture, clip->half);
    enum avt_code code = avt_matte_follow(clip->matte, picture, reduced, mark->found ? &mark->face : NULL,
                                          avt_cutter_share(clip->cutter), reterr);
    return code == AVT_OK
               ? avt_cutter_run(clip->cutter, reduced, picture, clip->want_ground ? &clip->grounds[slot] : NULL, reterr)
               : code;
}

static enum avt_code load_frame(struct avt_face_clip *clip, struct avt_error *reterr)
{
    long long frame = clip->loaded;
    struct avt_image *picture = clip->pictures[frame % PICTURES];
    struct mark *mark = &clip->marks[frame % MARKS];
    long long index = 0;
    enum avt_code code = read_picture(clip, frame, picture, &index, reterr);
    mark->frame = frame;
    mark->index = index;
    mark->found = false;
    if (code == AVT_OK)
        code = find_face(clip, index, picture, mark, reterr);
    if (code == AVT_OK && clip->matte)
        code = cut_out(clip, mark, (int)(frame % PICTURES), reterr);
    clip->loaded += code == AVT_OK;
    return code;
}

static const struct mark *mark_of(const struct avt_face_clip *clip, long long frame)
{
    const struct mark *mark = &clip->marks[frame & (MARKS - 1)];
    return frame >= 0 && mark->frame == frame ? mark : NULL;
}

/* Of the frames in between all show the face. */
static const struct mark *neighbour(const struct avt_face_clip *clip, long long frame, int away)
{
    int step = away < 0 ? -1 : 1;
    const struct mark *mark = NULL;
    for (int i = step; i != away + step; i += step) {
        mark = mark_of(clip, frame + i);
        if (!mark || !mark->found)
            return NULL;
    }
    return mark;
}

/* A bilateral filter over time around the line on which a point moves: what trembles is stilled, what moves,
 * lips above all, is not held back. */
static void smooth_face(struct avt_face_clip *clip, long long frame)
{
    const struct mark *here = mark_of(clip, frame);
    const struct mark *near[2 * SMOOTH + 1] = {[SMOOTH] = here};
    for (int i = 1; i <= SMOOTH; i++) {
        near[SMOOTH - i] = neighbour(clip, frame, -i);
        near[SMOOTH + i] = neighbour(clip, frame, i);
    }
    clip->smooth = here->face;
    float way = SMOOTH_WAY * fmaxf(here->face.eye_distance, 1);
    for (int p = 0; p < AVT_MESH_POINTS; p++) {
        struct avt_point3 at = here->face.mesh[p], pace = {0}, sum = {0};
        const struct mark *before = near[SMOOTH - 1], *after = near[SMOOTH + 1];
        if (before && after) {
            const struct avt_point3 *a = &before->face.mesh[p], *b = &after->face.mesh[p];
            pace = (struct avt_point3){(b->x - a->x) / 2, (b->y - a->y) / 2, (b->z - a->z) / 2};
        }
        float weights = 0;
        for (int i = -SMOOTH; i <= SMOOTH; i++) {
            if (!near[SMOOTH + i])
                continue;
            struct avt_point3 q = near[SMOOTH + i]->face.mesh[p];
            /* Moved along to this frame. */
            q = (struct avt_point3){q.x - pace.x * (float)i, q.y - pace.y * (float)i, q.z - pace.z * (float)i};
            float far = hypotf(q.x - at.x, q.y - at.y) / way, late = (float)i / SMOOTH_FRAMES;
            float weight = expf(-.5f * (far * far + late * late));
            sum = (struct avt_point3){sum.x + weight * q.x, sum.y + weight * q.y, sum.z + weight * q.z};
            weights += weight;
        }
        clip->smooth.mesh[p] = (struct avt_point3){sum.x / weights, sum.y / weights, sum.z / weights};
    }
}

enum avt_code avt_face_clip_view(struct avt_face_clip *clip, long long frame,
                                 struct avt_clip_view *ret_view, struct avt_error *reterr)
{
    avt_assert(clip && clip->track && ret_view && frame >= 0 && frame + PICTURES >= clip->loaded);
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && clip->loaded <= frame + FADE)
        code = load_frame(clip, reterr);
    if (code != AVT_OK)
        return code;
    *ret_view = (struct avt_clip_view){.picture = clip->pictures[frame % PICTURES],
                                        .ground = clip->grounds[frame % PICTURES],
                                        .number = clip->marks[frame % MARKS].index};
    const struct mark *here = mark_of(clip, frame);
    if (!here || !here->found)
        return AVT_OK;
    int nearest = FADE + 1;
    for (int i = -FADE; i <= FADE; i++) {
        const struct mark *mark = mark_of(clip, frame + i);
        if (mark && !mark->found && abs(i) < nearest)
            nearest = abs(i);
    }
    smooth_face(clip, frame);
    ret_view->face = &clip->smooth;
    ret_view->strength = (float)nearest / (FADE + 1);
    return AVT_OK;
}

void avt_face_clip_save(struct avt_face_clip *clip)
{
    avt_face_track_save(clip->track);
}
