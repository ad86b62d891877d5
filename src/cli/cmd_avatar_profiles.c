/* SPDX-License-Identifier: Apache-2.0 */
/* avatar add, list, show, rename, delete, export, import: faces that are kept in the storage of this machine. */
#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/keep_avatar.h"
#include "cli/terminal.h"
#include "cli/views.h"
#include "os/paths.h"
#include "store/avatar_file.h"

/* ---- what all have in common ----------------------------------------------------------------- */

/* Where the profiles are. */
struct shelf {
    struct avt_cli *cli;
    struct avt_jobstore *store;
    char *storage;
};

static void shelf_done(struct shelf *shelf)
{
    avt_jobstore_close(shelf->store);
    avt_free(shelf->storage);
}

static enum avt_code open_shelf(struct avt_cli *cli, struct shelf *ret_shelf,
                                struct avt_error *reterr)
{
    *ret_shelf = (struct shelf){.cli = cli};
    ret_shelf->storage = avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
    return avt_cli_store(cli, &ret_shelf->store, reterr);
}

/* The path of a file of the profile; null if it is not there. */
static void set_file(json_t *json, const struct shelf *shelf, const char *id, const char *name)
{
    AVT_CLEANUP(avt_freep) char *path = avt_avatar_path(shelf->storage, id, name);
    avt_cli_set_text(json, name, path && avt_file_exists(path) ? path : NULL);
}

/* As the API shows it, but with files of this machine instead of addresses. */
static json_t *profile_json(const struct shelf *shelf, const struct avt_record *profile)
{
    static const char *const found[] = {"width", "height", "face"};
    json_t *json = avt_avatar_view(profile);
    for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
        avt_record_copy(json, profile, found[i]);
    (void)avt_avatar_adopt_thumbnail(shelf->store, shelf->storage, profile);
    set_file(json, shelf, profile->id, "picture");
    set_file(json, shelf, profile->id, "thumbnail");
    return json;
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

static void say_face(struct avt_cli *cli, const json_t *face)
{
    const json_t *pose = json_object_get(face, "pose"), *reasons = json_object_get(face, "reasons");
    size_t i;
    json_t *reason;
    avt_cli_say(cli, "  face       %.0f px between the eyes, turned %+ld %+ld %+ld°, sharpness %.2f\n",
                json_number_value(json_object_get(face, "eye_distance")),
                lround(json_number_value(json_object_get(pose, "yaw"))),
                lround(json_number_value(json_object_get(pose, "pitch"))),
                lround(json_number_value(json_object_get(pose, "roll"))),
                json_number_value(json_object_get(face, "sharpness")));
    json_array_foreach(reasons, i, reason)
        avt_cli_say(cli, "             %s\n", json_string_value(reason));
}

static void say_profile(struct avt_cli *cli, const json_t *profile)
{
    char bytes[24];
    const json_t *face = json_object_get(profile, "face"), *origin = json_object_get(profile, "origin");
    avt_cli_say(cli, "%s  %s\n", text_of(profile, "id"), text_of(profile, "name"));
    if (*text_of(profile, "description"))
        avt_cli_say(cli, "  about      %s\n", text_of(profile, "description"));
    avt_cli_say(cli, "  made       %s\n", text_of(profile, "created_at"));
    avt_cli_say(cli, "  rights     \"%s\"\n", text_of(profile, "rights"));
    if (json_is_object(origin)) {
        const char *quote = *text_of(origin, "prompt") ? "\"" : "";
        avt_cli_say(cli, "  %-9s  %s%s%s, seed %lld, %s\n", text_of(origin, "kind"), quote,
                    *quote ? text_of(origin, "prompt") : "from attributes", quote,
                    (long long)json_integer_value(json_object_get(origin, "seed")),
                    text_of(origin, *text_of(origin, "model") ? "model" : "look"));
    }
    avt_cli_say(cli, "  picture    %s, %s: %s\n", text_of(profile, "media_type"),
                avt_text_bytes(json_integer_value(json_object_get(profile, "size_bytes")), bytes),
                *text_of(profile, "picture") ? text_of(profile, "picture") : "not there any more");
    if (json_is_object(face))
        say_face(cli, face);
    if (*text_of(profile, "thumbnail"))
        avt_cli_say(cli, "  thumbnail  %s\n", text_of(profile, "thumbnail"));
}

/* What most of them end with: a profile to show, or what became of it. */
static void finish(const struct shelf *shelf, json_t *result, const struct avt_record *profile,
                   const char *what)
{
    json_t *json = profile_json(shelf, profile);
    json_object_set_new(result, "profile", json);
    if (what)
        avt_cli_say(shelf->cli, "%s  %s: %s\n", profile->id, text_of(json, "name"), what);
    else
        say_profile(shelf->cli, json);
}

/* ---- avatar add ------------------------------------------------------------------------------ */

/* What detection found in a file. */
struct findings {
    struct avt_face_info *faces; /* [AVT_FACE_INFO_MAX], the one that would be animated first */
    int width, height;
};

static void findings_done(struct findings *findings)
{
    avt_free(findings->faces);
}

/* Why the face will not do, or what to mind. Owned by the caller. */
static char *reasons_of(const struct avt_face_info *face)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(AVT_ERROR_MESSAGE_MAX);
    for (int i = 0; i < face->reason_count; i++)
        avt_buf_printf(&text, "%s%s", i > 0 ? "; " : "", face->reasons[i]);
    return avt_buf_take(&text);
}

/* @param shown  What messages call the file. */
static enum avt_code look(struct avt_cli *cli, const char *path, const char *shown, struct findings *findings,
                          struct avt_error *reterr)
{
    size_t count = 0;
    findings->faces = avt_new0(struct avt_face_info, AVT_FACE_INFO_MAX);
    enum avt_code code = avt_face_detect(cli->context, path, 0, NULL, findings->faces, &count,
                                         &findings->width, &findings->height, reterr);
    if (code != AVT_OK)
        return code;
    if (findings->faces[0].usable)
        return AVT_OK;
    AVT_CLEANUP(avt_freep) char *reasons = reasons_of(&findings->faces[0]);
    return avt_fail(reterr, AVT_EFACE,
                    "the face in '%.120s' cannot be animated: %.260s; choose a larger picture, from "
                    "the front",
                    shown, reasons);
}

/* Only what has a face can be one; whether a picture or clip has, the library says. */
static enum avt_code check_kind(const struct avt_intake *intake, const char *shown, struct avt_error *reterr)
{
    if (!avt_str_equal(intake->kind, "audio"))
        return AVT_OK;
    return avt_fail(reterr, AVT_EFORMAT,
                    "'%s' is a sound (%s), and no face can be seen in it: name a picture or a clip",
                    shown, intake->media_type);
}

/* What was found joins what was said. */
static void add_findings(json_t *about, const struct findings *findings)
{
    json_t *face = avt_view_face(&findings->faces[0]);
    /* Its 478 points would be most of the record; they are found again whenever it is animated. */
    json_object_del(face, "mesh");
    avt_cli_set_int(about, "width", findings->width);
    avt_cli_set_int(about, "height", findings->height);
    json_object_set_new(about, "face", face);
}

static enum avt_code keep_given(const struct shelf *shelf, struct avt_intake *intake, json_t *about,
                          struct avt_record *ret_profile, struct avt_error *reterr)
{
    struct avt_cli *cli = shelf->cli;
    const struct avt_keep keep = {cli->context, shelf->store, shelf->storage, "", NULL};
    intake->size_bytes_max = avt_config_number(&cli->config, AVT_SET_UPLOAD_LIMIT) << 20;
    intake->cancel = avt_interrupt_cancel();
    return avt_keep_picture(&keep, intake, about, ret_profile, reterr);
}

/* The end of add and import. */
static void say_kept(const struct shelf *shelf, json_t *result, const struct findings *findings,
                     struct avt_record *profile)
{
    AVT_CLEANUP(avt_freep) char *reasons = reasons_of(&findings->faces[0]);
    avt_cli_warn(shelf->cli, findings->faces[0].warning ? reasons : "");
    finish(shelf, result, profile, NULL);
    avt_cli_say(shelf->cli, "Let it speak: avatar pipeline run \"Hello.\" --avatar %s\n", profile->id);
    avt_record_done(profile);
}

enum avt_code avt_cmd_avatar_add(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *about = json_pack("{s:s?, s:s?}", "name", args->text[AVT_OPT_AVATAR_NAME], "rights",
                              args->text[AVT_OPT_RIGHTS]);
    AVT_CLEANUP(findings_done) struct findings findings = {0};
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake = {.fd = -1};
    struct avt_record profile = {0};
    enum avt_code code = avt_avatar_check_name(args->text[AVT_OPT_AVATAR_NAME], reterr);
    if (code == AVT_OK)
        code = avt_avatar_check_rights(args->text[AVT_OPT_RIGHTS], reterr);
    if (code == AVT_OK)
        code = avt_intake_open(args->operands[0], &intake, reterr);
    if (code == AVT_OK)
        code = check_kind(&intake, args->operands[0], reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = look(cli, args->operands[0], args->operands[0], &findings, reterr);
    if (code == AVT_OK)
        code = open_shelf(cli, &shelf, reterr);
    if (code != AVT_OK)
        return code;
    add_findings(about, &findings);
    code = keep_given(&shelf, &intake, about, &profile, reterr);
    if (code == AVT_OK)
        say_kept(&shelf, result, &findings, &profile);
    return code;
}

/* ---- avatar list ----------------------------------------------------------------------------- */

static void add_row(struct avt_table *table, const json_t *profile)
{
    char bytes[24];
    avt_text_bytes(json_integer_value(json_object_get(profile, "size_bytes")), bytes);
    avt_table_row(table, (const char *[]){text_of(profile, "id"), text_of(profile, "name"),
                                          text_of(profile, "media_type"), bytes,
                                          text_of(profile, "created_at")});
}

enum avt_code avt_cmd_avatar_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *const headings[] = {"id", "name", "kind", ">size", "made"};
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 5);
    struct avt_record *records = NULL;
    size_t count = 0;
    enum avt_code code = open_shelf(cli, &shelf, reterr);
    if (code == AVT_OK)
        code = avt_jobstore_record_list(shelf.store, AVT_AVATAR_KIND, NULL, AVT_AVATARS_MAX,
                                        &records, &count, reterr);
    if (code != AVT_OK)
        return code;
    json_t *profiles = json_array();
    json_object_set_new(result, "profiles", profiles);
    for (size_t i = 0; i < count; i++) {
        json_t *profile = profile_json(&shelf, &records[i]);
        json_array_append_new(profiles, profile);
        add_row(table, profile);
    }
    avt_records_done(records, count);
    if (count == 0)
        avt_cli_say(cli, "There are no avatar profiles yet; 'avatar avatar add' makes one.\n");
    else if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    return AVT_OK;
}

/* ---- avatar show, rename, delete ------------------------------------------------------------- */

static enum avt_code find_profile(struct avt_cli *cli, const char *which, struct shelf *shelf,
                                  struct avt_record *ret_profile, struct avt_error *reterr)
{
    enum avt_code code = open_shelf(cli, shelf, reterr);
    return code == AVT_OK ? avt_avatar_find(shelf->store, which, ret_profile, reterr) : code;
}

enum avt_code avt_cmd_avatar_show(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    struct avt_record profile = {0};
    enum avt_code code = find_profile(cli, cli->args.operands[0], &shelf, &profile, reterr);
    if (code == AVT_OK)
        finish(&shelf, result, &profile, NULL);
    avt_record_done(&profile);
    return code;
}

enum avt_code avt_cmd_avatar_rename(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    struct avt_record profile = {0};
    /* --name is an operand too, wherever it stands. */
    bool name_is_first = cli->args.operands[0] == cli->args.text[AVT_OPT_AVATAR_NEW_NAME];
    const char *which = cli->args.operands[name_is_first ? 1 : 0];
    const char *name = cli->args.operands[name_is_first ? 0 : 1];
    enum avt_code code = avt_avatar_check_name(name, reterr);
    if (code == AVT_OK)
        code = find_profile(cli, which, &shelf, &profile, reterr);
    if (code == AVT_OK) {
        json_object_set_new(profile.data, "name", json_string(name));
        code = avt_avatar_save(shelf.store, &profile, reterr);
    }
    if (code == AVT_OK)
        finish(&shelf, result, &profile, "renamed");
    avt_record_done(&profile);
    return code;
}

enum avt_code avt_cmd_avatar_delete(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    struct avt_record profile = {0};
    enum avt_code code = find_profile(cli, cli->args.operands[0], &shelf, &profile, reterr);
    /* Nobody finds it from then on, whatever becomes of the files. */
    if (code == AVT_OK)
        code = avt_jobstore_record_delete(shelf.store, AVT_AVATAR_KIND, profile.id, NULL, reterr);
    if (code == AVT_OK)
        code = avt_layout_remove(shelf.storage, AVT_LAYOUT_AVATARS, profile.id, NULL, reterr);
    if (code == AVT_OK)
        finish(&shelf, result, &profile, "deleted");
    avt_record_done(&profile);
    return code;
}

/* ---- avatar export, import ------------------------------------------------------------------- */

enum avt_code avt_cmd_avatar_export(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *output = cli->args.text[AVT_OPT_OUTPUT_FACE];
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    struct avt_record profile = {0};
    enum avt_code code = find_profile(cli, cli->args.operands[0], &shelf, &profile, reterr);
    if (code == AVT_OK) {
        AVT_CLEANUP(avt_freep) char *picture = avt_avatar_path(shelf.storage, profile.id, "picture");
        code = avt_avatar_file_write(profile.data, picture, output, reterr);
    }
    if (code == AVT_OK) {
        avt_cli_set_text(result, "output", output);
        finish(&shelf, result, &profile, "exported");
    }
    avt_record_done(&profile);
    return code;
}

enum avt_code avt_cmd_avatar_import(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *shown = cli->args.operands[0];
    AVT_CLEANUP(findings_done) struct findings findings = {0};
    AVT_CLEANUP(shelf_done) struct shelf shelf = {0};
    AVT_CLEANUP(avt_tmp_freep) struct avt_tmp *tmp = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *about = NULL;
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake = {.fd = -1};
    struct avt_record profile = {0};
    enum avt_code code = open_shelf(cli, &shelf, reterr);
    if (code == AVT_OK)
        code = avt_tmp_new(shelf.storage, &tmp, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *picture = avt_path_join(avt_tmp_path(tmp), "picture");
    int64_t most = (int64_t)avt_config_number(&cli->config, AVT_SET_UPLOAD_LIMIT) << 20;
    code = avt_avatar_file_read(shown, shown, picture, most, &about, reterr);
    if (code == AVT_OK)
        code = avt_intake_open(picture, &intake, reterr);
    if (code == AVT_OK)
        code = check_kind(&intake, shown, reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = look(cli, picture, shown, &findings, reterr);
    if (code != AVT_OK)
        return code;
    add_findings(about, &findings);
    code = keep_given(&shelf, &intake, about, &profile, reterr);
    if (code == AVT_OK)
        say_kept(&shelf, result, &findings, &profile);
    return code;
}
