/* SPDX-License-Identifier: Apache-2.0 */
/* keys create, list, revoke: who may use the server. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/job_text.h"
#include "cli/jobs.h"
#include "cli/terminal.h"
#include "store/keys.h"

static enum avt_code fill_key(struct avt_cli *cli, struct avt_jobstore *store, struct avt_key *key,
                              struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    AVT_CLEANUP(avt_freep) char *scopes = avt_cli_list_text(cli, AVT_OPT_SCOPE);
    const char *name = args->text[AVT_OPT_KEY_NAME] ? args->text[AVT_OPT_KEY_NAME] : "";
    if (strlen(name) >= sizeof(key->label))
        return avt_fail(reterr, AVT_EINVAL, "--name is longer than %zu bytes",
                        sizeof(key->label) - 1);
    snprintf(key->label, sizeof(key->label), "%s", name);
    if (!avt_scopes_parse(scopes, &key->scopes))
        return avt_fail(reterr, AVT_EINVAL,
                        "--scope cannot be '%.100s'; it is a list of read, submit, admin", scopes);
    if (args->given[AVT_OPT_EXPIRES])
        key->expires_ms = avt_jobstore_now_ms(store) + (int64_t)args->number[AVT_OPT_EXPIRES];
    /* 0, the server's own, where it is not given. */
    key->requests_per_minute = (int)args->number[AVT_OPT_KEY_RATE];
    key->concurrent_jobs = (int)args->number[AVT_OPT_KEY_JOBS];
    return AVT_OK;
}

enum avt_code avt_cmd_keys_create(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    struct avt_key key = {0};
    char text[AVT_KEY_TEXT_SIZE], scopes[24];
    enum avt_code code = avt_cli_store(cli, &store, reterr);
    if (code == AVT_OK)
        code = fill_key(cli, store, &key, reterr);
    if (code == AVT_OK)
        code = avt_keys_create(store, &key, text, reterr);
    if (code != AVT_OK)
        return code;
    json_object_set_new(result, "info", avt_key_to_json(&key));
    avt_cli_set_text(result, "key", text);
    avt_scopes_format(key.scopes, scopes);
    avt_cli_say(cli,
                "%s\n\nThe key %s (%s). It is shown this once and kept nowhere: note it now.\n",
                text, key.id, scopes);
    return AVT_OK;
}

static void add_key(struct avt_table *table, const struct avt_key *key, int64_t now_ms)
{
    char scopes[24], expires[40] = "never", used[40] = "never", number[24];
    avt_scopes_format(key->scopes, scopes);
    if (key->expires_ms > 0)
        snprintf(expires, sizeof(expires), "in %s",
                 avt_job_text_age(key->expires_ms - now_ms, number));
    if (key->last_used_ms > 0)
        snprintf(used, sizeof(used), "%s ago",
                 avt_job_text_age(now_ms - key->last_used_ms, number));
    avt_table_row(table, (const char *[]){key->id, scopes, expires, used, key->label});
}

enum avt_code avt_cmd_keys_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *const headings[] = {"id", "scope", "expires", "last used", "name"};
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 5);
    struct avt_key *found = NULL;
    size_t count = 0;
    enum avt_code code = avt_cli_store(cli, &store, reterr);
    if (code == AVT_OK)
        code = avt_keys_list(store, &found, &count, reterr);
    AVT_CLEANUP(avt_freep) struct avt_key *keys = found;
    if (code != AVT_OK)
        return code;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, avt_key_to_json(&keys[i]));
        add_key(table, &keys[i], avt_jobstore_now_ms(store));
    }
    json_object_set_new(result, "keys", list);
    if (count == 0)
        avt_cli_say(cli, "there are no keys: 'avatar keys create --name NAME' makes one\n");
    else if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    return AVT_OK;
}

/** The one key whose id begins so. */
static enum avt_code find_key(struct avt_jobstore *store, const char *prefix,
                              struct avt_key *ret_key, struct avt_error *reterr)
{
    struct avt_key *found = NULL;
    size_t count = 0, matches = 0;
    enum avt_code code = avt_keys_list(store, &found, &count, reterr);
    AVT_CLEANUP(avt_freep) struct avt_key *keys = found;
    for (size_t i = 0; code == AVT_OK && i < count; i++)
        if (*prefix && avt_str_starts(keys[i].id, prefix)) {
            *ret_key = keys[i];
            matches++;
        }
    if (code != AVT_OK)
        return code;
    if (matches == 0)
        return avt_fail(reterr, AVT_ENOENT, "there is no key '%.60s'; 'avatar keys list' shows all",
                        prefix);
    if (matches > 1)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.60s' begins the id of more than one key: give more of it", prefix);
    return AVT_OK;
}

enum avt_code avt_cmd_keys_revoke(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    const char *id = cli->args.operands[0];
    struct avt_key key = {0};
    enum avt_code code = avt_cli_store(cli, &store, reterr);
    if (code == AVT_OK)
        code = find_key(store, id, &key, reterr);
    if (code == AVT_OK)
        code = avt_keys_revoke(store, key.id, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "id", key.id);
    avt_cli_set_bool(result, "revoked", true);
    avt_cli_say(cli, "%s: revoked, at once and for good; what was made with it stays\n", key.id);
    return AVT_OK;
}
