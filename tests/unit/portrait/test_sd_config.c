/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "portrait/sd_config.h"

static enum avt_code parse(const char *json, struct avt_sd_scheduler *ret_scheduler, struct avt_error *reterr)
{
    return avt_sd_scheduler_parse(json, strlen(json), ret_scheduler, reterr);
}

static void config__scheduler(void **state)
{
    (void)state;
    struct avt_sd_scheduler s;
    assert_int_equal(parse("{}", &s, NULL), AVT_OK);
    assert_int_equal(s.train_steps, 1000);
    assert_true(s.is_scaled && !s.predicts_velocity && !s.is_lcm && s.beta_start == .00085 && s.beta_end == .012);
    assert_int_equal(s.spacing, AVT_SD_LINSPACE);
    assert_int_equal(parse("{\"_class_name\":\"LCMScheduler\",\"num_train_timesteps\":500,\"beta_schedule\":\"linear\","
                           "\"prediction_type\":\"v_prediction\",\"timestep_spacing\":\"trailing\",\"steps_offset\":1,"
                           "\"original_inference_steps\":20,\"trained_betas\":null,\"clip_sample\":false}",
                           &s, NULL), AVT_OK);
    assert_true(s.train_steps == 500 && !s.is_scaled && s.predicts_velocity && s.is_lcm);
    assert_true(s.spacing == AVT_SD_TRAILING && s.steps_offset == 1 && s.origin_steps == 20 && s.timestep_scale == 10);
}

static void config__refuses_what_it_cannot_do(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
    } rows[] = {
        {"", "line 1"},
        {"[]", "object"},
        {"{\"num_train_timesteps\":1}", "num_train_timesteps"},
        {"{\"num_train_timesteps\":1e9}", "num_train_timesteps"},
        {"{\"beta_start\":0}", "beta_start"},
        {"{\"beta_end\":\"x\"}", "beta_end"},
        {"{\"beta_schedule\":\"squaredcos_cap_v2\"}", "squaredcos_cap_v2"},
        {"{\"prediction_type\":7}", "prediction_type"},
        {"{\"timestep_spacing\":\"karras\"}", "karras"},
        {"{\"rescale_betas_zero_snr\":true}", "rescale_betas_zero_snr"},
        {"{\"trained_betas\":[0.1]}", "trained_betas"},
        {"{\"original_inference_steps\":50,\"num_train_timesteps\":20}", "original_inference_steps"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_sd_scheduler s;
        struct avt_error error = {0};
        assert_int_equal(parse(rows[i].json, &s, &error), AVT_EMODELBAD);
        if (!strstr(error.message, rows[i].message))
            fail_msg("row %zu: %s", i, error.message);
    }
}

static void config__networks(void **state)
{
    (void)state;
    static const char unet[] = "{\"sample_size\":64,\"mid_block_type\":null}", plain[] = "{}",
                      taesd[] = "{\"_class_name\":\"AutoencoderTiny\"}", vae[] = "{\"scaling_factor\":0.5}",
                      bad[] = "{\"scaling_factor\":0}";
    struct avt_sd_unet_config u;
    assert_int_equal(avt_sd_unet_parse(unet, strlen(unet), &u, NULL), AVT_OK);
    assert_true(u.sample_size == 64 && u.has_no_middle);
    assert_int_equal(avt_sd_unet_parse(plain, strlen(plain), &u, NULL), AVT_OK);
    assert_true(u.sample_size == 0 && !u.has_no_middle);
    struct avt_sd_vae_config v;
    assert_int_equal(avt_sd_vae_parse(plain, strlen(plain), &v, NULL), AVT_OK);
    assert_true(v.scale == .18215 && v.shift == 0 && !v.is_taesd);
    assert_int_equal(avt_sd_vae_parse(taesd, strlen(taesd), &v, NULL), AVT_OK);
    assert_true(v.scale == 1 && v.is_taesd);
    assert_int_equal(avt_sd_vae_parse(vae, strlen(vae), &v, NULL), AVT_OK);
    assert_true(v.scale == .5);
    assert_int_equal(avt_sd_vae_parse(bad, strlen(bad), &v, NULL), AVT_EMODELBAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config__scheduler),
        cmocka_unit_test(config__refuses_what_it_cannot_do),
        cmocka_unit_test(config__networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
