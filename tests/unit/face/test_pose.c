/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "face/pose.h"

#include "fixture.h"

static const struct avt_head_pose poses[] = {
    {0, 0, 0},    {20, 0, 0},   {-35, 0, 0},   {0, 15, 0},    {0, -25, 0},   {0, 0, 30},
    {0, 0, -90},  {0, 0, 150},  {30, 10, -20}, {-15, -20, 5}, {60, 25, 170}, {-80, 5, -120},
};
enum { POSES = sizeof poses / sizeof poses[0] };

static void finds_the_turn_it_was_given(void **state)
{
    (void)state;
    struct avt_point3 mesh[AVT_MESH_POINTS];
    for (int i = 0; i < POSES; i++) {
        fixture_mesh(poses[i], 3.0f + (float)i, 200, 90, mesh);
        float misfit = -1;
        struct avt_head_pose pose = avt_face_pose(mesh, &misfit);
        assert_float_equal(pose.yaw, poses[i].yaw, .05);
        assert_float_equal(pose.pitch, poses[i].pitch, .05);
        assert_float_equal(pose.roll, poses[i].roll, .05);
        assert_float_equal(misfit, 0, .01);
    }
}

/* Left of the subject becomes right: points swap with their mirror images, which share y and z. */
static int mirror_of(int point)
{
    const struct avt_point3 *p = &avt_face_canonical[point];
    for (int i = 0; i < AVT_FACE_CANONICAL_POINTS; i++) {
        const struct avt_point3 *q = &avt_face_canonical[i];
        if (fabsf(p->x + q->x) + fabsf(p->y - q->y) + fabsf(p->z - q->z) < 1e-3f)
            return i;
    }
    return -1;
}

static void mirrored_picture_mirrors_yaw_and_roll(void **state)
{
    (void)state;
    for (int i = 0; i < POSES; i++) {
        struct avt_point3 mesh[AVT_MESH_POINTS];
        struct avt_point3 mirrored[AVT_MESH_POINTS] = {{0}};
        fixture_mesh(poses[i], 10, 300, 300, mesh);
        for (int k = 0; k < AVT_FACE_CANONICAL_POINTS; k++) {
            int from = mirror_of(k);
            assert_in_range(from, 0, AVT_FACE_CANONICAL_POINTS - 1);
            mirrored[k] = mesh[from];
            mirrored[k].x = 640 - mirrored[k].x;
        }
        struct avt_head_pose pose = avt_face_pose(mirrored, NULL);
        assert_float_equal(pose.yaw, -poses[i].yaw, .05);
        assert_float_equal(pose.pitch, poses[i].pitch, .05);
        assert_float_equal(pose.roll, -poses[i].roll, .05);
    }
}

static void misfit_tells_faces_from_heaps(void **state)
{
    (void)state;
    struct avt_point3 mesh[AVT_MESH_POINTS];
    float misfit = 0;
    fixture_mesh(poses[0], 10, 100, 100, mesh);
    for (int i = 0; i < AVT_MESH_POINTS; i++) { /* half a canonical cm of noise */
        mesh[i].x += (float)((i * 7919) % 11 - 5);
        mesh[i].y += (float)((i * 6007) % 11 - 5);
    }
    avt_face_pose(mesh, &misfit);
    assert_true(misfit > .3f && misfit < .7f);

    for (int i = 0; i < AVT_MESH_POINTS; i++)
        mesh[i] = (struct avt_point3){(float)((i * 7919) % 101), (float)((i * 6007) % 101),
                                      (float)((i * 104729) % 101)};
    avt_face_pose(mesh, &misfit);
    assert_true(misfit > 4);

    struct avt_point3 none[AVT_MESH_POINTS] = {{0}};
    avt_face_pose(none, &misfit);
    assert_true(isinf(misfit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_turn_it_was_given),
        cmocka_unit_test(mirrored_picture_mirrors_yaw_and_roll),
        cmocka_unit_test(misfit_tells_faces_from_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
