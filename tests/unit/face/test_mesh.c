/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "face/mesh.h"

#include "fixture.h"

#define PI 3.14159265f

static void square_of_a_detection(void **state)
{
    (void)state;
    static const struct {
        struct avt_rect box;
        struct avt_point right_eye, left_eye;
        struct avt_square want;
    } rows[] = {
        {{10, 20, 40, 30}, {20, 30}, {40, 30}, {30, 35, 60, 0}},
        {{10, 20, 30, 40}, {20, 30}, {30, 40}, {25, 40, 60, PI / 4}},
        {{0, 0, 10, 10}, {5, 2}, {5, 8}, {5, 5, 15, PI / 2}},
        {{0, 0, 10, 10}, {8, 5}, {2, 5}, {5, 5, 15, PI}}, /* upside down */
        {{0, 0, 0, 0}, {0, 0}, {0, 0}, {0, 0, 1, 0}},     /* never empty */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct avt_detection d = {.box = rows[i].box,
                                        .keypoints = {rows[i].right_eye, rows[i].left_eye}};
        struct avt_square square = avt_roi_of_detection(&d);
        assert_float_equal(square.x, rows[i].want.x, 1e-4);
        assert_float_equal(square.y, rows[i].want.y, 1e-4);
        assert_float_equal(square.side, rows[i].want.side, 1e-4);
        assert_float_equal(square.angle, rows[i].want.angle, 1e-4);
    }
}

static void square_of_points_follows_the_head(void **state)
{
    (void)state;
    for (float roll = -150; roll <= 150; roll += 50) {
        struct avt_point3 mesh[AVT_MESH_POINTS];
        fixture_mesh((struct avt_head_pose){0, 0, roll}, 10, 400, 300, mesh);
        struct avt_rect bounds = avt_mesh_bounds(mesh);
        struct avt_square square = avt_roi_of_points(mesh);
        assert_float_equal(square.angle, roll * PI / 180, 1e-3);
        assert_float_equal(square.x, bounds.x + bounds.width / 2, 1e-3);
        assert_float_equal(square.side, 1.5f * fmaxf(bounds.width, bounds.height), 1e-2);
        for (int i = 0; i < AVT_MESH_POINTS; i++) {
            assert_true(mesh[i].x >= bounds.x && mesh[i].x <= bounds.x + bounds.width);
            assert_true(mesh[i].y >= bounds.y && mesh[i].y <= bounds.y + bounds.height);
        }
    }
}

static void eye_distance_survives_turning(void **state)
{
    (void)state;
    for (float yaw = -60; yaw <= 60; yaw += 30) {
        struct avt_point3 mesh[AVT_MESH_POINTS];
        fixture_mesh((struct avt_head_pose){yaw, 10, 20}, 10, 400, 300, mesh);
        assert_float_equal(avt_mesh_eye_distance(mesh), 10 * FIXTURE_EYES, 1);
        struct avt_point right = avt_mesh_eye(mesh, 0);
        struct avt_point left = avt_mesh_eye(mesh, 1);
        assert_true(right.x < left.x);
        float flat = hypotf(left.x - right.x, left.y - right.y);
        assert_float_equal(flat, 10 * FIXTURE_EYES * cosf(yaw * PI / 180), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(square_of_a_detection),
        cmocka_unit_test(square_of_points_follows_the_head),
        cmocka_unit_test(eye_distance_survives_turning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
