/* SPDX-License-Identifier: Apache-2.0 */
#include "sd_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "portrait/sd.h"
#include "portrait/sd_folder.h"

/* As tools/make_tiny_sd.py has them. */
#define PROMPT "a friendly doctor in her fifties, round glasses"
#define NEGATIVE "blurry, open mouth"
enum { SEED = 11, STEPS = 2, SIDE = 64, IMAGE_STRIDE = 7 };

static struct avt_sd_options options_of(double guidance)
{
    return (struct avt_sd_options){.prompt = PROMPT, .plain = true, .negative = NEGATIVE, .seed = SEED,
                                   .steps = STEPS, .guidance = guidance};
}

static struct avt_sd *open_sd(const char *folder, bool is_lean)
{
    struct avt_error error = {0};
    struct avt_sd *sd = NULL;
    if (avt_sd_open(folder, is_lean, &sd, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return sd;
}

static struct avt_sd_result generate(struct avt_sd *sd, const struct avt_sd_options *options)
{
    struct avt_error error = {0};
    struct avt_sd_result result = {0};
    if (avt_sd_generate(sd, options, &result, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_non_null(result.image);
    return result;
}

static bool is_same(const struct avt_image *a, const struct avt_image *b)
{
    if (a->width != b->width || a->height != b->height)
        return false;
    for (int y = 0; y < a->height; y++) {
        if (memcmp(avt_image_row(a, y), avt_image_row(b, y), 4 * (size_t)a->width) != 0)
            return false;
    }
    return true;
}

/* --- the same as diffusers --- */

struct expected {
    float *values;
    size_t count, at;
    float worst;
    char stage[40]; /* where that is */
};

static void compare_stage(const char *stage, int step, const float *values, size_t count, void *user)
{
    struct expected *expected = user;
    size_t stride = strcmp(stage, "image") == 0 ? IMAGE_STRIDE : 1;
    for (size_t i = 0; i < count; i += stride) {
        assert_true(expected->at < expected->count);
        float error = fabsf(values[i] - expected->values[expected->at++]);
        if (!(error <= expected->worst)) {
            expected->worst = error;
            snprintf(expected->stage, sizeof(expected->stage), "%s %d", stage, step);
        }
    }
}

static void sd__as_diffusers(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        double guidance;
        float error_max; /* the last computes in float16, and diffusers did in float32 */
    } rows[] = {{"sd15", 7.5, 1e-3f}, {"turbo", 1, 1e-3f}, {"lcm", 8, 5e-2f}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_folder) char *folder = make_folder(rows[i].kind);
        AVT_CLEANUP(avt_freep) char *name = avt_asprintf("%s.f32", rows[i].kind);
        AVT_CLEANUP(avt_freep) char *path = tiny_path(name);
        AVT_CLEANUP(avt_freep) char *data = NULL;
        size_t size = 0;
        assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, NULL), AVT_OK);
        AVT_CLEANUP(avt_freep) float *values = avt_new0(float, size / sizeof(float));
        memcpy(values, data, size); /* little-endian, as every machine that this runs on */
        struct expected expected = {.values = values, .count = size / sizeof(float)};
        AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, true);
        struct avt_sd_options options = options_of(rows[i].guidance);
        options.trace = compare_stage;
        options.user = &expected;
        struct avt_sd_result result = generate(sd, &options);
        assert_true(result.image->width == SIDE && result.image->height == SIDE);
        avt_image_free(result.image);
        assert_int_equal(expected.at, expected.count);
        if (!(expected.worst <= rows[i].error_max))
            fail_msg("%s: %s is %g away", rows[i].kind, expected.stage, (double)expected.worst);
    }
}

/* --- what changes a picture, and what does not --- */

static void sd__seed_decides(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *lean = open_sd(folder, true);
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct avt_sd_options options = options_of(7.5);
    struct avt_sd_result first = generate(sd, &options), again = generate(sd, &options),
                         other = generate(lean, &options);
    assert_true(is_same(first.image, again.image) && is_same(first.image, other.image));
    assert_int_equal(first.seed, SEED);
    options.seed++;
    struct avt_sd_result next = generate(sd, &options);
    assert_false(is_same(first.image, next.image));
    avt_image_free(first.image);
    avt_image_free(again.image);
    avt_image_free(other.image);
    avt_image_free(next.image);
}

/* Whether the pictures of two settings are the same. */
static bool same_of(struct avt_sd *sd, const struct avt_sd_options *a, const struct avt_sd_options *b)
{
    struct avt_sd_result first = generate(sd, a), second = generate(sd, b);
    bool same = is_same(first.image, second.image);
    avt_image_free(first.image);
    avt_image_free(second.image);
    return same;
}

static void sd__guidance_makes_the_negative_count(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct avt_sd_options a = options_of(1), b = a;
    b.negative = "";
    assert_true(same_of(sd, &a, &b));
    a.guidance = b.guidance = 7.5;
    assert_false(same_of(sd, &a, &b));
    b.negative = a.negative = NULL;
    b.guidance = 0; /* as suits the model: the same */
    assert_true(same_of(sd, &a, &b));
    b.negative = AVT_SD_NEGATIVE;
    assert_true(same_of(sd, &a, &b));
}

static void sd__prefix_goes_before_the_prompt(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct avt_sd_options a = options_of(7.5), b = a;
    a.prompt = "x";
    b.prompt = AVT_SD_PREFIX ", x";
    a.plain = false;
    assert_true(same_of(sd, &a, &b));
    /* The tiny vocabulary has bytes only, so that the prefix alone fills what the model reads. */
    struct avt_sd_result result = generate(sd, &a);
    assert_true(result.is_cut);
    avt_image_free(result.image);
    b.prompt = "x";
    result = generate(sd, &b);
    assert_false(result.is_cut);
    avt_image_free(result.image);
}

static void sd__other_sizes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct avt_sd_options options = options_of(1);
    options.width = 96;
    options.height = 80;
    struct avt_sd_result result = generate(sd, &options);
    assert_true(result.image->width == 96 && result.image->height == 80);
    for (int y = 0; y < 80; y++)
        assert_int_equal(avt_image_row(result.image, y)[3], 255);
    avt_image_free(result.image);
}

/* --- progress, cancelling, accepting --- */

struct watched {
    int calls, previews, reject, asked;
    enum avt_code with;
    struct avt_cancel cancel;
    bool cancels;
};

static void watch(int step, int steps, int attempt, const struct avt_image *preview, void *user)
{
    struct watched *watched = user;
    assert_int_equal(steps, STEPS);
    assert_int_equal(step, watched->calls % STEPS + 1);
    assert_int_equal(attempt, watched->calls / STEPS);
    watched->calls++;
    if (preview) {
        watched->previews++;
        assert_true(preview->width == SIDE / 8 && preview->height == SIDE / 8);
        assert_int_equal(preview->pixels[3], 255);
    }
    if (watched->cancels)
        avt_cancel_request(&watched->cancel);
}

static enum avt_code judge(const struct avt_image *image, void *user, struct avt_error *reterr)
{
    struct watched *watched = user;
    assert_true(image->width == SIDE && image->height == SIDE);
    return watched->asked++ < watched->reject ? avt_fail(reterr, watched->with, "no face was found") : AVT_OK;
}

static void sd__tells_each_step(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    for (int previews = 0; previews < 2; previews++) {
        struct watched watched = {0};
        struct avt_sd_options options = options_of(1);
        options.progress = watch;
        options.previews = previews;
        options.user = &watched;
        struct avt_sd_result result = generate(sd, &options);
        assert_int_equal(watched.calls, STEPS);
        assert_int_equal(watched.previews, previews * STEPS);
        avt_image_free(result.image);
    }
}

static void sd__can_be_cancelled(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct watched watched = {.cancels = true};
    struct avt_sd_options options = options_of(1);
    options.progress = watch;
    options.cancel = &watched.cancel;
    options.user = &watched;
    struct avt_sd_result result = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_sd_generate(sd, &options, &result, &error), AVT_ECANCELLED);
    assert_int_equal(watched.calls, 1);
    assert_null(result.image);
    /* And used again. */
    options.cancel = NULL;
    options.progress = NULL;
    result = generate(sd, &options);
    avt_image_free(result.image);
}

static void sd__takes_another_seed_until_accepted(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct watched watched = {.reject = 2, .with = AVT_EFACE};
    struct avt_sd_options options = options_of(1);
    options.accept = judge;
    options.progress = watch;
    options.user = &watched;
    struct avt_sd_result result = generate(sd, &options);
    assert_int_equal(result.reseeds, 2);
    assert_int_equal(result.seed, SEED + 2);
    assert_int_equal(watched.asked, 3);
    assert_int_equal(watched.calls, 3 * STEPS);
    /* The seed that is told gives that picture at once. */
    struct avt_sd_options again = options_of(1);
    again.seed = result.seed;
    struct avt_sd_result same = generate(sd, &again);
    assert_true(is_same(result.image, same.image));
    avt_image_free(result.image);
    avt_image_free(same.image);

    static const struct {
        enum avt_code with;
        int asked;
    } rows[] = {{AVT_ENOFACE, AVT_SD_RESEEDS_MAX + 1}, {AVT_EFACE, AVT_SD_RESEEDS_MAX + 1}, {AVT_EMODEL, 1}};
    for (size_t i = 0; i < 3; i++) {
        struct watched never = {.reject = 100, .with = rows[i].with};
        options.user = &never;
        struct avt_error error = {0};
        assert_int_equal(avt_sd_generate(sd, &options, &result, &error), rows[i].with);
        assert_int_equal(never.asked, rows[i].asked);
        assert_non_null(strstr(error.message, "no face was found"));
    }
}

/* --- what is refused --- */

static void sd__refuses_bad_options(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = tiny_path("sd15");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    static char long_text[AVT_SD_PROMPT_BYTES_MAX + 2];
    memset(long_text, 'a', sizeof(long_text) - 1);
    const struct {
        const char *prompt, *negative;
        int steps, width, height;
        double guidance;
        enum avt_code code;
    } rows[] = {
        {NULL, "", 1, 0, 0, 1, AVT_ETEXT},
        {"", "", 1, 0, 0, 1, AVT_ETEXT},
        {" \n\t", "", 1, 0, 0, 1, AVT_ETEXT},
        {"a\xff", "", 1, 0, 0, 1, AVT_ETEXT},
        {"a", "\xff", 1, 0, 0, 1, AVT_ETEXT},
        {long_text, "", 1, 0, 0, 1, AVT_ELIMIT},
        {"a", long_text, 1, 0, 0, 1, AVT_ELIMIT},
        {"a", "", -1, 0, 0, 1, AVT_EINVAL},
        {"a", "", 1000, 0, 0, 1, AVT_EINVAL},
        {"a", "", 1, 100, 0, 1, AVT_EINVAL},
        {"a", "", 1, 0, 2048, 1, AVT_EINVAL},
        {"a", "", 1, -64, 0, 1, AVT_EINVAL},
        {"a", "", 1, 0, 8, 1, AVT_EINVAL},
        {"a", "", 1, 0, 0, .5, AVT_EINVAL},
        {"a", "", 1, 0, 0, 31, AVT_EINVAL},
        {"a", "", 1, 0, 0, NAN, AVT_EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct avt_sd_options options = {.prompt = rows[i].prompt, .negative = rows[i].negative,
                                               .steps = rows[i].steps, .width = rows[i].width,
                                               .height = rows[i].height, .guidance = rows[i].guidance};
        struct avt_sd_result result = {0};
        struct avt_error error = {0};
        enum avt_code code = avt_sd_generate(sd, &options, &result, &error);
        if (code != rows[i].code || result.image || !error.message[0])
            fail_msg("row %zu: %d, %s", i, (int)code, error.message);
    }
}

static void sd__check_tells_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        enum avt_sd_kind kind;
        bool is_half, has_taesd;
        double guidance;
    } rows[] = {
        {"sd15", AVT_SD_15, false, false, 7.5},
        {"turbo", AVT_SD_15, false, true, 7.5}, /* its context is that of "sd15" */
        {"lcm", AVT_SD_LCM, true, false, 8},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_folder) char *folder = make_folder(rows[i].folder);
        struct avt_sd_info info;
        struct avt_error error = {0};
        if (avt_sd_check(folder, &info, &error) != AVT_OK)
            fail_msg("%s: %s", rows[i].folder, error.message);
        assert_int_equal(info.kind, rows[i].kind);
        assert_int_equal(info.is_half, rows[i].is_half);
        assert_int_equal(info.has_taesd, rows[i].has_taesd);
        assert_true(info.guidance == rows[i].guidance);
        assert_int_equal(info.text_width, 8);
        assert_int_equal(info.size, SIDE);
        assert_int_equal(info.is_fixed, rows[i].kind == AVT_SD_LCM);
    }
}

/* By what lies in the folder and how wide the context is: the tiny ones cannot show it. */
static void sd__kinds(void **state)
{
    (void)state;
    static const struct {
        bool is_lcm, has_no_middle, velocity, takes_guidance;
        enum avt_sd_spacing spacing;
        int width;
        enum avt_sd_kind kind;
        char path[24];
    } rows[] = {
        {false, false, false, false, AVT_SD_LEADING, 768, AVT_SD_15, "/turbo/plain/"},
        {false, false, false, false, AVT_SD_LINSPACE, 768, AVT_SD_SDXS, "models/SDXS-512"},
        {false, false, false, false, AVT_SD_LINSPACE, 1024, AVT_SD_TURBO, "/sd-turbo/"},
        {false, false, false, false, AVT_SD_TRAILING, 768, AVT_SD_15, ""},
        {false, false, false, false, AVT_SD_LEADING, 1024, AVT_SD_2, ""},
        {false, false, true, false, AVT_SD_TRAILING, 1024, AVT_SD_2, ""},
        {false, false, false, false, AVT_SD_TRAILING, 1024, AVT_SD_TURBO, ""},
        {false, true, false, false, AVT_SD_TRAILING, 1024, AVT_SD_SDXS, ""},
        {false, true, false, false, AVT_SD_LINSPACE, 768, AVT_SD_SDXS, ""},
        {true, false, false, false, AVT_SD_LINSPACE, 768, AVT_SD_LCM, ""},
        {false, false, false, true, AVT_SD_LINSPACE, 768, AVT_SD_LCM, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_strdup(rows[i].path);
        const struct avt_sd_folder folder = {
            .path = path,
            .scheduler = {.is_lcm = rows[i].is_lcm, .predicts_velocity = rows[i].velocity, .spacing = rows[i].spacing},
            .unet_config = {.has_no_middle = rows[i].has_no_middle}};
        assert_string_equal(
            avt_sd_kind_name(avt_sd_folder_kind(&folder, rows[i].width, rows[i].takes_guidance)),
            avt_sd_kind_name(rows[i].kind));
    }
}

static void sd__a_fixed_export_has_one_size(void **state)
{
    (void)state;
    AVT_CLEANUP(remove_folder) char *folder = make_folder("lcm");
    AVT_CLEANUP(avt_sd_freep) struct avt_sd *sd = open_sd(folder, false);
    struct avt_sd_options options = options_of(0);
    options.width = 96;
    struct avt_sd_result result = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_sd_generate(sd, &options, &result, &error), AVT_EINVAL);
    if (!strstr(error.message, "64 x 64 pixels only, not for 96 x 64"))
        fail_msg("%s", error.message);
    options.width = SIDE;
    result = generate(sd, &options);
    avt_image_free(result.image);
}

static void sd__check_tells_what_is_missing(void **state)
{
    (void)state;
    struct avt_sd_info info;
    struct avt_error error = {0};
    assert_int_equal(avt_sd_check("/nowhere", &info, &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "/nowhere"));
    static const char *const parts[] = {"text_encoder", "unet", "vae_decoder", "tokenizer", "scheduler"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        AVT_CLEANUP(remove_folder) char *folder = make_folder("sd15");
        AVT_CLEANUP(avt_freep) char *part = avt_asprintf("%s/%s", folder, parts[i]);
        assert_int_equal(unlink(part), 0);
        assert_int_equal(avt_sd_check(folder, &info, &error), AVT_EMODEL);
        if (!strstr(error.message, parts[i]))
            fail_msg("without %s: %s", parts[i], error.message);
    }
    assert_non_null(strstr(avt_sd_needs(), "OpenRAIL-M"));
}

/* One part of another model, or damaged: the message says which, what it should be and what it is. */
static void sd__check_tells_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *part, *instead;
        const char *messages[3];
    } rows[] = {
        {"unet", "vae_decoder", {"unet/model.onnx", "'sample'", "nothing"}},
        {"text_encoder", "unet", {"text_encoder/model.onnx", "'input_ids' should be like int64 [1, 77]", "nothing"}},
        {"vae_decoder", "text_encoder", {"vae_decoder/model.onnx", "float32 [1, 4, n, n]", "int64 [n, n]"}},
        {"vae_decoder", "unet", {"vae_decoder/model.onnx", "latent_sample", "nothing"}},
    };
    AVT_CLEANUP(avt_freep) char *base = tiny_path("sd15");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_folder) char *folder = make_folder("sd15");
        link_part(folder, rows[i].part, base, rows[i].instead);
        struct avt_sd_info info;
        struct avt_error error = {0};
        assert_int_equal(avt_sd_check(folder, &info, &error), AVT_EMODELBAD);
        for (size_t k = 0; k < 3; k++) {
            if (!strstr(error.message, rows[i].messages[k]))
                fail_msg("%s: %s", rows[i].part, error.message);
        }
    }
}

static void sd__check_refuses_damaged_files(void **state)
{
    (void)state;
    static const struct {
        const char *part, *file, *text;
        enum avt_code code;
    } rows[] = {
        {"unet", "model.onnx", "this is no model", AVT_EMODELBAD},
        {"text_encoder", "model.onnx", "", AVT_EMODELBAD},
        {"scheduler", "scheduler_config.json", "{\"prediction_type\":\"sample\"}", AVT_EMODELBAD},
        {"tokenizer", "vocab.json", "{}", AVT_EMODEL}, /* and no merges.txt */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(remove_folder) char *folder = make_folder("sd15");
        write_part(folder, rows[i].part, rows[i].file, rows[i].text, strlen(rows[i].text));
        struct avt_sd_info info;
        struct avt_error error = {0};
        enum avt_code code = avt_sd_check(folder, &info, &error);
        if (code != rows[i].code || !error.message[0])
            fail_msg("row %zu: %d, %s", i, (int)code, error.message);
    }
}

/* The weights of "lcm" lie beside its graph. */
static void sd__check_misses_weights_beside_the_graph(void **state)
{
    (void)state;
    AVT_CLEANUP(remove_folder) char *folder = make_folder("lcm");
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/unet/model.onnx", folder);
    AVT_CLEANUP(avt_freep) char *graph = NULL;
    size_t size = 0;
    assert_int_equal(avt_file_read(path, 1 << 20, &graph, &size, NULL), AVT_OK);
    write_part(folder, "unet", "model.onnx", graph, size);
    struct avt_sd_info info;
    struct avt_error error = {0};
    assert_int_equal(avt_sd_check(folder, &info, &error), AVT_EMODELBAD);
    if (!strstr(error.message, "model.onnx_data"))
        fail_msg("%s", error.message);
}

/* A vocabulary larger than the encoder's table would read past it. */
static void sd__check_compares_vocabulary_and_encoder(void **state)
{
    (void)state;
    AVT_CLEANUP(remove_folder) char *folder = make_folder("sd15");
    static const char vocab[] = "{\"a\":1,\"<|startoftext|>\":900,\"<|endoftext|>\":901}";
    write_part(folder, "tokenizer", "vocab.json", vocab, strlen(vocab));
    write_part(folder, "tokenizer", "merges.txt", "", 0);
    struct avt_sd_info info;
    struct avt_error error = {0};
    assert_int_equal(avt_sd_check(folder, &info, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "tokenizer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sd__as_diffusers),
        cmocka_unit_test(sd__seed_decides),
        cmocka_unit_test(sd__guidance_makes_the_negative_count),
        cmocka_unit_test(sd__prefix_goes_before_the_prompt),
        cmocka_unit_test(sd__other_sizes),
        cmocka_unit_test(sd__tells_each_step),
        cmocka_unit_test(sd__can_be_cancelled),
        cmocka_unit_test(sd__takes_another_seed_until_accepted),
        cmocka_unit_test(sd__refuses_bad_options),
        cmocka_unit_test(sd__check_tells_what_it_is),
        cmocka_unit_test(sd__kinds),
        cmocka_unit_test(sd__a_fixed_export_has_one_size),
        cmocka_unit_test(sd__check_tells_what_is_missing),
        cmocka_unit_test(sd__check_tells_what_does_not_fit),
        cmocka_unit_test(sd__check_refuses_damaged_files),
        cmocka_unit_test(sd__check_misses_weights_beside_the_graph),
        cmocka_unit_test(sd__check_compares_vocabulary_and_encoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
