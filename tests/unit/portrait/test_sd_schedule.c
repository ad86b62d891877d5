/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "portrait/sd_schedule.h"

/* Stable Diffusion's own, but for spacing. */
static struct avt_sd_scheduler scheduler_of(enum avt_sd_spacing spacing)
{
    return (struct avt_sd_scheduler){.train_steps = 1000, .beta_start = .00085, .beta_end = .012, .is_scaled = true,
                                     .spacing = spacing, .steps_offset = 1, .origin_steps = 50, .timestep_scale = 10};
}

static void expect_near(double value, double expected, double within)
{
    if (!(fabs(value - expected) <= within))
        fail_msg("%g is not %g", value, expected);
}

/* Times as diffusers 0.32 gives them. */
static void schedule__times(void **state)
{
    (void)state;
    static const struct {
        enum avt_sd_spacing spacing;
        bool is_lcm;
        int steps;
        double times[4];
    } rows[] = {
        {AVT_SD_TRAILING, false, 1, {999}},
        {AVT_SD_TRAILING, false, 4, {999, 749, 499, 249}},
        {AVT_SD_TRAILING, false, 3, {999, 666, 332}},
        {AVT_SD_LEADING, false, 4, {751, 501, 251, 1}},
        {AVT_SD_LINSPACE, false, 3, {999, 499.5, 0}},
        {AVT_SD_LINSPACE, true, 4, {999, 759, 499, 259}},
        {AVT_SD_LINSPACE, true, 3, {999, 679, 339}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_sd_scheduler scheduler = scheduler_of(rows[i].spacing);
        struct avt_sd_schedule schedule;
        assert_int_equal(avt_sd_schedule_make(&scheduler, rows[i].is_lcm, rows[i].steps, &schedule, NULL), AVT_OK);
        assert_int_equal(schedule.count, rows[i].steps);
        for (int k = 0; k < rows[i].steps; k++)
            expect_near(schedule.times[k], rows[i].times[k], 1e-9);
    }
}

static void schedule__sigmas(void **state)
{
    (void)state;
    struct avt_sd_scheduler scheduler = scheduler_of(AVT_SD_TRAILING);
    struct avt_sd_schedule schedule;
    assert_int_equal(avt_sd_schedule_make(&scheduler, false, 4, &schedule, NULL), AVT_OK);
    static const double expected[] = {14.6146, 4.0817, 1.6129, .6932, 0};
    for (int i = 0; i < 5; i++)
        expect_near(schedule.sigmas[i], expected[i], 1e-4);
    expect_near(schedule.start, 14.6146, 1e-4);
    scheduler.spacing = AVT_SD_LEADING;
    assert_int_equal(avt_sd_schedule_make(&scheduler, false, 4, &schedule, NULL), AVT_OK);
    expect_near(schedule.start, sqrt(schedule.sigmas[0] * schedule.sigmas[0] + 1), 1e-9);
}

static void schedule__one_step_gives_the_clean_latents(void **state)
{
    (void)state;
    struct avt_sd_scheduler scheduler = scheduler_of(AVT_SD_TRAILING);
    struct avt_sd_schedule schedule;
    assert_int_equal(avt_sd_schedule_make(&scheduler, false, 1, &schedule, NULL), AVT_OK);
    assert_false(avt_sd_schedule_takes_noise(&schedule, 0));
    const float picture[2] = {.5f, -2}, noise[2] = {1, .25f};
    float latents[2], clean[2];
    for (int i = 0; i < 2; i++)
        latents[i] = (float)(picture[i] + noise[i] * schedule.sigmas[0]);
    avt_sd_schedule_step(&schedule, 0, noise, NULL, 2, latents, clean);
    for (int i = 0; i < 2; i++) {
        expect_near(clean[i], picture[i], 1e-5);
        expect_near(latents[i], picture[i], 1e-5);
    }
}

/* A network that answers truly leads to the picture, in either way and with either kind of answer. */
static void schedule__true_answers_lead_to_the_picture(void **state)
{
    (void)state;
    for (int row = 0; row < 4; row++) {
        struct avt_sd_scheduler scheduler = scheduler_of(AVT_SD_LEADING);
        bool is_lcm = row & 1;
        scheduler.predicts_velocity = row & 2;
        struct avt_sd_schedule schedule;
        assert_int_equal(avt_sd_schedule_make(&scheduler, is_lcm, 5, &schedule, NULL), AVT_OK);
        const double picture = .75;
        float latents = (float)(picture + schedule.sigmas[0] * -1.5), clean = 0, noise = .5f;
        if (is_lcm)
            latents /= (float)sqrt(schedule.sigmas[0] * schedule.sigmas[0] + 1);
        for (int i = 0; i < 5; i++) {
            double sigma = schedule.sigmas[i], power = sqrt(sigma * sigma + 1);
            double whole = is_lcm ? latents * power : latents, eps = (whole - picture) / sigma;
            float answer = (float)(scheduler.predicts_velocity ? (eps - sigma * picture) / power : eps);
            avt_sd_schedule_step(&schedule, i, &answer, &noise, 1, &latents, &clean);
            /* LCM keeps a thousandth of what came in near the end (c_skip). */
            expect_near(clean, picture, is_lcm ? 5e-3 : 1e-4);
        }
        expect_near(latents, picture, is_lcm ? 5e-3 : 1e-4);
    }
}

static void schedule__refuses_other_counts(void **state)
{
    (void)state;
    struct avt_sd_scheduler scheduler = scheduler_of(AVT_SD_LEADING);
    struct avt_sd_schedule schedule;
    static const struct {
        int steps, lcm_steps;
    } bad[] = {{0, 0}, {-1, -1}, {AVT_SD_STEPS_MAX + 1, 51}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(avt_sd_schedule_make(&scheduler, false, bad[i].steps, &schedule, NULL), AVT_EINVAL);
        assert_int_equal(avt_sd_schedule_make(&scheduler, true, bad[i].lcm_steps, &schedule, NULL), AVT_EINVAL);
    }
    assert_int_equal(avt_sd_schedule_make(&scheduler, false, AVT_SD_STEPS_MAX, &schedule, NULL), AVT_OK);
    assert_int_equal(avt_sd_schedule_make(&scheduler, true, 50, &schedule, NULL), AVT_OK);
}

static void schedule__refuses_noise_without_end(void **state)
{
    (void)state;
    struct avt_sd_scheduler scheduler = scheduler_of(AVT_SD_TRAILING);
    scheduler.train_steps = 10000;
    scheduler.beta_start = scheduler.beta_end = .5;
    struct avt_sd_schedule schedule;
    assert_int_equal(avt_sd_schedule_make(&scheduler, false, 4, &schedule, NULL), AVT_EMODELBAD);
}

/* Every number of steps falls, whatever the spacing: a step of no length would divide by nothing. */
static void schedule__times_fall(void **state)
{
    (void)state;
    for (int spacing = AVT_SD_LINSPACE; spacing <= AVT_SD_TRAILING; spacing++) {
        struct avt_sd_scheduler scheduler = scheduler_of((enum avt_sd_spacing)spacing);
        for (int steps = 1; steps <= AVT_SD_STEPS_MAX; steps++) {
            struct avt_sd_schedule schedule;
            assert_int_equal(avt_sd_schedule_make(&scheduler, false, steps, &schedule, NULL), AVT_OK);
            for (int i = 0; i < steps; i++)
                assert_true(schedule.sigmas[i] > schedule.sigmas[i + 1] && schedule.times[i] >= 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule__times),
        cmocka_unit_test(schedule__sigmas),
        cmocka_unit_test(schedule__one_step_gives_the_clean_latents),
        cmocka_unit_test(schedule__true_answers_lead_to_the_picture),
        cmocka_unit_test(schedule__refuses_other_counts),
        cmocka_unit_test(schedule__refuses_noise_without_end),
        cmocka_unit_test(schedule__times_fall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
