/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting the rig: synthetic faces of known pose, person and expression are read back. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "face_fixture.h"
#include "lipsync/rig_face.h"
#include "rig_fixture.h"

#define RADIANS .017453293
#define SCALE   20.0 /* pixels a centimetre */
#define MIDDLE  500.f

struct scene {
    struct avt_head_pose pose;
    float distance_cm;
    float person; /* how much the face differs from the canonical one, cm */
    float noise_px;
    float weights[AVT_ARKIT_COUNT];
};

static void rotation_of(struct avt_head_pose pose, double r[3][3])
{
    double y = pose.yaw * RADIANS, p = -pose.pitch * RADIANS, t = -pose.roll * RADIANS;
    double ry[3][3] = {{cos(y), 0, sin(y)}, {0, 1, 0}, {-sin(y), 0, cos(y)}};
    double rx[3][3] = {{1, 0, 0}, {0, cos(p), -sin(p)}, {0, sin(p), cos(p)}};
    double rz[3][3] = {{cos(t), -sin(t), 0}, {sin(t), cos(t), 0}, {0, 0, 1}};
    double a[3][3];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            a[i][k] = ry[i][0] * rx[0][k] + ry[i][1] * rx[1][k] + ry[i][2] * rx[2][k];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            r[i][k] = rz[i][0] * a[0][k] + rz[i][1] * a[1][k] + rz[i][2] * a[2][k];
}

/* A smooth difference that is somebody: a longer chin, a wider mouth, a higher brow. */
static struct avt_point3 person_at(struct avt_point3 at, float amount)
{
    return (struct avt_point3){.06f * amount * at.x, .07f * amount * (at.y < 0 ? at.y : 0),
                               .3f * amount * cosf(at.x * .4f)};
}

/* The canonical mouth stands open by 5 mm; people's are shut at rest. */
static void shut_lips(const struct avt_rig_model *model, struct avt_point3 points[AVT_MESH_POINTS])
{
    memcpy(points, model->points, sizeof(model->points));
    for (int place = 0; place < AVT_LIP_PLACES; place++) {
        int upper = avt_lip_points[0][AVT_LIP_RINGS - 1][place];
        int lower = avt_lip_points[1][AVT_LIP_RINGS - 1][place];
        float half = .5f * (model->points[upper].y - model->points[lower].y);
        for (int ring = 0; ring < AVT_LIP_RINGS; ring++) {
            points[avt_lip_points[0][ring][place]].y -= half;
            points[avt_lip_points[1][ring][place]].y += half;
        }
    }
}

static struct avt_face face_of(const struct avt_rig_model *model, const struct scene *scene)
{
    struct avt_face face = {.score = 1, .presence = 1};
    double r[3][3];
    rotation_of(scene->pose, r);
    struct avt_point3 points[AVT_MESH_POINTS];
    shut_lips(model, points);
    double camera = scene->distance_cm > 0 ? scene->distance_cm * SCALE : 1e9;
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        struct avt_point3 at = points[i], own = person_at(at, scene->person);
        double p[3] = {at.x + own.x, at.y + own.y, at.z + own.z}, q[3];
        for (int k = 0; k < AVT_ARKIT_COUNT; k++) {
            p[0] += scene->weights[k] * model->moves[k][i].x;
            p[1] += scene->weights[k] * model->moves[k][i].y;
            p[2] += scene->weights[k] * model->moves[k][i].z;
        }
        for (int k = 0; k < 3; k++)
            q[k] = SCALE * (r[k][0] * p[0] + r[k][1] * p[1] + r[k][2] * p[2]);
        double nearer = camera / (camera - q[2]);
        float shake = scene->noise_px * sinf((float)(i * i));
        face.mesh[i] = (struct avt_point3){MIDDLE + (float)(q[0] * nearer) + shake,
                                           MIDDLE - (float)(q[1] * nearer) - shake, (float)-q[2]};
    }
    return face;
}

static struct avt_rig_face fit_scene(const struct avt_rig_model *model, const struct scene *scene)
{
    struct avt_face face = face_of(model, scene);
    struct avt_rig_view view = {MIDDLE, MIDDLE, 0};
    struct avt_rig_face fit;
    assert_true(avt_rig_face_fit(model, &face, &view, &fit));
    return fit;
}

static float distance(struct avt_point3 a, struct avt_point3 b)
{
    return hypotf(a.x - b.x, a.y - b.y);
}

static void rig_face__pose_is_read_back(void **state)
{
    static const struct avt_head_pose poses[] = {{0, 0, 0},    {30, 0, 0},   {-30, 0, 0},
                                                 {0, 20, 0},   {0, -15, 0},  {0, 0, 40},
                                                 {25, 10, -5}, {-20, -8, 12}};
    for (size_t i = 0; i < sizeof(poses) / sizeof(poses[0]); i++) {
        /* Another camera, another mouth, a shaking mesh: the pose must not follow. */
        struct scene scene = {.pose = poses[i], .distance_cm = i % 2 ? 70 : 140, .noise_px = .5f};
        scene.weights[AVT_JAW_OPEN] = i % 3 ? 0 : .5f;
        struct avt_rig_face fit = fit_scene(*state, &scene);
        assert_float_equal(fit.pose.yaw, poses[i].yaw, .5f);
        assert_float_equal(fit.pose.pitch, poses[i].pitch, .5f);
        assert_float_equal(fit.pose.roll, poses[i].roll, .5f);
        assert_float_equal((float)fit.head.scale, SCALE, .3f);
    }
}

static void rig_face__a_still_face_keeps_its_points(void **state)
{
    const struct scene scene = {.pose = {25, -8, 6}, .person = 1, .noise_px = 1};
    struct avt_face face = face_of(*state, &scene);
    struct avt_rig_face fit = fit_scene(*state, &scene);
    float weights[AVT_ARKIT_COUNT] = {0};
    struct avt_point3 points[AVT_MESH_POINTS];
    avt_rig_face_move(&fit, weights, 0, points);
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        assert_true(distance(points[i], face.mesh[i]) < .01f);
        assert_float_equal(points[i].z, face.mesh[i].z, .01f);
    }
}

static void rig_face__a_turned_jaw_opens_along_its_own_axis(void **state)
{
    const struct avt_rig_model *model = *state;
    const struct avt_head_pose poses[] = {{30, 0, 0}, {-30, 0, 0}, {30, 0, 20}, {0, 0, 0}};
    for (size_t i = 0; i < sizeof(poses) / sizeof(poses[0]); i++) {
        struct scene scene = {.pose = poses[i], .distance_cm = AVT_RIG_DISTANCE_CM};
        struct avt_rig_face fit = fit_scene(model, &scene);
        struct avt_face shut = face_of(model, &scene);
        scene.weights[AVT_JAW_OPEN] = .6f;
        struct avt_face open = face_of(model, &scene);
        struct avt_point3 points[AVT_MESH_POINTS];
        avt_rig_face_move(&fit, scene.weights, 0, points);
        assert_true(distance(points[152], open.mesh[152]) < .5f);
        /* The jaw also swings back, towards where the face looks away from. */
        float across = points[152].x - shut.mesh[152].x;
        if (poses[i].roll < 1)
            assert_true(across * poses[i].yaw <= 0);
        if (poses[i].roll < 1 && fabsf(poses[i].yaw) > 1)
            assert_true(fabsf(across) > 5);
    }
}

static void rig_face__near_things_move_further(void **state)
{
    struct scene scene = {.distance_cm = 50};
    struct avt_face face = face_of(*state, &scene);
    struct avt_rig_view near = {MIDDLE, MIDDLE, 50}, far = {MIDDLE, MIDDLE, 1000};
    struct avt_rig_face fits[2];
    assert_true(avt_rig_face_fit(*state, &face, &near, &fits[0]));
    assert_true(avt_rig_face_fit(*state, &face, &far, &fits[1]));
    float weights[AVT_ARKIT_COUNT] = {[AVT_MOUTH_PUCKER] = 1};
    struct avt_point3 points[2][AVT_MESH_POINTS];
    for (int k = 0; k < 2; k++) {
        avt_rig_face_move(&fits[k], weights, 0, points[k]);
        assert_true(distance(points[k][10], face.mesh[10]) < .1f);
    }
    /* Lips that come forwards grow. */
    float grown[2];
    for (int k = 0; k < 2; k++)
        grown[k] = distance(points[k][61], points[k][291]);
    assert_true(grown[0] > grown[1]);
}

static float gap_of(const struct avt_point3 *points)
{
    float widest = 0;
    for (int k = 0; k < AVT_LIP_PLACES; k++)
        widest = fmaxf(widest, fabsf(points[avt_lip_points[0][AVT_LIP_RINGS - 1][k]].y -
                                     points[avt_lip_points[1][AVT_LIP_RINGS - 1][k]].y));
    return widest / distance(points[33], points[263]);
}

static const struct expression {
    enum avt_arkit shapes[6];
    float weights[6];
} expressions[] = {
    /* A smile with teeth. */
    {{AVT_MOUTH_SMILE_LEFT, AVT_MOUTH_SMILE_RIGHT, AVT_MOUTH_UPPER_UP_LEFT,
      AVT_MOUTH_UPPER_UP_RIGHT, AVT_JAW_OPEN},
     {.7f, .7f, .3f, .3f, .2f}},
    /* A word. */
    {{AVT_JAW_OPEN, AVT_MOUTH_STRETCH_LEFT, AVT_MOUTH_STRETCH_RIGHT}, {.4f, .2f, .2f}},
    /* Crooked. */
    {{AVT_MOUTH_SMILE_LEFT, AVT_MOUTH_UPPER_UP_LEFT, AVT_JAW_OPEN}, {.6f, .5f, .15f}},
};

static void rig_face__parted_lips_can_be_closed(void **state)
{
    for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
        for (int turned = 0; turned < 2; turned++) {
            struct scene scene = {.pose = {turned ? 25.f : 0, 0, 0}, .person = .5f};
            for (int k = 0; k < 6; k++)
                scene.weights[expressions[i].shapes[k]] += expressions[i].weights[k];
            struct avt_face face = face_of(*state, &scene);
            struct avt_rig_face fit = fit_scene(*state, &scene);
            float weights[AVT_ARKIT_COUNT] = {0};
            struct avt_point3 points[AVT_MESH_POINTS];
            assert_true(gap_of(face.mesh) > .04f);
            avt_rig_face_move(&fit, weights, 1, points);
            assert_true(gap_of(points) < .01f);
            /* An open jaw with closed lips closes too, p in a yawn. */
            weights[AVT_JAW_OPEN] = weights[AVT_MOUTH_CLOSE] = .4f;
            avt_rig_face_move(&fit, weights, 1, points);
            assert_true(gap_of(points) < .015f);
        }
    }
}

static void rig_face__the_pictures_own_shapes_are_found(void **state)
{
    for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
        struct scene scene = {.pose = {10, -5, 0}};
        for (int k = 0; k < 6; k++)
            scene.weights[expressions[i].shapes[k]] += expressions[i].weights[k];
        struct avt_rig_face fit = fit_scene(*state, &scene);
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            if (fabsf(fit.own[k] - scene.weights[k]) > .25f)
                fail_msg("expression %zu: %s is %.2f, not %.2f", i, avt_arkit_name(k),
                         (double)fit.own[k], (double)scene.weights[k]);
    }
}

static void rig_face__lids_close_the_eye_that_is_there(void **state)
{
    const struct scene scene = {.person = 1};
    struct avt_face face = face_of(*state, &scene);
    /* Narrow the subject's right eye to half. */
    face.mesh[159].y += .5f * (face.mesh[145].y - face.mesh[159].y);
    struct avt_rig_view view = {MIDDLE, MIDDLE, 0};
    struct avt_rig_face fit;
    assert_true(avt_rig_face_fit(*state, &face, &view, &fit));
    float weights[AVT_ARKIT_COUNT] = {[AVT_EYE_BLINK_LEFT] = 1, [AVT_EYE_BLINK_RIGHT] = 1};
    struct avt_point3 points[AVT_MESH_POINTS];
    avt_rig_face_move(&fit, weights, 0, points);
    assert_float_equal(points[159].y, points[145].y, 1);
    assert_float_equal(points[386].y, points[374].y, 1);
}

static void rig_face__upper_teeth_stay_with_the_skull(void **state)
{
    const struct avt_rig_model *model = *state;
    struct scene scene = {.pose = {15, 0, 0}, .person = .5f};
    struct avt_rig_face fit = fit_scene(model, &scene);
    const struct avt_rig_part *teeth[] = {avt_rig_model_part(model, "upper_teeth"),
                                          avt_rig_model_part(model, "lower_teeth")};
    float still[AVT_ARKIT_COUNT] = {0}, open[AVT_ARKIT_COUNT] = {0};
    open[AVT_JAW_OPEN] = open[AVT_MOUTH_UPPER_UP_LEFT] = .6f;
    struct avt_point3 before[AVT_RIG_MODEL_VERTICES_MAX], after[AVT_RIG_MODEL_VERTICES_MAX];
    for (int k = 0; k < 2; k++) {
        float furthest = 0;
        avt_rig_face_move_part(&fit, teeth[k], still, before);
        avt_rig_face_move_part(&fit, teeth[k], open, after);
        for (size_t i = 0; i < teeth[k]->vertex_count; i++)
            furthest = fmaxf(furthest, distance(before[i], after[i]));
        assert_true(k == 0 ? furthest < .01f : furthest > 15);
    }
}

static void rig_face__what_is_no_face_is_refused(void **state)
{
    struct scene scene = {0};
    struct avt_face face = face_of(*state, &scene);
    struct avt_rig_view view = {MIDDLE, MIDDLE, 0};
    struct avt_rig_face fit;
    face.mesh[300].z = NAN;
    assert_false(avt_rig_face_fit(*state, &face, &view, &fit));
    memset(face.mesh, 0, sizeof(face.mesh));
    assert_false(avt_rig_face_fit(*state, &face, &view, &fit));
    /* The face of the other tests, found in a photograph, is one. */
    face = make_face(100, 300, 300, 0, 0);
    assert_true(avt_rig_face_fit(*state, &face, &view, &fit));
    assert_float_equal(fit.pose.yaw, 0, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rig_face__pose_is_read_back),
        cmocka_unit_test(rig_face__a_still_face_keeps_its_points),
        cmocka_unit_test(rig_face__a_turned_jaw_opens_along_its_own_axis),
        cmocka_unit_test(rig_face__near_things_move_further),
        cmocka_unit_test(rig_face__parted_lips_can_be_closed),
        cmocka_unit_test(rig_face__the_pictures_own_shapes_are_found),
        cmocka_unit_test(rig_face__lids_close_the_eye_that_is_there),
        cmocka_unit_test(rig_face__upper_teeth_stay_with_the_skull),
        cmocka_unit_test(rig_face__what_is_no_face_is_refused),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
