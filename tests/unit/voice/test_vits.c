/* SPDX-License-Identifier: Apache-2.0 */
/* A Coqui VITS of random weights (tools/check_vits.py golden), against what Coqui's own code made of it. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/weights.h"
#include "voice/tts.h"
#include "voice/vits.h"
#include "voice/vits_text.h"

enum { STRIDE = 5, IDS = 256, HOP = 256 };
static const double SOUND_MAX = 1e-3;

static char *golden(const char *file)
{
    const char *root = getenv("GOLDEN");
    assert_non_null(root);
    return avt_asprintf("%s/tiny_vits%s%s", root, *file ? "/" : "", file);
}

static struct avt_vits *open_golden(void)
{
    AVT_CLEANUP(avt_freep) char *folder = golden("");
    struct avt_vits *vits = NULL;
    struct avt_error error = {0};
    if (avt_vits_open(folder, &vits, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return vits;
}

/* A line of expected.tsv: text, speaker, speed, samples, ids, frames of each id. */
struct run {
    char text[64];
    int64_t speaker;
    double speed;
    size_t samples, count;
    int64_t ids[IDS];
    double frames[IDS];
};

static size_t numbers(const char *text, double *values)
{
    size_t count = 0;
    char *end = NULL;
    for (double value; count < IDS; text = end) {
        value = (double)strtoll(text, &end, 10);
        if (end == text)
            break;
        values[count++] = value;
    }
    return count;
}

static void read_run(char *line, struct run *run)
{
    char *fields[6];
    for (size_t i = 0; i < 6; i++) {
        fields[i] = line;
        line = strpbrk(line, "\t\n");
        assert_non_null(line);
        *line++ = '\0';
    }
    double ids[IDS];
    snprintf(run->text, sizeof(run->text), "%s", fields[0]);
    run->speaker = strtoll(fields[1], NULL, 10);
    assert_true(avt_parse_double(fields[2], .25, 4, &run->speed));
    run->samples = (size_t)strtoll(fields[3], NULL, 10);
    run->count = numbers(fields[4], ids);
    assert_int_equal(numbers(fields[5], run->frames), run->count);
    for (size_t i = 0; i < run->count; i++)
        run->ids[i] = (int64_t)ids[i];
}

static void check_run(struct avt_vits *vits, const struct run *run, const float **expected)
{
    AVT_CLEANUP(avt_freep) char *clean = avt_vits_clean(avt_vits_config(vits), run->text);
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = NULL;
    size_t count = 0;
    double seconds[IDS], total = 0;
    struct avt_error error = {0};
    assert_int_equal(avt_vits_ids(avt_vits_config(vits), clean, &ids, &count, NULL, NULL), AVT_OK);
    assert_int_equal(count, run->count);
    assert_memory_equal(ids, run->ids, count * sizeof(*ids));
    const struct avt_vits_input input = {.ids = ids, .count = count, .speed = run->speed, .speaker = run->speaker};
    if (avt_vits_speak(vits, &input, &audio, seconds, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(audio->rate, AVT_SPEECH_RATE);
    assert_int_equal(audio->count, run->samples);
    for (size_t i = 0; i < audio->count; i += STRIDE) {
        if (fabs((double)audio->samples[i] - (double)*(*expected)++) > SOUND_MAX)
            fail_msg("'%s': sample %zu is %g, not %g", run->text, i, (double)audio->samples[i],
                     (double)(*expected)[-1]);
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(fabs(seconds[i] - run->frames[i] * HOP / AVT_SPEECH_RATE) < 1e-6);
        total += seconds[i];
    }
    assert_true(fabs(total * AVT_SPEECH_RATE - (double)audio->count) < .01);
}

static void speech__is_what_coquis_code_makes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *lines_path = golden("expected.tsv");
    AVT_CLEANUP(avt_freep) char *sound_path = golden("expected.f32");
    AVT_CLEANUP(avt_freep) char *lines = NULL;
    AVT_CLEANUP(avt_freep) char *sound = NULL;
    AVT_CLEANUP(avt_freep) struct run *run = avt_new0(struct run, 1);
    AVT_CLEANUP(avt_vits_freep) struct avt_vits *vits = open_golden();
    size_t size = 0, runs = 0;
    assert_int_equal(avt_file_read_text(lines_path, 1 << 20, &lines, NULL), AVT_OK);
    assert_int_equal(avt_file_read(sound_path, 1 << 20, &sound, &size, NULL), AVT_OK);
    assert_true(avt_vits_is_timed(vits));
    const float *expected = (const float *)(const void *)sound;
    for (char *line = lines, *next; *line; line = next, runs++) {
        next = strchr(line, '\n') + 1;
        read_run(line, run);
        check_run(vits, run, &expected);
    }
    assert_int_equal(runs, 3);
    assert_ptr_equal(expected, sound + size);
}

static void speakers__go_by_name_or_number(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t number; /* -1: none */
    } ROWS[] = {{NULL, 0}, {"", 0}, {"ann", 0}, {"cy", 2}, {"1", 1}, {"3", -1}, {"-1", -1}, {"dee", -1}, {"1x", -1}};
    AVT_CLEANUP(avt_vits_freep) struct avt_vits *vits = open_golden();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int64_t number = -7;
        struct avt_error error = {0};
        enum avt_code code = avt_vits_speaker(vits, ROWS[i].name, &number, &error);
        assert_int_equal(code, ROWS[i].number < 0 ? AVT_EVOICE : AVT_OK);
        assert_int_equal(number, ROWS[i].number < 0 ? -7 : ROWS[i].number);
        if (code != AVT_OK)
            assert_non_null(strstr(error.message, "it has 3, such as 'ann'"));
    }
    int64_t number = -7;
    assert_int_equal(avt_vits_language(vits, "0", &number, NULL), AVT_OK);
    assert_int_equal(avt_vits_language(vits, "1", &number, NULL), AVT_EVOICE);
    const int64_t id = 1;
    struct avt_audio *audio = NULL;
    const struct avt_vits_input input = {.ids = &id, .count = 1, .speed = 1, .speaker = 3};
    assert_int_equal(avt_vits_speak(vits, &input, &audio, NULL, NULL), AVT_EVOICE);
}

static void runs__can_be_cancelled(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_vits_freep) struct avt_vits *vits = open_golden();
    struct avt_cancel cancel = {0};
    avt_cancel_request(&cancel);
    int64_t ids[IDS];
    for (size_t i = 0; i < IDS; i++)
        ids[i] = 1 + (int64_t)i % 20;
    struct avt_audio *audio = NULL;
    const struct avt_vits_input input = {.ids = ids, .count = IDS, .speed = 1, .cancel = &cancel};
    assert_int_equal(avt_vits_speak(vits, &input, &audio, NULL, NULL), AVT_ECANCELLED);
    assert_null(audio);
}

static void sound__must_be_some(void **state)
{
    (void)state;
    static const float GOOD[] = {0, .1f, 0}, SAME[] = {.1f, .1f}, NOT[] = {0, NAN, .1f}, OVER[] = {0, INFINITY};
    assert_true(avt_vits_sane(GOOD, 3));
    assert_false(avt_vits_sane(SAME, 2));
    assert_false(avt_vits_sane(NOT, 3));
    assert_false(avt_vits_sane(OVER, 2));
    assert_false(avt_vits_sane(GOOD, 0));
}

/* A folder with the golden files but for one, which is `text` or, if NULL, missing. */
static enum avt_code open_changed(const char *file, const char *text, struct avt_error *error)
{
    static const char *const FILES[] = {AVT_VITS_FILE, AVT_VITS_CONFIG, AVT_VITS_SPEAKERS};
    char folder[] = "/tmp/avatar-vits-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++) {
        AVT_CLEANUP(avt_freep) char *from = golden(FILES[i]);
        AVT_CLEANUP(avt_freep) char *to = avt_asprintf("%s/%s", folder, FILES[i]);
        if (!avt_str_equal(file, FILES[i]))
            assert_int_equal(symlink(from, to), 0);
        else if (text)
            assert_int_equal(avt_file_write(to, text, strlen(text), NULL), AVT_OK);
    }
    struct avt_vits *vits = NULL;
    enum avt_code code = avt_vits_open(folder, &vits, error);
    avt_vits_free(vits);
    for (size_t i = 0; i < 3; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, FILES[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
    return code;
}

static void folders__say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
        enum avt_code code;
        const char *said;
    } ROWS[] = {
        {AVT_VITS_FILE, NULL, AVT_EMODEL, AVT_VITS_FILE},
        {AVT_VITS_CONFIG, NULL, AVT_EMODEL, AVT_VITS_CONFIG},
        {AVT_VITS_FILE, "no network", AVT_EMODELBAD, AVT_VITS_FILE},
        {AVT_VITS_CONFIG, "{}", AVT_EFORMAT, "vits"},
        {AVT_VITS_SPEAKERS, NULL, AVT_OK, ""},
        {AVT_VITS_SPEAKERS, "{\"ann\": \"0\"}", AVT_EFORMAT, AVT_VITS_SPEAKERS},
        {AVT_VITS_SPEAKERS, "{\"ann\": -1}", AVT_EFORMAT, AVT_VITS_SPEAKERS},
        {AVT_VITS_SPEAKERS, "{\"ann\": 100000}", AVT_EFORMAT, AVT_VITS_SPEAKERS},
        {AVT_VITS_SPEAKERS, "[1]", AVT_EFORMAT, AVT_VITS_SPEAKERS},
        {AVT_VITS_SPEAKERS, "{", AVT_EFORMAT, AVT_VITS_SPEAKERS},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct avt_error error = {0};
        enum avt_code code = open_changed(ROWS[i].file, ROWS[i].text, &error);
        if (code != ROWS[i].code || !strstr(error.message, ROWS[i].said))
            fail_msg("%s = %s: %d '%s'", ROWS[i].file, ROWS[i].text, code, error.message);
    }
}

static void other_networks__are_refused_by_name(void **state)
{
    (void)state;
    char folder[] = "/tmp/avatar-vits-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *other = avt_asprintf("%s/tiny_wav2lip/wav2lip.onnx", getenv("GOLDEN"));
    AVT_CLEANUP(avt_freep) char *config = golden(AVT_VITS_CONFIG);
    AVT_CLEANUP(avt_freep) char *network = avt_asprintf("%s/" AVT_VITS_FILE, folder);
    AVT_CLEANUP(avt_freep) char *beside = avt_asprintf("%s/" AVT_VITS_CONFIG, folder);
    assert_int_equal(symlink(other, network) | symlink(config, beside), 0);
    struct avt_vits *vits = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_vits_open(folder, &vits, &error), AVT_EMODELBAD);
    assert_non_null(strstr(error.message, "no input 'input'"));
    assert_non_null(strstr(error.message, AVT_VITS_FILE));
    assert_int_equal(unlink(network) | unlink(beside) | rmdir(folder), 0);
}

/* That the list of models that can be imported describes what the exporter writes. */
static void weights__fit_the_manifest(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *folder = golden("");
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list = NULL;
    AVT_CLEANUP(avt_freep) struct avt_weights_prints *prints = avt_new0(struct avt_weights_prints, 1);
    struct avt_error error = {0};
    assert_int_equal(avt_weights_load(&list, NULL), AVT_OK);
    const struct avt_weights *weights = avt_weights_recognise(list, folder);
    assert_non_null(weights);
    assert_string_equal(weights->engine, "vits");
    assert_string_equal(weights->stage, "tts");
    if (avt_weights_examine(weights, folder, NULL, prints, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(prints->count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speech__is_what_coquis_code_makes), cmocka_unit_test(speakers__go_by_name_or_number),
        cmocka_unit_test(runs__can_be_cancelled),            cmocka_unit_test(sound__must_be_some),
        cmocka_unit_test(folders__say_what_is_wrong),        cmocka_unit_test(other_networks__are_refused_by_name),
        cmocka_unit_test(weights__fit_the_manifest),
    };
    return cmocka_run_group_tests_name("vits", tests, NULL, NULL);
}
