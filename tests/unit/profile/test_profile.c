/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "profile/profile.h"

static char storage[] = "/tmp/avatar-profile-XXXXXX";
static const struct avt_profile_home home = {.storage = storage};

static float *pack_new(void)
{
    float *pack = avt_new0(float, AVT_PROFILE_PACK_FLOATS);
    for (size_t i = 0; i < AVT_PROFILE_PACK_FLOATS; i++)
        pack[i] = (float)i / AVT_PROFILE_PACK_FLOATS - 0.5f;
    return pack;
}

static struct avt_profile example(const char *name)
{
    struct avt_profile profile = {.language = "en-us",
                                  .engine = "kokoro",
                                  .maker = "test 1",
                                  .encoder = "test",
                                  .model = "kokoro-82m 1.0",
                                  .consent = "I, \"Ännä\", agree.",
                                  .consent_by = "Anna",
                                  .consent_at = "2026-01-01T00:00:00Z",
                                  .similarity = 0.75,
                                  .stock_id = "af_heart"};
    (void)snprintf(profile.name, sizeof(profile.name), "%s", name);
    profile.eq_db[3] = -2.5f;
    profile.melody_st = -1.5;
    profile.melody_range = 1.25;
    return profile;
}

static struct avt_profile make(const char *name)
{
    struct avt_profile profile = example(name);
    AVT_CLEANUP(avt_freep) float *pack = pack_new();
    struct avt_error error = {0};
    if (avt_profile_create(&home, &profile, pack, NULL, 0, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_true(avt_profile_id_valid(profile.id));
    return profile;
}

static void profile__ids_are_checked_by_form(void **state)
{
    (void)state;
    assert_true(avt_profile_id_valid("vp-abc12345"));
    static const char *const bad[] = {
        "",           "vp-",         "vp-abc1234",  "vp-abc123456", "vp-ABC12345",
        "vp-../../x", "vp-abc1234/", "xp-abc12345", "vp-abc123.5"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(avt_profile_id_valid(bad[i]));
    assert_false(avt_profile_id_valid(NULL));
}

static void profile__a_life(void **state)
{
    (void)state;
    struct avt_profile made = make("Anna"), found, *all = NULL;
    size_t count = 0, size = 0;
    AVT_CLEANUP(avt_freep) char *style = avt_profile_pack_path(storage, made.id);
    AVT_CLEANUP(avt_freep) char *bytes = NULL;
    AVT_CLEANUP(avt_freep) float *pack = pack_new();
    assert_int_equal(avt_file_read(style, 1 << 20, &bytes, &size, NULL), AVT_OK);
    assert_int_equal(size, AVT_PROFILE_PACK_FLOATS * sizeof(float));
    assert_memory_equal(bytes, pack, size);

    char start[7];
    (void)snprintf(start, sizeof(start), "%.6s", made.id);
    const char *const names[] = {made.id, start, "Anna"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(avt_profile_find(&home, names[i], &found, NULL), AVT_OK);
        assert_string_equal(found.id, made.id);
    }
    assert_string_equal(found.consent, "I, \"Ännä\", agree.");
    assert_true(found.similarity > 0.749 && found.eq_db[3] < -2.4f);
    assert_true(found.melody_st < -1.49 && found.melody_range > 1.249);

    assert_int_equal(avt_profile_rename(&home, "Anna", "Berta", &found, NULL), AVT_OK);
    assert_int_equal(avt_profile_find(&home, "Anna", &found, NULL), AVT_EVOICE);
    assert_int_equal(avt_profile_list(&home, &all, &count, NULL), AVT_OK);
    assert_int_equal(count, 1);
    assert_string_equal(all[0].name, "Berta");
    avt_free(all);

    assert_int_equal(avt_profile_delete(&home, "Berta", &found, NULL), AVT_OK);
    assert_false(avt_file_exists(style));
    assert_int_equal(avt_profile_find(&home, made.id, &found, NULL), AVT_EVOICE);

    AVT_CLEANUP(avt_freep) char *log_path = avt_asprintf("%s/voices/audit.log", storage);
    AVT_CLEANUP(avt_freep) char *log = NULL;
    assert_int_equal(avt_file_read_text(log_path, 1 << 20, &log, NULL), AVT_OK);
    static const char *const actions[] = {"\"create\"", "\"rename\"", "\"delete\""};
    for (int i = 0; i < 3; i++)
        assert_non_null(strstr(log, actions[i]));
    assert_non_null(strstr(log, made.id));
    assert_non_null(strstr(log, "\"consent_by\":\"Anna\",\"consent_at\":\"2026-01-01T00:00:00Z\""));
}

static void profile__two_of_one_name_need_an_id(void **state)
{
    (void)state;
    struct avt_profile a = make("Twin"), b = make("Twin"), found;
    struct avt_error error = {0};
    assert_int_equal(avt_profile_find(&home, "Twin", &found, &error), AVT_EVOICE);
    assert_non_null(strstr(error.message, "2 voice profiles"));
    assert_int_equal(avt_profile_delete(&home, a.id, &found, NULL), AVT_OK);
    assert_int_equal(avt_profile_delete(&home, "Twin", &found, NULL), AVT_OK);
    assert_string_equal(found.id, b.id);
}

static void profile__without_consent_or_name_nothing_is_made(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) float *pack = pack_new();
    struct avt_profile profile = example("Anna");
    profile.consent[0] = '\0';
    assert_int_equal(avt_profile_create(&home, &profile, pack, NULL, 0, NULL), AVT_EINVAL);
    static const char *const names[] = {"", "  ", "a\nb", "\xff"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        profile = example(names[i]);
        assert_int_equal(avt_profile_create(&home, &profile, pack, NULL, 0, NULL), AVT_EINVAL);
    }
}

static void profile__travels_as_one_file(void **state)
{
    (void)state;
    struct avt_profile made = make("Traveller"), found;
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/t.avtvoice", storage);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    assert_int_equal(avt_profile_export(&home, made.id, path, &found, NULL), AVT_OK);
    assert_int_equal(avt_profile_import(&home, path, &found, NULL), AVT_OK);
    assert_string_not_equal(found.id, made.id);
    assert_string_equal(found.consent, made.consent);
    assert_int_equal(avt_file_read(path, 1 << 20, &data, &size, NULL), AVT_OK);
    float *pack = NULL;
    struct avt_profile parsed;
    for (size_t cut = 0; cut < size; cut += 997)
        assert_int_equal(avt_profile_parse((uint8_t *)data, cut, &parsed, &pack, NULL),
                         AVT_EFORMAT);
    memset(data + size - 4, 0xff, 4); /* not a number */
    assert_int_equal(avt_profile_parse((uint8_t *)data, size, &parsed, &pack, NULL), AVT_EFORMAT);
    char *key = strstr(data + 12, "\"consent\"");
    assert_non_null(key);
    key[1] = 'X';
    assert_int_equal(avt_profile_parse((uint8_t *)data, size, &parsed, &pack, NULL), AVT_EFORMAT);
    assert_int_equal(avt_profile_import(&home, "/nowhere", &found, NULL), AVT_ENOENT);
}

/* What another engine made cannot be spoken by this one, and nobody is told that it can. */
static void profile__of_another_engine_is_refused(void **state)
{
    (void)state;
    struct avt_profile made = make("Stranger"), found;
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voices/%s/profile.json", storage, made.id);
    AVT_CLEANUP(avt_freep) char *text = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_file_read_text(path, 1 << 20, &text, NULL), AVT_OK);
    char *engine = strstr(text, "\"kokoro\"");
    assert_non_null(engine);
    memcpy(engine, "\"pocket\"", strlen("\"pocket\""));
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
    assert_int_equal(avt_profile_get(&home, made.id, &found, &error), AVT_EFORMAT);
    if (!strstr(error.message, "engine"))
        fail_msg("%s", error.message);
    memcpy(engine, "\"kokoro\"", strlen("\"kokoro\""));
    assert_int_equal(avt_file_write(path, text, strlen(text), NULL), AVT_OK);
    assert_int_equal(avt_profile_delete(&home, made.id, &found, NULL), AVT_OK);
}

static void profile__owners_see_their_own(void **state)
{
    (void)state;
    const struct avt_profile_home alice = {storage, "a11ce000", "a11ce000"};
    const struct avt_profile_home bob = {storage, "b0b00000", "b0b00000"};
    const struct avt_profile_home admin = {storage, NULL, "ad000000"};
    struct avt_profile mine = example("Hers"), found, *all = NULL;
    AVT_CLEANUP(avt_freep) float *pack = pack_new();
    AVT_CLEANUP(avt_freep) char *log_path = avt_asprintf("%s/voices/audit.log", storage);
    AVT_CLEANUP(avt_freep) char *log = NULL;
    size_t count = 0;
    assert_int_equal(avt_profile_create(&alice, &mine, pack, NULL, 0, NULL), AVT_OK);
    assert_string_equal(mine.owner, "a11ce000");
    const char *const names[] = {mine.id, "Hers"};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(avt_profile_find(&alice, names[i], &found, NULL), AVT_OK);
        assert_int_equal(avt_profile_find(&home, names[i], &found, NULL), AVT_OK);
        assert_int_equal(avt_profile_find(&bob, names[i], &found, NULL), AVT_EVOICE);
        assert_int_equal(avt_profile_rename(&bob, names[i], "X", &found, NULL), AVT_EVOICE);
        assert_int_equal(avt_profile_delete(&bob, names[i], &found, NULL), AVT_EVOICE);
    }
    assert_int_equal(avt_profile_get(&bob, mine.id, &found, NULL), AVT_ENOENT);
    assert_int_equal(avt_profile_get(&alice, "Hers", &found, NULL), AVT_ENOENT);
    assert_int_equal(avt_profile_list(&bob, &all, &count, NULL), AVT_OK);
    assert_int_equal(count, 0);
    avt_free(all);
    /* A rename keeps the owner; who did what is on record. */
    assert_int_equal(avt_profile_rename(&admin, mine.id, "Ours", &found, NULL), AVT_OK);
    assert_int_equal(avt_profile_get(&alice, mine.id, &found, NULL), AVT_OK);
    assert_string_equal(found.name, "Ours");
    assert_int_equal(avt_profile_delete(&admin, mine.id, &found, NULL), AVT_OK);
    assert_int_equal(avt_file_read_text(log_path, 1 << 20, &log, NULL), AVT_OK);
    assert_non_null(strstr(log, "\"owner\":\"a11ce000\",\"actor\":\"ad000000\""));
}

static void profile__an_id_is_given_once(void **state)
{
    (void)state;
    struct avt_profile one = example("One"), two = example("Two"), found;
    AVT_CLEANUP(avt_freep) float *pack = pack_new();
    memcpy(one.id, "vp-0a1b2c3d", sizeof("vp-0a1b2c3d"));
    memcpy(two.id, one.id, sizeof(two.id));
    (void)snprintf(one.source, sizeof(one.source), "job-20260115120000-0a1b2c3d");
    assert_int_equal(avt_profile_create(&home, &one, pack, NULL, 0, NULL), AVT_OK);
    assert_int_equal(avt_profile_create(&home, &two, pack, NULL, 0, NULL), AVT_EOUTPUT);
    assert_int_equal(avt_profile_get(&home, "vp-0a1b2c3d", &found, NULL), AVT_OK);
    assert_string_equal(found.name, "One");
    assert_string_equal(found.source, "job-20260115120000-0a1b2c3d");
    AVT_CLEANUP(avt_freep) char *hidden = avt_asprintf("%s/voices/.new-%s", storage, one.id);
    assert_false(avt_file_exists(hidden));
}

static void profile__blends_of_stock_voices_need_no_consent(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) float *pack = pack_new();
    struct avt_profile blend = example("Blend"), found;
    blend.consent[0] = blend.consent_by[0] = blend.consent_at[0] = '\0';
    (void)snprintf(blend.blend, sizeof(blend.blend), "af_heart*0.50+am_adam*0.50");
    assert_int_equal(avt_profile_create(&home, &blend, pack, NULL, 0, NULL), AVT_OK);
    assert_int_equal(avt_profile_get(&home, blend.id, &found, NULL), AVT_OK);
    assert_false(avt_profile_is_clone(&found));
    assert_string_equal(found.blend, blend.blend);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(storage) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    struct avt_profile *all = NULL, gone;
    size_t count = 0;
    if (avt_profile_list(&home, &all, &count, NULL) != AVT_OK)
        return -1;
    for (size_t i = 0; i < count; i++)
        (void)!avt_profile_delete(&home, all[i].id, &gone, NULL);
    avt_free(all);
    static const char *const left[] = {"voices/audit.log", "t.avtvoice", "voices", ""};
    for (int i = 0; i < 4; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", storage, left[i]);
        (void)remove(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile__ids_are_checked_by_form),
        cmocka_unit_test(profile__a_life),
        cmocka_unit_test(profile__two_of_one_name_need_an_id),
        cmocka_unit_test(profile__without_consent_or_name_nothing_is_made),
        cmocka_unit_test(profile__travels_as_one_file),
        cmocka_unit_test(profile__of_another_engine_is_refused),
        cmocka_unit_test(profile__owners_see_their_own),
        cmocka_unit_test(profile__an_id_is_given_once),
        cmocka_unit_test(profile__blends_of_stock_voices_need_no_consent),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
