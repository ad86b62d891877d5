/* SPDX-License-Identifier: Apache-2.0 */
/* Busts are sound meshes that look as asked, differ from each other, and move as a face does. */
#include "head_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "portrait/bust.h"

static struct avt_attributes average(void)
{
    return (struct avt_attributes){.age = 30, .masculine = .5f, .african = .33f, .asian = .33f, .european = .34f,
                                   .weight = .5f, .muscle = .5f, .face_shape = AVT_FACE_OVAL,
                                   .eye_shape = AVT_EYES_ALMOND};
}

static struct avt_bust *make(const struct avt_head *head, struct avt_attributes attributes)
{
    struct avt_bust *bust = NULL;
    struct avt_error error = {0};
    if (avt_bust_new(head, &attributes, &bust, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return bust;
}

/* All that can be chosen of a bust, drawn from a seed; features as wide as a normal distribution makes them. */
static struct avt_attributes anybody(uint64_t seed)
{
    struct avt_rng rng;
    avt_rng_init(&rng, seed);
    struct avt_attributes a = {.seed = seed};
    a.age = AVT_AGE_MIN + (float)(avt_rng_uniform(&rng) * (AVT_AGE_MAX - AVT_AGE_MIN));
    a.masculine = (float)avt_rng_uniform(&rng);
    float shares[3], sum = 0;
    for (int i = 0; i < 3; i++)
        sum += shares[i] = (float)pow(avt_rng_uniform(&rng), 3) + .01f;
    a.african = shares[0] / sum;
    a.asian = shares[1] / sum;
    a.european = shares[2] / sum;
    a.weight = (float)avt_rng_uniform(&rng);
    a.muscle = (float)avt_rng_uniform(&rng);
    a.face_shape = (int)(avt_rng_uniform(&rng) * AVT_FACE_SHAPE_COUNT);
    a.eye_shape = (int)(avt_rng_uniform(&rng) * AVT_EYE_SHAPE_COUNT);
    for (int i = 0; i < AVT_FEATURE_ASYMMETRY; i++)
        a.features[i] = fminf(fmaxf((float)avt_rng_normal(&rng) * .4f, -1), 1);
    a.features[AVT_FEATURE_ASYMMETRY] = (float)avt_rng_uniform(&rng) * .5f;
    return a;
}

static struct avt_point3 minus(struct avt_point3 a, struct avt_point3 b)
{
    return (struct avt_point3){a.x - b.x, a.y - b.y, a.z - b.z};
}

static float length(struct avt_point3 v)
{
    return sqrtf(v.x * v.x + v.y * v.y + v.z * v.z);
}

static struct avt_point3 *pose(const struct avt_mesh *mesh, const struct avt_bust_move *const *moves, int count)
{
    struct avt_point3 *points = avt_alloc0(mesh->vertex_count, sizeof(*points));
    memcpy(points, mesh->points, mesh->vertex_count * sizeof(*points));
    for (int m = 0; m < count; m++) {
        for (size_t i = 0; i < moves[m]->count; i++) {
            struct avt_point3 *point = &points[moves[m]->vertices[i]], by = moves[m]->by[i];
            *point = (struct avt_point3){point->x + by.x, point->y + by.y, point->z + by.z};
        }
    }
    return points;
}

static bool in_face(const struct avt_bust *bust, size_t i)
{
    struct avt_point3 at = bust->average[i];
    return at.z > -5 && at.y > -11 && at.y < 6 && bust->skin.follow[i] > .95f;
}

/* ---- meshes -------------------------------------------------------------------------------- */

struct edge {
    uint32_t from, to;
};

static int compare_edges(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct edge));
}

/* Each directed edge once: all faces look to the same side, and no edge has three. */
static void check_mesh(const struct avt_mesh *mesh, size_t border_percent)
{
    assert_in_range(mesh->vertex_count, 4, AVT_BUST_VERTICES_MAX);
    assert_in_range(mesh->triangle_count, 4, AVT_BUST_TRIANGLES_MAX);
    size_t count = 3 * mesh->triangle_count, single = 0;
    struct edge *edges = avt_new0(struct edge, count);
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        for (size_t k = 0; k < 3; k++) {
            assert_true(mesh->triangles[t][k] < mesh->vertex_count);
            edges[3 * t + k] = (struct edge){mesh->triangles[t][k], mesh->triangles[t][(k + 1) % 3]};
            assert_true(edges[3 * t + k].from != edges[3 * t + k].to);
        }
    }
    qsort(edges, count, sizeof(*edges), compare_edges);
    for (size_t i = 0; i < count; i++) {
        assert_false(i > 0 && compare_edges(&edges[i - 1], &edges[i]) == 0);
        struct edge back = {edges[i].to, edges[i].from};
        single += !bsearch(&back, edges, count, sizeof(*edges), compare_edges);
    }
    /* Borders are where the bust is cut off, and where gums go into the mouth's wall. */
    if (single > count * border_percent / 100)
        fail_msg("%zu of %zu edges are borders", single, count);
    avt_free(edges);
}

static void bust__meshes_are_sound(void **state)
{
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, anybody(1));
    check_mesh(&bust->skin, 1);
    check_mesh(&bust->upper_teeth, 15);
    check_mesh(&bust->lower_teeth, 15);
    check_mesh(&bust->tongue, 0);
    const struct avt_mesh *skin = &bust->skin;
    for (size_t t = 0; t < skin->triangle_count; t++) {
        for (int k = 0; k < 3; k++) {
            assert_true(skin->uv_triangles[t][k] < skin->uv_count);
            struct avt_point uv = skin->uv[skin->uv_triangles[t][k]];
            assert_true(uv.x >= 0 && uv.x <= 1 && uv.y >= 0 && uv.y <= 1);
            struct avt_point other = skin->uv[skin->uv_triangles[t][(k + 1) % 3]];
            /* Within a chart neighbours are neighbours. */
            assert_true(fabsf(uv.x - other.x) < .1f && fabsf(uv.y - other.y) < .1f);
        }
    }
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        const struct avt_bust_move *move = &bust->skin_moves[shape];
        for (size_t i = 0; i < move->count; i++) {
            assert_true(move->vertices[i] < skin->vertex_count);
            assert_true(i == 0 || move->vertices[i - 1] < move->vertices[i]);
            assert_true(length(move->by[i]) < 5);
        }
        bool is_skins = shape != AVT_TONGUE_OUT && (shape < AVT_EYE_LOOK_DOWN_LEFT || shape > AVT_EYE_LOOK_UP_RIGHT);
        assert_true(move->count > 20 || !is_skins);
    }
}

static void bust__normals_look_outwards(void **state)
{
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, average());
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_alloc0(bust->skin.vertex_count, sizeof(*normals));
    avt_mesh_normals(&bust->skin, bust->skin.points, normals);
    size_t forward = 0, count = 0;
    for (size_t i = 0; i < bust->skin.vertex_count; i++) {
        assert_float_equal(length(normals[i]), 1, 1e-3f);
        struct avt_point3 at = bust->average[i];
        if (fabsf(at.x) < 5 && at.y > 3 && at.y < 6 && at.z > -3) {
            count++;
            forward += normals[i].z > 0;
        }
    }
    assert_true(count > 50 && forward == count);
}

static void bust__neck_bends_smoothly(void **state)
{
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, average());
    const struct avt_mesh *skin = &bust->skin;
    for (size_t t = 0; t < skin->triangle_count; t++) {
        const uint32_t *corner = skin->triangles[t];
        for (int k = 0; k < 3; k++)
            assert_true(fabsf(skin->follow[corner[k]] - skin->follow[corner[(k + 1) % 3]]) < .2f);
    }
    for (size_t i = 0; i < skin->vertex_count; i++) {
        if (in_face(bust, i))
            assert_true(skin->follow[i] > .95f);
        if (bust->average[i].y < -27)
            assert_true(skin->follow[i] < .02f);
    }
    /* Arms hang down. */
    float widest = 0;
    for (size_t i = 0; i < skin->vertex_count; i++)
        widest = fmaxf(widest, fabsf(skin->points[i].x));
    assert_in_range((int)widest, 18, 27);
}

/* ---- faces --------------------------------------------------------------------------------- */

static void check_mirrored(struct avt_point3 right, struct avt_point3 left)
{
    assert_float_equal(right.x, -left.x, .002f);
    assert_float_equal(right.y, left.y, .002f);
    assert_float_equal(right.z, left.z, .002f);
}

static void bust__sides_are_alike_unless_asked(void **state)
{
    struct avt_attributes attributes = anybody(5);
    attributes.features[AVT_FEATURE_ASYMMETRY] = 0;
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, attributes);
    const struct avt_bust_lines *lines = &bust->lines;
    for (size_t i = 0; i < lines->upper_lid_count; i++)
        check_mirrored(bust->skin.points[lines->upper_lid[0][i]], bust->skin.points[lines->upper_lid[1][i]]);
    for (size_t i = 1; i < lines->lip_outline_count; i++)
        check_mirrored(bust->skin.points[lines->lip_outline[i]],
                       bust->skin.points[lines->lip_outline[lines->lip_outline_count - i]]);
    check_mirrored(bust->eyes[0].centre, bust->eyes[1].centre);
    check_mirrored(bust->ear_lobes[0], bust->ear_lobes[1]);
    double sum = 0;
    for (size_t i = 0; i < bust->skin.vertex_count; i++)
        sum += bust->skin.points[i].x;
    assert_float_equal((float)(sum / (double)bust->skin.vertex_count), 0, 1e-3f);
    attributes.features[AVT_FEATURE_ASYMMETRY] = 1;
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *lopsided = make(*state, attributes);
    float most = 0;
    for (size_t i = 1; i < lines->lip_outline_count / 2; i++)
        most = fmaxf(most, fabsf(lopsided->skin.points[lines->lip_outline[i]].y -
                                 lopsided->skin.points[lines->lip_outline[lines->lip_outline_count - i]].y));
    assert_true(most > .05f && most < 1);
}

/* Height of a row of vertices at x. */
static float height_at(const struct avt_point3 *points, const uint32_t *row, size_t count, float x)
{
    for (size_t i = 1; i < count; i++) {
        struct avt_point3 a = points[row[i - 1]], b = points[row[i]];
        if ((a.x <= x && x <= b.x) || (b.x <= x && x <= a.x))
            return a.x == b.x ? a.y : a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
    }
    return NAN;
}

static float widest_gap(const struct avt_bust *bust, const struct avt_point3 *points, int side)
{
    const struct avt_bust_lines *lines = &bust->lines;
    float gap = 0;
    for (size_t i = 0; i < lines->upper_lid_count; i++) {
        struct avt_point3 at = points[lines->upper_lid[side][i]];
        float low = height_at(points, lines->lower_lid[side], lines->lower_lid_count, at.x);
        if (!isnan(low))
            gap = fmaxf(gap, at.y - low);
    }
    return gap;
}

static void bust__eyes_are_open_and_blinks_close_them(void **state)
{
    for (int i = 0; i < 5 * AVT_EYE_SHAPE_COUNT; i++) {
        struct avt_attributes attributes = anybody((uint64_t)i + 100);
        attributes.eye_shape = i % AVT_EYE_SHAPE_COUNT;
        AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, attributes);
        const struct avt_bust_move *moves[2] = {&bust->skin_moves[AVT_EYE_BLINK_RIGHT],
                                                &bust->skin_moves[AVT_EYE_BLINK_LEFT]};
        AVT_CLEANUP(avt_freep) struct avt_point3 *closed = pose(&bust->skin, moves, 2);
        for (int side = 0; side < 2; side++) {
            float radius = bust->eyes[side].radius, open = widest_gap(bust, bust->skin.points, side) / radius;
            float left = widest_gap(bust, closed, side) / radius;
            if (open < .35f || open > 1.3f || left > .06f)
                fail_msg("person %d side %d: %.3f open, %.3f closed", i, side, open, left);
            /* The pupil is seen, and the white over the iris (.43) is not, or hardly. */
            const struct avt_bust_lines *lines = &bust->lines;
            float lid = height_at(bust->skin.points, lines->upper_lid[side], lines->upper_lid_count,
                                  bust->eyes[side].centre.x) - bust->eyes[side].centre.y;
            if (lid < .15f * radius || lid > .5f * radius)
                fail_msg("person %d side %d: upper lid at %.3f", i, side, lid / radius);
        }
    }
}

static void bust__mouths_are_closed_at_rest(void **state)
{
    for (uint64_t i = 0; i < 30; i++) {
        AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, anybody(i + 200));
        const struct avt_bust_lines *lines = &bust->lines;
        size_t half = lines->lip_seam_count / 2, corner = 0;
        for (size_t k = 0; k < lines->lip_seam_count; k++)
            if (bust->skin.points[lines->lip_seam[k]].x > bust->skin.points[lines->lip_seam[corner]].x)
                corner = k;
        assert_in_range(corner, half, half + half / 2);
        for (size_t k = corner + 1; k < lines->lip_seam_count; k++) {
            struct avt_point3 low = bust->skin.points[lines->lip_seam[k]];
            float high = height_at(bust->skin.points, lines->lip_seam, corner + 1, low.x);
            if (high - low.y > .07f || high - low.y < -.15f)
                fail_msg("person %d: lips %.3f cm apart", (int)i, high - low.y);
        }
    }
}

static void bust__jaw_opens_as_motion_expects(void **state)
{
    static const float ages[] = {6, 30, 80};
    for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
        struct avt_attributes attributes = average();
        attributes.age = ages[i];
        AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, attributes);
        const struct avt_bust_move *move = &bust->skin_moves[AVT_JAW_OPEN];
        const struct avt_bust_lines *lines = &bust->lines;
        float outer = 2 * bust->skin.points[lines->upper_lid[1][lines->upper_lid_count - 1]].x, chin = 0, nose = 0;
        for (size_t k = 0; k < move->count; k++) {
            struct avt_point3 at = bust->skin.points[move->vertices[k]], usual = bust->average[move->vertices[k]];
            if (length(minus(at, bust->chin)) < .6f)
                chin = fmaxf(chin, -move->by[k].y);
            if (usual.y > -4 && fabsf(usual.x) < 1 && usual.z > 2)
                nose = fmaxf(nose, length(move->by[k]));
        }
        if (fabsf(chin / outer - .26f) > .05f || nose / outer > .02f)
            fail_msg("at %g years the chin moves by %.3f, the nose by %.3f", ages[i], chin / outer, nose / outer);
        assert_true(bust->lower_teeth_moves[AVT_JAW_OPEN].count > 0 && bust->tongue_moves[AVT_JAW_OPEN].count > 0);
        assert_int_equal(bust->upper_teeth_moves[AVT_JAW_OPEN].count, 0);
    }
}

/* ---- attributes ---------------------------------------------------------------------------- */

/* Where on the average head a choice shows: |x|, y and z of a box, centimetres. */
struct region {
    float x0, x1, y0, y1, z0;
};

static const struct region eyes = {0, 7, -3.5f, 6, -5}, nose = {0, 4, -6.5f, 2.5f, 0}, mouth = {0, 6, -11, -3.5f, -4};
static const struct region brows = {0, 9, -3.5f, 10, -9}, jaw = {0, 10, -20, -1, -14}, ears = {4, 13, -10, 6, -16};
static const struct region cheeks = {0, 9, -9.5f, 2.5f, -7}, top = {0, 12, .5f, 14, -20}, neck = {0, 25, -32, 0, -25};

static bool inside(struct avt_point3 at, const struct region *r)
{
    float x = fabsf(at.x);
    return x >= r->x0 && x <= r->x1 && at.y >= r->y0 && at.y <= r->y1 && at.z >= r->z0;
}

static bool is_eyeball(struct avt_point3 at)
{
    return fabsf(at.x) > 1 && fabsf(at.x) < 4.6f && fabsf(at.y) < 1.5f && at.z < 1.2f && at.z > -3;
}

/* What has changed, apart from where the middle between the eyes has gone. */
static void check_region(const struct avt_bust *from, const struct avt_bust *to, const struct region *region,
                         const char *name)
{
    struct avt_point3 shift = minus(to->crown, from->crown);
    if (region == &top)
        shift = (struct avt_point3){0};
    float within = 0, elsewhere = 0;
    for (size_t i = 0; i < from->skin.vertex_count; i++) {
        float change = length(minus(minus(to->skin.points[i], from->skin.points[i]), shift));
        if (is_eyeball(from->average[i]))
            continue;
        if (inside(from->average[i], region))
            within = fmaxf(within, change);
        else if (from->skin.follow[i] > .5f)
            elsewhere = fmaxf(elsewhere, change);
    }
    if (within < .1f || within > 4 || elsewhere > .35f * within)
        fail_msg("%s moves its region by %.3f cm and the rest by %.3f", name, within, elsewhere);
}

/* It twitched with each p: a nose is bone and cartilage. */
static void bust__lips_leave_the_nose_where_it_is(void **state)
{
    static const enum avt_arkit SHAPES[] = {AVT_JAW_OPEN, AVT_MOUTH_CLOSE, AVT_MOUTH_FUNNEL, AVT_MOUTH_PUCKER,
                                            AVT_MOUTH_ROLL_LOWER, AVT_MOUTH_ROLL_UPPER};
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, average());
    for (size_t i = 0; i < sizeof(SHAPES) / sizeof(*SHAPES); i++) {
        const struct avt_bust_move *move = &bust->skin_moves[SHAPES[i]];
        float lips = 0;
        for (size_t k = 0; k < move->count; k++) {
            struct avt_point3 at = bust->average[move->vertices[k]];
            if (fabsf(at.x) < 2 && at.y > -4.5f && at.y < 0 && at.z > 3)
                assert_true(length(move->by[k]) < .01f);
            if (fabsf(at.x) < 2 && at.y < -5.8f && at.y > -8)
                lips = fmaxf(lips, length(move->by[k]));
        }
        assert_true(lips > .2f);
    }
}

static void bust__features_show_where_they_should(void **state)
{
    static const struct {
        const char *name;
        enum avt_feature feature;
        const struct region *region;
    } rows[] = {
        {"eye size", AVT_FEATURE_EYE_SIZE, &eyes},          {"eye spacing", AVT_FEATURE_EYE_SPACING, &eyes},
        {"eye depth", AVT_FEATURE_EYE_DEPTH, &eyes},        {"brow height", AVT_FEATURE_BROW_HEIGHT, &brows},
        {"nose length", AVT_FEATURE_NOSE_LENGTH, &nose},    {"nose width", AVT_FEATURE_NOSE_WIDTH, &nose},
        {"nose bridge", AVT_FEATURE_NOSE_BRIDGE, &nose},    {"nose tip", AVT_FEATURE_NOSE_TIP, &nose},
        {"mouth width", AVT_FEATURE_MOUTH_WIDTH, &mouth},   {"lips", AVT_FEATURE_LIP_FULLNESS, &mouth},
        {"jaw", AVT_FEATURE_JAW_WIDTH, &jaw},               {"chin length", AVT_FEATURE_CHIN_LENGTH, &jaw},
        {"chin forward", AVT_FEATURE_CHIN_FORWARD, &jaw},   {"cheekbones", AVT_FEATURE_CHEEKBONES, &cheeks},
        {"cheeks", AVT_FEATURE_CHEEK_FULLNESS, &cheeks},    {"forehead", AVT_FEATURE_FOREHEAD, &top},
        {"ears", AVT_FEATURE_EAR_SIZE, &ears},              {"neck", AVT_FEATURE_NECK_WIDTH, &neck},
    };
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *usual = make(*state, average());
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int way = -1; way <= 1; way += 2) {
            struct avt_attributes attributes = average();
            attributes.features[rows[i].feature] = (float)way;
            AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, attributes);
            check_region(usual, bust, rows[i].region, rows[i].name);
        }
    }
}

static float face_distance(const struct avt_bust *a, const struct avt_bust *b)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < a->skin.vertex_count; i++) {
        if (!in_face(a, i))
            continue;
        float apart = length(minus(a->skin.points[i], b->skin.points[i]));
        sum += apart * apart;
        count++;
    }
    return (float)sqrt(sum / (double)count);
}

static void bust__shapes_differ(void **state)
{
    struct avt_bust *busts[AVT_FACE_SHAPE_COUNT + AVT_EYE_SHAPE_COUNT] = {0};
    for (int i = 0; i < AVT_FACE_SHAPE_COUNT + AVT_EYE_SHAPE_COUNT; i++) {
        struct avt_attributes attributes = average();
        if (i < AVT_FACE_SHAPE_COUNT)
            attributes.face_shape = i;
        else
            attributes.eye_shape = i - AVT_FACE_SHAPE_COUNT;
        busts[i] = make(*state, attributes);
    }
    for (int i = 0; i < AVT_FACE_SHAPE_COUNT; i++)
        for (int k = 0; k < i; k++)
            if (face_distance(busts[i], busts[k]) < .1f)
                fail_msg("face shapes %d and %d are %.3f cm apart", i, k, face_distance(busts[i], busts[k]));
    for (int i = 1; i < AVT_EYE_SHAPE_COUNT; i++)
        check_region(busts[AVT_FACE_SHAPE_COUNT], busts[AVT_FACE_SHAPE_COUNT + i], &eyes, "an eye shape");
    for (int i = 0; i < AVT_FACE_SHAPE_COUNT + AVT_EYE_SHAPE_COUNT; i++)
        avt_bust_free(busts[i]);
}

static void bust__ages_have_their_proportions(void **state)
{
    struct avt_attributes attributes = average();
    static const float ages[] = {5, 30, 85};
    float chin[3], eye_share[3], ear[3];
    for (int i = 0; i < 3; i++) {
        attributes.age = ages[i];
        AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, attributes);
        chin[i] = -bust->chin.y / (bust->crown.y - bust->chin.y);
        eye_share[i] = widest_gap(bust, bust->skin.points, 0) / (bust->crown.y - bust->chin.y);
        ear[i] = -bust->ear_lobes[0].y;
    }
    /* A child's eyes are large and lie low. */
    assert_true(chin[0] < chin[1] - .02f && eye_share[0] > eye_share[1] * 1.1f);
    assert_true(ear[2] > ear[1]);
}

/* Any two of 50 differ by at least this, root mean square over the face. */
#define APART_CM .15f

static void bust__people_differ(void **state)
{
    enum { PEOPLE = 50 };
    struct avt_bust *people[PEOPLE];
    float nearest = 1e9f;
    for (int i = 0; i < PEOPLE; i++) {
        people[i] = make(*state, anybody((uint64_t)i + 1000));
        for (int k = 0; k < i; k++)
            nearest = fminf(nearest, face_distance(people[i], people[k]));
    }
    for (int i = 0; i < PEOPLE; i++)
        avt_bust_free(people[i]);
    if (nearest < APART_CM)
        fail_msg("two of %d people are only %.3f cm apart", PEOPLE, nearest);
}

static void bust__same_attributes_same_bytes(void **state)
{
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *one = make(*state, anybody(3));
    struct avt_attributes attributes = anybody(3);
    attributes.earrings = AVT_EARRINGS_HOOPS;
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *two = make(*state, attributes);
    assert_memory_equal(one->skin.points, two->skin.points, one->skin.vertex_count * sizeof(*one->skin.points));
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        assert_int_equal(one->skin_moves[shape].count, two->skin_moves[shape].count);
        assert_memory_equal(one->skin_moves[shape].by, two->skin_moves[shape].by,
                            one->skin_moves[shape].count * sizeof(struct avt_point3));
    }
}

/* Values outside what attributes allow are kept within it. */
static void bust__extreme_values_do_no_harm(void **state)
{
    struct avt_attributes attributes = average();
    attributes.age = NAN;
    attributes.weight = 1e9f;
    attributes.muscle = -INFINITY;
    attributes.masculine = NAN;
    attributes.african = 1e9f;
    attributes.face_shape = 99;
    attributes.eye_shape = -5;
    for (int i = 0; i < AVT_FEATURE_COUNT; i++)
        attributes.features[i] = i % 2 ? 1e30f : NAN;
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = make(*state, attributes);
    for (size_t i = 0; i < bust->skin.vertex_count; i++)
        assert_true(length(bust->skin.points[i]) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bust__meshes_are_sound),
        cmocka_unit_test(bust__normals_look_outwards),
        cmocka_unit_test(bust__neck_bends_smoothly),
        cmocka_unit_test(bust__sides_are_alike_unless_asked),
        cmocka_unit_test(bust__eyes_are_open_and_blinks_close_them),
        cmocka_unit_test(bust__mouths_are_closed_at_rest),
        cmocka_unit_test(bust__jaw_opens_as_motion_expects),
        cmocka_unit_test(bust__lips_leave_the_nose_where_it_is),
        cmocka_unit_test(bust__features_show_where_they_should),
        cmocka_unit_test(bust__shapes_differ),
        cmocka_unit_test(bust__ages_have_their_proportions),
        cmocka_unit_test(bust__people_differ),
        cmocka_unit_test(bust__same_attributes_same_bytes),
        cmocka_unit_test(bust__extreme_values_do_no_harm),
    };
    return cmocka_run_group_tests(tests, open_head, free_head);
}
