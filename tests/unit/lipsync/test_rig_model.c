/* SPDX-License-Identifier: Apache-2.0 */
/* The installed rig holds what its making promised; damaged ones are refused. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "lipsync/rig_model.h"
#include "rig_fixture.h"
#include "nn/registry.h"

static float outer_eyes(const struct avt_rig_model *model)
{
    return model->points[263].x - model->points[33].x;
}

/* Way of a point at weight 1, in distances of the outer eye corners; down is positive. */
static float down(const struct avt_rig_model *model, enum avt_arkit shape, int point)
{
    return -model->moves[shape][point].y / outer_eyes(model);
}

static void rig_model__jaw_and_lids_move_as_far_as_on_the_head(void **state)
{
    const struct avt_rig_model *model = *state;
    assert_float_equal(outer_eyes(model), 8.9f, .1f);
    assert_float_equal(down(model, AVT_JAW_OPEN, 152), .26f, .02f);
    assert_float_equal(down(model, AVT_JAW_OPEN, 13), 0, .03f);
    assert_float_equal(down(model, AVT_EYE_BLINK_RIGHT, 159), .15f, .02f);
    assert_float_equal(down(model, AVT_EYE_BLINK_LEFT, 386), .15f, .02f);
    assert_float_equal(down(model, AVT_EYE_BLINK_LEFT, 159), 0, .002f);
    /* The bridge of the nose is bone. */
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++)
        assert_float_equal(down(model, shape, 168), 0, .03f);
}

static void rig_model__each_lip_moves_on_its_own(void **state)
{
    const struct avt_rig_model *model = *state;
    static const short pairs[][2] = {{191, 95},  {80, 88},   {81, 178},  {82, 87},  {13, 14},
                                     {312, 317}, {311, 402}, {310, 318}, {415, 324}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        int upper = pairs[i][0], lower = pairs[i][1];
        float open = down(model, AVT_JAW_OPEN, lower) - down(model, AVT_JAW_OPEN, upper);
        float close = down(model, AVT_MOUTH_CLOSE, lower) - down(model, AVT_MOUTH_CLOSE, upper);
        assert_true(open > .1f);
        assert_float_equal(open + close, 0, .01f);
        assert_true(down(model, AVT_MOUTH_UPPER_UP_LEFT, upper) <= 0.005f);
        assert_float_equal(down(model, AVT_MOUTH_ROLL_UPPER, lower), 0, .02f);
    }
}

static void rig_model__sides_mirror_each_other(void **state)
{
    const struct avt_rig_model *model = *state;
    static const short mirrored[][2] = {{61, 291}, {159, 386}, {105, 334}, {205, 425}, {468, 473}};
    static const enum avt_arkit shapes[][2] = {{AVT_MOUTH_SMILE_RIGHT, AVT_MOUTH_SMILE_LEFT},
                                               {AVT_EYE_BLINK_RIGHT, AVT_EYE_BLINK_LEFT},
                                               {AVT_BROW_DOWN_RIGHT, AVT_BROW_DOWN_LEFT},
                                               {AVT_EYE_LOOK_IN_RIGHT, AVT_EYE_LOOK_IN_LEFT},
                                               {AVT_JAW_OPEN, AVT_JAW_OPEN}};
    for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
        for (size_t i = 0; i < sizeof(mirrored) / sizeof(mirrored[0]); i++) {
            struct avt_point3 a = model->moves[shapes[s][0]][mirrored[i][0]];
            struct avt_point3 b = model->moves[shapes[s][1]][mirrored[i][1]];
            assert_float_equal(a.x, -b.x, .02f);
            assert_float_equal(a.y, b.y, .02f);
            assert_float_equal(a.z, b.z, .02f);
        }
    }
}

static void rig_model__teeth_belong_to_skull_and_jaw(void **state)
{
    const struct avt_rig_model *model = *state;
    const struct avt_rig_part *upper = avt_rig_model_part(model, "upper_teeth");
    const struct avt_rig_part *lower = avt_rig_model_part(model, "lower_teeth");
    const struct avt_rig_part *tongue = avt_rig_model_part(model, "tongue");
    assert_true(upper && lower && tongue);
    assert_null(avt_rig_model_part(model, "beak"));
    assert_int_equal(upper->attachment, AVT_RIG_SKULL);
    assert_int_equal(lower->attachment, AVT_RIG_JAW);
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++)
        assert_null(upper->moves[shape]);
    assert_true(lower->moves[AVT_JAW_OPEN] && tongue->moves[AVT_TONGUE_OUT]);
    float lowest = 0;
    for (size_t i = 0; i < lower->vertex_count; i++)
        lowest = fminf(lowest, lower->moves[AVT_JAW_OPEN][i].y);
    assert_true(lowest < -2);
    /* Behind the lips. */
    for (size_t i = 0; i < upper->vertex_count; i++)
        assert_true(upper->vertices[i].z < model->points[13].z);
}

static void rig_model__damaged_files_are_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_registry_open(&registry, NULL), AVT_OK);
    assert_int_equal(avt_registry_path(registry, "rig", &path, NULL), AVT_OK);
    assert_int_equal(avt_file_read(path, AVT_RIG_MODEL_BYTES_MAX, &data, &size, NULL), AVT_OK);
    const size_t cuts[] = {0, 7, 8, 31, 32, 5000, 12000, size / 2, size - 1};
    struct avt_rig_model *model = NULL;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
        assert_int_equal(avt_rig_model_parse((uint8_t *)data, cuts[i], &model, NULL),
                         AVT_EMODELBAD);
    /* Magic, points, triangles, basis, parts, a coordinate, a corner. */
    const size_t rows[] = {0, 8, 18, 22, 26, 35, 33 + AVT_MESH_POINTS * 12};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char kept = data[rows[i]];
        data[rows[i]] = 0x7f;
        if (avt_rig_model_parse((uint8_t *)data, size, &model, NULL) != AVT_EMODELBAD)
            fail_msg("byte %zu", rows[i]);
        data[rows[i]] = kept;
    }
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rig_model__jaw_and_lids_move_as_far_as_on_the_head),
        cmocka_unit_test(rig_model__each_lip_moves_on_its_own),
        cmocka_unit_test(rig_model__sides_mirror_each_other),
        cmocka_unit_test(rig_model__teeth_belong_to_skull_and_jaw),
        cmocka_unit_test(rig_model__damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
