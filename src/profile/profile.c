/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "profile/profile_json.h"

enum { ID_LETTERS = 8, ID_TRIES = 100 };
static const char ID_ALPHABET[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char *const PROFILE_FILES[] = {"profile.json", "style.f32", "reference.flac"};
enum { FILES = sizeof(PROFILE_FILES) / sizeof(PROFILE_FILES[0]) };

bool avt_profile_id_valid(const char *text)
{
    return text && avt_str_starts(text, AVT_PROFILE_PREFIX) && strlen(text) == 3 + ID_LETTERS &&
           strspn(text + 3, ID_ALPHABET) == ID_LETTERS;
}

bool avt_profile_is_clone(const struct avt_profile *profile)
{
    return profile->blend[0] == '\0' || profile->consent[0] != '\0';
}

char *avt_profile_pack_path(const char *storage, const char *id)
{
    avt_assert(avt_profile_id_valid(id));
    return avt_asprintf("%s/voices/%s/style.f32", storage, id);
}

char *avt_profile_reference_path(const char *storage, const char *id)
{
    avt_assert(avt_profile_id_valid(id));
    return avt_asprintf("%s/voices/%s/reference.flac", storage, id);
}

static char *folder_of(const char *storage, const char *id)
{
    avt_assert(avt_profile_id_valid(id));
    return avt_asprintf("%s/voices/%s", storage, id);
}

/* A folder's few known files and the folder; what else lies there stays, and so does the folder
 * then. */
static void remove_folder(const char *folder)
{
    for (int i = 0; i < FILES; i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, PROFILE_FILES[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static enum avt_code new_id(const char *storage, char ret_id[AVT_PROFILE_ID_SIZE],
                            struct avt_error *reterr)
{
    for (int attempt = 0; attempt < ID_TRIES; attempt++) {
        unsigned char random[ID_LETTERS];
        if (getentropy(random, sizeof(random)) != 0)
            return avt_fail(reterr, AVT_EIO, "this system gives no random numbers");
        char id[AVT_PROFILE_ID_SIZE] = AVT_PROFILE_PREFIX;
        for (int i = 0; i < ID_LETTERS; i++)
            id[3 + i] = ID_ALPHABET[random[i] % (sizeof(ID_ALPHABET) - 1)];
        AVT_CLEANUP(avt_freep) char *folder = folder_of(storage, id);
        if (!avt_file_exists(folder)) {
            memcpy(ret_id, id, sizeof(id));
            return AVT_OK;
        }
    }
    return avt_fail(reterr, AVT_EOUTPUT, "no free id for a voice profile was found");
}

static enum avt_code write_files(const char *folder, const struct avt_profile *profile,
                                 const float *pack, const void *reference, size_t reference_size,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *json_path = avt_asprintf("%s/profile.json", folder);
    AVT_CLEANUP(avt_freep) char *pack_path = avt_asprintf("%s/style.f32", folder);
    AVT_CLEANUP(avt_freep) char *reference_path = avt_asprintf("%s/reference.flac", folder);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_profile_to_json(profile);
    enum avt_code code =
        avt_file_write(pack_path, pack, AVT_PROFILE_PACK_FLOATS * sizeof(*pack), reterr);
    if (code == AVT_OK && reference)
        code = avt_file_write(reference_path, reference, reference_size, reterr);
    if (code == AVT_OK)
        code = avt_json_write_file(json_path, json, reterr);
    return code;
}

static enum avt_code check_texts(const struct avt_profile *profile, struct avt_error *reterr)
{
    enum avt_code code =
        avt_profile_check_text("the name", profile->name, sizeof(profile->name), reterr);
    if (code != AVT_OK || !avt_profile_is_clone(profile))
        return code;
    return avt_profile_check_text("the statement of consent", profile->consent,
                                  sizeof(profile->consent), reterr);
}

enum avt_code avt_profile_create(const struct avt_profile_home *home, struct avt_profile *profile,
                                 const float *pack, const void *reference, size_t reference_size,
                                 struct avt_error *reterr)
{
    avt_assert(home && profile && pack);
    AVT_CLEANUP(avt_freep) char *voices = avt_asprintf("%s/voices", home->storage);
    enum avt_code code = check_texts(profile, reterr);
    if (code == AVT_OK)
        code = avt_mkdirs(voices, reterr);
    if (code == AVT_OK && profile->id[0] == '\0')
        code = new_id(home->storage, profile->id, reterr);
    if (code != AVT_OK)
        return code;
    avt_time_rfc3339(profile->created_at);
    (void)snprintf(profile->owner, sizeof(profile->owner), "%s", home->actor ? home->actor : "");
    profile->has_reference = reference != NULL;
    AVT_CLEANUP(avt_freep) char *folder = folder_of(home->storage, profile->id);
    AVT_CLEANUP(avt_freep) char *hidden = avt_asprintf("%s/.new-%s", voices, profile->id);
    code = avt_mkdirs(hidden, reterr);
    if (code == AVT_OK)
        code = write_files(hidden, profile, pack, reference, reference_size, reterr);
    if (code == AVT_OK)
        code = avt_profile_audit(home, "create", profile, reterr);
    /* A folder that is there and not empty is not replaced. */
    if (code == AVT_OK && rename(hidden, folder) != 0)
        code = avt_fail(reterr, AVT_EOUTPUT, "the voice profile cannot be put into '%s' (%s)", folder,
                        strerror(errno));
    if (code != AVT_OK)
        remove_folder(hidden);
    return code;
}

static enum avt_code load(const struct avt_profile_home *home, const char *id,
                          struct avt_profile *ret_profile, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep)
    char *path = avt_asprintf("%s/voices/%s/profile.json", home->storage, id);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    enum avt_code code = avt_json_read_file(path, AVT_PROFILE_JSON_MAX, &json, reterr);
    if (code == AVT_OK)
        code = avt_profile_from_json(json, ret_profile, reterr);
    if (code == AVT_OK && !avt_str_equal(ret_profile->id, id))
        code = avt_fail(reterr, AVT_EFORMAT, "'%s' belongs to another profile", path);
    return code;
}

static bool is_visible(const struct avt_profile_home *home, const struct avt_profile *profile)
{
    return !home->owner || avt_str_equal(home->owner, profile->owner);
}

enum avt_code avt_profile_get(const struct avt_profile_home *home, const char *id,
                              struct avt_profile *ret_profile, struct avt_error *reterr)
{
    avt_assert(home && id && ret_profile);
    struct avt_profile profile;
    enum avt_code code = AVT_ENOENT;
    if (avt_profile_id_valid(id))
        code = load(home, id, &profile, reterr);
    if (code == AVT_ENOENT || (code == AVT_OK && !is_visible(home, &profile)))
        return avt_fail(reterr, AVT_ENOENT, "there is no voice profile '%.40s'", id);
    if (code == AVT_OK)
        *ret_profile = profile;
    return code;
}

static int compare_profiles(const void *a, const void *b)
{
    const struct avt_profile *x = a, *y = b;
    int order = strcmp(x->created_at, y->created_at);
    return order ? order : strcmp(x->id, y->id);
}

enum avt_code avt_profile_list(const struct avt_profile_home *home,
                               struct avt_profile **ret_profiles, size_t *ret_count,
                               struct avt_error *reterr)
{
    avt_assert(home && ret_profiles && ret_count);
    AVT_CLEANUP(avt_freep) char *voices = avt_asprintf("%s/voices", home->storage);
    AVT_CLEANUP(avt_freep) struct avt_profile *profiles = NULL;
    size_t count = 0, capacity = 0;
    DIR *folder = opendir(voices);
    if (!folder && errno != ENOENT)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be read (%s)", voices,
                        strerror(errno));
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (!avt_profile_id_valid(entry->d_name) || count == AVT_PROFILES_MAX)
            continue;
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            profiles = avt_realloc(profiles, capacity, sizeof(*profiles));
        }
        if (load(home, entry->d_name, &profiles[count], NULL) == AVT_OK &&
            is_visible(home, &profiles[count]))
            count++;
    }
    if (folder)
        (void)closedir(folder);
    if (count > 1)
        qsort(profiles, count, sizeof(*profiles), compare_profiles);
    *ret_profiles = AVT_TAKE(profiles);
    *ret_count = count;
    return AVT_OK;
}

static enum avt_code find_by_start_or_name(const struct avt_profile_home *home, const char *which,
                                           struct avt_profile *ret_profile,
                                           struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_profile *profiles = NULL;
    size_t count = 0, found = 0, at = 0;
    enum avt_code code = avt_profile_list(home, &profiles, &count, reterr);
    if (code != AVT_OK)
        return code;
    bool is_start = avt_str_starts(which, AVT_PROFILE_PREFIX) && strlen(which) > 3;
    for (size_t i = 0; i < count; i++) {
        if (!avt_str_equal(profiles[i].name, which) &&
            !(is_start && avt_str_starts(profiles[i].id, which)))
            continue;
        at = i;
        found++;
    }
    if (found > 1)
        return avt_fail(reterr, AVT_EVOICE,
                        "%zu voice profiles are meant by '%.40s'; give more of "
                        "the id",
                        found, which);
    if (found == 0)
        return avt_fail(reterr, AVT_EVOICE,
                        "there is no voice profile '%.40s'; `avatar voice "
                        "profiles` shows all",
                        which);
    *ret_profile = profiles[at];
    return AVT_OK;
}

enum avt_code avt_profile_find(const struct avt_profile_home *home, const char *which,
                               struct avt_profile *ret_profile, struct avt_error *reterr)
{
    enum avt_code code = avt_profile_get(home, which, ret_profile, reterr);
    return code == AVT_ENOENT ? find_by_start_or_name(home, which, ret_profile, reterr) : code;
}

enum avt_code avt_profile_rename(const struct avt_profile_home *home, const char *which,
                                 const char *name, struct avt_profile *ret_profile,
                                 struct avt_error *reterr)
{
    struct avt_profile profile;
    enum avt_code code = avt_profile_check_text("the name", name, sizeof(profile.name), reterr);
    if (code == AVT_OK)
        code = avt_profile_find(home, which, &profile, reterr);
    if (code != AVT_OK)
        return code;
    (void)snprintf(profile.name, sizeof(profile.name), "%s", name);
    AVT_CLEANUP(avt_freep)
    char *path = avt_asprintf("%s/voices/%s/profile.json", home->storage, profile.id);
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_profile_to_json(&profile);
    code = avt_profile_audit(home, "rename", &profile, reterr);
    if (code == AVT_OK)
        code = avt_json_write_file(path, json, reterr);
    if (code == AVT_OK)
        *ret_profile = profile;
    return code;
}

enum avt_code avt_profile_delete(const struct avt_profile_home *home, const char *which,
                                 struct avt_profile *ret_profile, struct avt_error *reterr)
{
    struct avt_profile profile;
    enum avt_code code = avt_profile_find(home, which, &profile, reterr);
    if (code == AVT_OK)
        code = avt_profile_audit(home, "delete", &profile, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *folder = folder_of(home->storage, profile.id);
    remove_folder(folder);
    if (avt_file_exists(folder))
        return avt_fail(reterr, AVT_EIO,
                        "'%s' cannot be deleted whole: something else lies in it, or it may not be "
                        "written",
                        folder);
    *ret_profile = profile;
    return AVT_OK;
}
