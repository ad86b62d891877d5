/* SPDX-License-Identifier: Apache-2.0 */
#include "face/face.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "face/detect.h"
#include "face/judge.h"
#include "face/mesh.h"
#include "face/pose.h"
#include "nn/registry.h"
#include "nn/session.h"
#include "os/proc.h"

struct avt_face_finder {
    struct avt_session *detectors[AVT_DETECTOR_COUNT]; /* NULL until first used */
    struct avt_session *mesh;
    struct avt_footprints *footprints; /* borrowed; NULL: nobody wants to know */
};

#define MESH_MODEL "face-mesh"

/* The detectors look at a copy of at most this many pixels; meshes are fitted to the picture. */
#define OVERVIEW_PIXELS (1280.0 * 1280.0)
enum { PARTS_MAX = 4, TILES_MAX = 24 }; /* of the longer side; per axis */
/* A face whose box takes this much of the picture is its subject. */
#define ALONE_SHARE 0.15f
/* Two meshes that overlap more than this are the same face, found twice. */
#define OVERLAP_SAME 0.4f
/* What the short range detector must think of the upright face; see docs/face.md. */
#define CONFIRM_SCORE_MIN 0.7f
/* So much more must a turned look score before the mesh's own idea of upright is given up: .11 and more on heads
 * upside down, .05 on an upright one with a black mask for hair. */
#define TURN_MARGIN 0.08f
#define QUARTER_TURN 1.57079633f
#define PROFILE_YAW 90.0f

struct avt_face_finder *avt_face_finder_new(void)
{
    return avt_new0(struct avt_face_finder, 1);
}

void avt_face_finder_unload(struct avt_face_finder *finder)
{
    if (!finder)
        return;
    for (int i = 0; i < AVT_DETECTOR_COUNT; i++)
        (void)avt_face_finder_drop(finder, avt_detector_spec((enum avt_detector)i)->asset);
    (void)avt_face_finder_drop(finder, MESH_MODEL);
}

bool avt_face_finder_drop(struct avt_face_finder *finder, const char *model)
{
    struct avt_session **session = avt_str_equal(model, MESH_MODEL) ? &finder->mesh : NULL;
    for (int i = 0; i < AVT_DETECTOR_COUNT; i++)
        if (avt_str_equal(model, avt_detector_spec((enum avt_detector)i)->asset))
            session = &finder->detectors[i];
    if (!session || !*session)
        return false;
    avt_session_freep(session);
    avt_footprints_unloaded(finder->footprints, model);
    return true;
}

void avt_face_finder_watch(struct avt_face_finder *finder, struct avt_footprints *table)
{
    finder->footprints = table;
}

void avt_face_finder_free(struct avt_face_finder *finder)
{
    avt_face_finder_unload(finder);
    avt_free(finder);
}

static enum avt_code load(struct avt_face_finder *finder, struct avt_session **session,
                          const char *asset, struct avt_error *reterr)
{
    if (*session) {
        avt_footprints_used(finder->footprints, asset);
        return AVT_OK;
    }
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = avt_registry_open(&registry, reterr);
    if (code == AVT_OK)
        code = avt_registry_path(registry, asset, &path, reterr);
    /* Networks of a few milliseconds: waiting threads cost others more than they gain. */
    const struct avt_session_options options = {.sequential = true};
    size_t before = avt_memory_now_bytes();
    if (code == AVT_OK)
        code = avt_session_open(path, &options, session, reterr);
    struct stat st;
    if (code == AVT_OK)
        avt_footprints_loaded(finder->footprints, asset, before,
                              stat(path, &st) == 0 ? (int64_t)st.st_size : 0);
    return code;
}

/* One search: everything that it needs, and what it has found so far. */
struct search {
    struct avt_face_finder *finder;
    const struct avt_image *image;
    const struct avt_image *overview; /* the picture, or a reduced copy */
    struct avt_image *own_overview;
    float scale_x, scale_y; /* picture = overview * scale */
    struct avt_face *faces;
    size_t count;
    struct avt_detection aside; /* a head in full profile, if any: score > 0 */
    struct avt_mesh_fit aside_fit;
};

static void search_done(struct search *search)
{
    avt_image_free(search->own_overview);
}

static enum avt_code search_init(struct search *search, struct avt_error *reterr)
{
    const struct avt_image *image = search->image;
    search->overview = image;
    search->scale_x = search->scale_y = 1;
    double zoom = sqrt(OVERVIEW_PIXELS / ((double)image->width * image->height));
    if (zoom >= 1)
        return AVT_OK;
    int w = (int)fmax(1, image->width * zoom);
    int h = (int)fmax(1, image->height * zoom);
    enum avt_code code = avt_image_new(w, h, &search->own_overview, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(image, 0, 0, image->width, image->height, search->own_overview);
    search->overview = search->own_overview;
    search->scale_x = (float)image->width / (float)w;
    search->scale_y = (float)image->height / (float)h;
    return AVT_OK;
}

static void to_picture(const struct search *search, struct avt_detection *detection)
{
    detection->box.x *= search->scale_x;
    detection->box.width *= search->scale_x;
    detection->box.y *= search->scale_y;
    detection->box.height *= search->scale_y;
    for (int k = 0; k < AVT_KEYPOINTS; k++) {
        detection->keypoints[k].x *= search->scale_x;
        detection->keypoints[k].y *= search->scale_y;
    }
}

static bool known(const struct search *search, const struct avt_point3 *points)
{
    struct avt_rect bounds = avt_mesh_bounds(points);
    for (size_t i = 0; i < search->count; i++) {
        struct avt_rect other = avt_mesh_bounds(search->faces[i].mesh);
        if (avt_rect_overlap(&bounds, &other) > OVERLAP_SAME)
            return true;
    }
    return false;
}

static void add_face(struct search *search, const struct avt_detection *detection,
                     const struct avt_mesh_fit *fit)
{
    struct avt_face *face = &search->faces[search->count++];
    *face = (struct avt_face){.score = detection->score,
                              .box = detection->box,
                              .presence = fit->presence};
    memcpy(face->keypoints, detection->keypoints, sizeof face->keypoints);
    memcpy(face->mesh, fit->points, sizeof face->mesh);
    face->pose = avt_face_pose(face->mesh, NULL);
    struct avt_point right = avt_mesh_eye(face->mesh, 0);
    struct avt_point left = avt_mesh_eye(face->mesh, 1);
    face->eye_distance = hypotf(left.x - right.x, left.y - right.y);
    face->sharpness = avt_face_sharpness(search->image, face->mesh);
    face->mouth = avt_face_mouth(search->image, face->mesh, &face->mouth_middle);
}

/*
 * Looks again at where the mesh claims a face, in four turns: the mesh clings to a face that stands
 * on its head as if it were upright, and only the detector tells. Returns the best of the four and
 * how far it is turned against the mesh.
 */
static enum avt_code confirm(struct search *search, const struct avt_point3 *points,
                             struct avt_detection *ret_detection, int *ret_turns,
                             struct avt_error *reterr)
{
    struct avt_session **session = &search->finder->detectors[AVT_DETECTOR_SHORT];
    enum avt_code code = load(search->finder, session, avt_detector_spec(AVT_DETECTOR_SHORT)->asset, reterr);
    const struct avt_square upright = avt_roi_of_points(points);
    float best = 0;
    for (int turns = 0; code == AVT_OK && turns < 4; turns++) {
        struct avt_square bounds = upright;
        bounds.side /= AVT_ROI_SCALE;
        bounds.angle += QUARTER_TURN * (float)turns;
        struct avt_detection seen;
        code = avt_detector_confirm(*session, search->image, &bounds, &seen, reterr);
        float score = turns == 0 ? seen.score + TURN_MARGIN : seen.score;
        if (code == AVT_OK && (turns == 0 || score > best)) {
            best = score;
            *ret_detection = seen;
            *ret_turns = turns;
        }
    }
    return code;
}

/* Fits the mesh to one detection and keeps it if all agree that it is a face. */
static enum avt_code consider(struct search *search, const struct avt_detection *detection,
                              struct avt_error *reterr)
{
    struct avt_session **mesh = &search->finder->mesh;
    struct avt_square square = avt_roi_of_detection(detection);
    struct avt_mesh_fit fit = {0};
    struct avt_detection seen = {0};
    int turns = 0;
    enum avt_code code = load(search->finder, mesh, MESH_MODEL, reterr);
    if (code == AVT_OK)
        code = avt_mesh_fit(*mesh, search->image, &square, &fit, reterr);
    if (code == AVT_OK && avt_mesh_face_like(&fit) && !known(search, fit.points))
        code = confirm(search, fit.points, &seen, &turns, reterr);
    if (code == AVT_OK && !avt_mesh_face_like(&fit) && avt_detection_aside(detection) &&
        detection->score > search->aside.score) {
        search->aside = *detection;
        search->aside_fit = fit;
    }
    if (code == AVT_OK && turns != 0 && seen.score >= CONFIRM_SCORE_MIN) {
        square = avt_roi_of_detection(&seen);
        code = avt_mesh_fit(*mesh, search->image, &square, &fit, reterr);
    }
    if (code == AVT_OK && seen.score >= CONFIRM_SCORE_MIN && avt_mesh_face_like(&fit) &&
        avt_face_plausible(&seen, &fit))
        add_face(search, &seen, &fit);
    return code;
}

/* Detects in one rectangle of the overview and keeps what the mesh confirms. */
static enum avt_code look(struct search *search, enum avt_detector detector,
                          const struct avt_rect *source, int quarter_turns,
                          struct avt_error *reterr)
{
    struct avt_face_finder *finder = search->finder;
    struct avt_detection found[AVT_DETECTIONS_MAX];
    size_t count = 0;
    enum avt_code code =
        load(finder, &finder->detectors[detector], avt_detector_spec(detector)->asset, reterr);
    if (code == AVT_OK)
        code = avt_detector_run(detector, finder->detectors[detector], search->overview, source,
                                quarter_turns, found, &count, reterr);
    for (size_t i = 0; code == AVT_OK && i < count && search->count < AVT_FACES_MAX; i++) {
        to_picture(search, &found[i]);
        code = consider(search, &found[i], reterr);
    }
    return code;
}

static enum avt_code look_turned(struct search *search, struct avt_error *reterr)
{
    const struct avt_rect whole = {0, 0, (float)search->overview->width,
                                   (float)search->overview->height};
    for (int detector = 0; detector < AVT_DETECTOR_COUNT; detector++) {
        for (int turns = 1; turns < 4 && search->count == 0; turns++) {
            enum avt_code code = look(search, (enum avt_detector)detector, &whole, turns, reterr);
            if (code != AVT_OK)
                return code;
        }
    }
    return AVT_OK;
}

/* How many tiles of `side` cover `length` with every second one overlapping by half. */
static int tile_count(float length, float side)
{
    return 1 + (int)ceilf(2 * (length - side) / side - 1e-3f);
}

/* Small faces: overlapping squares, `parts` of them along the longer side. */
static enum avt_code look_closer(struct search *search, int parts, struct avt_error *reterr)
{
    float w = (float)search->overview->width;
    float h = (float)search->overview->height;
    float side = fminf(fminf(w, h), fmaxf(w, h) / (float)parts);
    /* A ribbon of a picture would have thousands of tiles: they grow along it instead. */
    float tile_w = fminf(w, fmaxf(side, 2 * w / (TILES_MAX + 1)));
    float tile_h = fminf(h, fmaxf(side, 2 * h / (TILES_MAX + 1)));
    int across = tile_count(w, tile_w);
    int down = tile_count(h, tile_h);
    for (int k = 0; k < across * down; k++) {
        int column = k % across;
        int row = k / across;
        struct avt_rect tile = {.width = tile_w, .height = tile_h};
        tile.x = across > 1 ? (w - tile_w) * (float)column / (float)(across - 1) : 0;
        tile.y = down > 1 ? (h - tile_h) * (float)row / (float)(down - 1) : 0;
        enum avt_code code = look(search, AVT_DETECTOR_FULL, &tile, 0, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

/* One large face is all that a portrait has; where there is room for more, look for them. */
static bool room_for_more(const struct search *search)
{
    float largest = 0;
    for (size_t i = 0; i < search->count; i++)
        largest = fmaxf(largest, search->faces[i].box.width * search->faces[i].box.height);
    return largest < ALONE_SHARE * (float)search->image->width * (float)search->image->height;
}

/* In full profile the mesh finds no hold, but saying that there is no face would be wrong. */
static void settle_for_profile(struct search *search)
{
    const struct avt_detection *aside = &search->aside;
    if (search->count > 0 || aside->score <= 0)
        return;
    add_face(search, aside, &search->aside_fit);
    float ears = (aside->keypoints[4].x + aside->keypoints[5].x) / 2;
    search->faces[0].pose =
        (struct avt_head_pose){.yaw = aside->keypoints[2].x > ears ? PROFILE_YAW : -PROFILE_YAW};
}

static void sort_by_weight(struct search *search)
{
    int w = search->image->width;
    int h = search->image->height;
    for (size_t i = 1; i < search->count; i++) {
        struct avt_face face = search->faces[i];
        size_t at = i;
        float weight = avt_face_weight(&face, w, h);
        for (; at > 0 && avt_face_weight(&search->faces[at - 1], w, h) < weight; at--)
            search->faces[at] = search->faces[at - 1];
        search->faces[at] = face;
    }
}

enum avt_code avt_face_find(struct avt_face_finder *finder, const struct avt_image *image,
                            struct avt_face ret_faces[AVT_FACES_MAX], size_t *ret_count,
                            struct avt_error *reterr)
{
    avt_assert(finder && image && ret_faces && ret_count);
    AVT_CLEANUP(avt_freep) struct avt_face *faces = avt_new0(struct avt_face, AVT_FACES_MAX);
    AVT_CLEANUP(search_done)
    struct search search = {.finder = finder, .image = image, .faces = faces};
    enum avt_code code = search_init(&search, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_rect whole = {0, 0, (float)search.overview->width,
                                   (float)search.overview->height};
    /* The cheap and likely first; what follows runs only while nothing has been found. */
    code = look(&search, AVT_DETECTOR_SHORT, &whole, 0, reterr);
    if (code == AVT_OK && room_for_more(&search))
        code = look(&search, AVT_DETECTOR_FULL, &whole, 0, reterr);
    if (code == AVT_OK && search.count == 0)
        code = look_turned(&search, reterr);
    for (int parts = 2; code == AVT_OK && search.count == 0 && parts <= PARTS_MAX; parts *= 2)
        code = look_closer(&search, parts, reterr);
    if (code != AVT_OK)
        return code;

    settle_for_profile(&search);
    sort_by_weight(&search);
    memcpy(ret_faces, faces, search.count * sizeof *faces);
    *ret_count = search.count;
    return AVT_OK;
}

char *avt_face_reasons(const struct avt_face_verdict *verdict)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(AVT_ERROR_MESSAGE_MAX);
    for (int i = 0; i < verdict->reason_count; i++)
        avt_buf_printf(&text, "%s%s", i > 0 ? "; " : "", verdict->reasons[i]);
    return avt_buf_take(&text);
}

static enum avt_code fail_unusable(const char *name, const struct avt_face_verdict *verdict,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *reasons = avt_face_reasons(verdict);
    return avt_fail(reterr, AVT_EFACE,
                    "the face in '%.120s' cannot be animated: %.260s; choose a larger picture, "
                    "from the front",
                    name, reasons);
}

enum avt_code avt_face_choose(struct avt_face_finder *finder, const struct avt_image *image,
                              int face_index, const char *name, struct avt_face *ret_face,
                              struct avt_face_verdict *ret_verdict, struct avt_error *reterr)
{
    avt_assert(finder && image && name && ret_face && ret_verdict);
    if (face_index < 0)
        return avt_fail(reterr, AVT_EINVAL, "there is no face number %d: they count from 1",
                        face_index);
    AVT_CLEANUP(avt_freep) struct avt_face *faces = avt_new0(struct avt_face, AVT_FACES_MAX);
    size_t count = 0;
    enum avt_code code = avt_face_find(finder, image, faces, &count, reterr);
    if (code != AVT_OK)
        return code;
    if (count == 0)
        return avt_fail(reterr, AVT_ENOFACE,
                        "no face was found in '%.200s': choose a picture that shows one from the "
                        "front",
                        name);
    if ((size_t)face_index > count)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.200s' has %zu face%s, so there is no face number %d", name, count,
                        count == 1 ? "" : "s", face_index);

    const struct avt_face *face = &faces[face_index > 0 ? face_index - 1 : 0];
    struct avt_face_verdict verdict;
    avt_face_judge(face, image, &verdict);
    if (!verdict.usable)
        return fail_unusable(name, &verdict, reterr);
    *ret_face = *face;
    *ret_verdict = verdict;
    return AVT_OK;
}

enum avt_code avt_face_follow(struct avt_face_finder *finder, const struct avt_image *image,
                              const struct avt_face *before, struct avt_face *ret_face, bool *ret_found,
                              struct avt_error *reterr)
{
    avt_assert(finder && image && before && ret_face && ret_found);
    *ret_found = false;
    struct avt_square square = avt_roi_of_points(before->mesh);
    struct avt_mesh_fit fit;
    enum avt_code code = load(finder, &finder->mesh, MESH_MODEL, reterr);
    if (code == AVT_OK)
        code = avt_mesh_look(finder->mesh, image, &square, &fit, reterr);
    if (code != AVT_OK || !avt_mesh_face_like(&fit))
        return code;
    struct avt_face face = *before;
    face.presence = fit.presence;
    memcpy(face.mesh, fit.points, sizeof face.mesh);
    face.pose = avt_face_pose(face.mesh, NULL);
    struct avt_point right = avt_mesh_eye(face.mesh, 0), left = avt_mesh_eye(face.mesh, 1);
    face.eye_distance = hypotf(left.x - right.x, left.y - right.y);
    face.box = avt_mesh_bounds(face.mesh);
    *ret_face = face;
    *ret_found = fabsf(face.pose.yaw) <= AVT_FACE_YAW_MAX;
    return AVT_OK;
}
