/* SPDX-License-Identifier: Apache-2.0 */
/* server start, status, stop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/http_call.h"
#include "cli/interrupt.h"
#include "cli/job_text.h"
#include "cli/terminal.h"
#include "os/paths.h"
#include "store/layout.h"

enum { RUN_FILE_BYTES_MAX = 4096, STOP_POLL_MS = 100, STOP_EXTRA_MS = 20000 };

static char *storage_of(const struct avt_cli *cli)
{
    return avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
}

/* ---- start -------------------------------------------------------------------------------------
 */

/** What the server cannot find out for itself goes into the settings that it is given. */
static enum avt_code settle(struct avt_cli *cli, const char *storage, struct avt_error *reterr)
{
    const char *announce = cli->json ? "json" : cli->quiet ? "none" : "text";
    const struct {
        enum avt_setting id;
        const char *text;
    } rows[] = {{AVT_SET_STORAGE, storage},
                {AVT_SET_STORE, avt_cli_store_kind(cli, storage)},
                {AVT_SET_ANNOUNCE, announce}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AVT_CLEANUP(avt_freep) char *text = avt_strdup(rows[i].text);
        enum avt_code code = avt_config_set(&cli->config, rows[i].id, text, AVT_CONFIG_COMMAND,
                                            avt_setting_info(rows[i].id)->name, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

/** This process becomes the server, so that a supervisor such as systemd sees one process from the
 * start and signals reach it. */
enum avt_code avt_cmd_server_start(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    (void)result;
    AVT_CLEANUP(avt_freep) char *storage = storage_of(cli);
    AVT_CLEANUP(avt_freep) char *program = avt_path_helper("avatar-server");
    if (!program)
        return avt_fail(reterr, AVT_ENOENT,
                        "avatar-server, which is the server, is not installed "
                        "beside this program: install it again");
    enum avt_code code = avt_cli_storage_owner(storage, reterr);
    if (code == AVT_OK)
        code = settle(cli, storage, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_config_list_freep)
    char **options = avt_config_to_args(&cli->config, AVT_FOR_SERVER);
    char *argv[AVT_SETTING_COUNT + 2] = {program};
    for (size_t i = 0; options[i]; i++)
        argv[i + 1] = options[i];
    avt_config_export_secrets(&cli->config, AVT_FOR_SERVER);
    avt_progress_line_clear(cli->progress);
    fflush(stdout);
    avt_interrupt_reset();
    execv(program, argv);
    return avt_fail(reterr, AVT_EINTERNAL, "'%s' cannot be started: %s", program, strerror(errno));
}

/* ---- status ------------------------------------------------------------------------------------
 */

/** What run/server.json says of the server that holds the storage; "" if it does not yet. Owned. */
static char *url_of_storage(const char *storage)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(storage, AVT_LAYOUT_RUN);
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, "server.json");
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    if (avt_json_read_file(path, RUN_FILE_BYTES_MAX, &json, NULL) != AVT_OK)
        return avt_strdup("");
    return avt_strdup(avt_backend_text(json, "url"));
}

static enum avt_code no_server(const char *storage, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENETWORK,
                    "no server runs on the storage '%s': 'avatar server start' starts one",
                    storage);
}

/** The server that is asked: --server, or the one on the storage. *ret_pid 0: not known. */
static enum avt_code find_server(struct avt_cli *cli, int *ret_pid, char **ret_url,
                                 struct avt_error *reterr)
{
    const char *given = avt_config_text(&cli->config, AVT_SET_SERVER);
    AVT_CLEANUP(avt_freep) char *storage = storage_of(cli);
    *ret_pid = 0;
    if (given) {
        *ret_url = avt_strdup(given);
        return AVT_OK;
    }
    *ret_pid = avt_server_lock_holder(storage);
    if (*ret_pid == 0)
        return no_server(storage, reterr);
    AVT_CLEANUP(avt_freep) char *url = url_of_storage(storage);
    if (!*url)
        return avt_fail(reterr, AVT_ENETWORK, "the server (process %d) is starting: try again",
                        *ret_pid);
    *ret_url = AVT_TAKE(url);
    return AVT_OK;
}

static void row(struct avt_table *table, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void row(struct avt_table *table, const char *name, const char *format, ...)
{
    va_list list;
    char text[512];
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    avt_table_row(table, (const char *[]){name, text});
}

static double number_at(const json_t *json, const char *outer, const char *key)
{
    return json_number_value(json_object_get(json_object_get(json, outer), key));
}

static void worker_rows(struct avt_table *table, const json_t *status)
{
    size_t i;
    json_t *worker;
    char size[24];
    json_array_foreach(json_object_get(status, "workers"), i, worker)
    {
        double memory_mb = json_number_value(json_object_get(worker, "memory_mb"));
        const char *job = avt_backend_text(worker, "job");
        row(table, avt_backend_text(worker, "name"), "%s%s%s, %s",
            avt_backend_text(worker, "state"), *job ? " with " : "", job,
            avt_text_bytes((long long)(memory_mb * 1e6), size));
    }
}

static void model_rows(struct avt_table *table, const json_t *status)
{
    size_t i;
    json_t *model;
    char size[24];
    json_array_foreach(json_object_get(status, "models"), i, model)
    {
        double size_mb = json_number_value(json_object_get(model, "size_mb"));
        row(table, "loaded", "%s by %s, %s", avt_backend_text(model, "id"),
            avt_backend_text(model, "worker"), avt_text_bytes((long long)(size_mb * 1e6), size));
    }
}

static void print_status(struct avt_cli *cli, const json_t *result)
{
    const json_t *status = json_object_get(result, "status");
    const char *const headings[] = {"server", avt_backend_text(result, "url")};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 2);
    char up[24], free_text[24], server[24], workers[24];
    long long pid = json_integer_value(json_object_get(result, "pid"));
    if (!avt_cli_talks(cli))
        return;
    row(table, "version", "%s", avt_backend_text(result, "version"));
    if (pid > 0)
        row(table, "process", "%lld", pid);
    row(table, "up for", "%s",
        avt_job_text_age((int64_t)(json_number_value(json_object_get(result, "uptime_s")) * 1000),
                         up));
    if (status) {
        const json_t *jobs = json_object_get(status, "jobs");
        row(table, "access", "%s", avt_backend_text(status, "authentication"));
        row(table, "jobs", "%lld waiting, %lld running, %lld completed, %lld failed",
            (long long)json_integer_value(json_object_get(jobs, "pending")),
            (long long)json_integer_value(json_object_get(jobs, "running")),
            (long long)json_integer_value(json_object_get(jobs, "completed")),
            (long long)json_integer_value(json_object_get(jobs, "failed")));
        worker_rows(table, status);
        model_rows(table, status);
        row(table, "memory", "%s the server, %s its workers",
            avt_text_bytes((long long)(number_at(status, "memory", "server_mb") * 1e6), server),
            avt_text_bytes((long long)(number_at(status, "memory", "workers_mb") * 1e6), workers));
        row(table, "disk", "%s free",
            avt_text_bytes((long long)(number_at(status, "disk", "free_mb") * 1e6), free_text));
    }
    avt_table_print(table, stdout, cli->width);
}

enum avt_code avt_cmd_server_status(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *url = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *health = NULL;
    AVT_CLEANUP(avt_http_call_done) struct avt_http_call call = {0};
    json_t *status = NULL;
    int pid = 0;
    enum avt_code code = find_server(cli, &pid, &url, reterr);
    if (code == AVT_OK)
        code = avt_http_call_init(&call, cli, url, reterr);
    if (code == AVT_OK)
        code = avt_http_call(&call, "GET", "/health", NULL, &health, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "url", url);
    if (pid > 0)
        avt_cli_set_int(result, "pid", pid);
    avt_cli_set_text(result, "version", avt_backend_text(health, "version"));
    json_object_set(result, "uptime_s", json_object_get(health, "uptime_s"));
    /* Without a key that may look, the rest is none of our business. */
    code = avt_http_call(&call, "GET", "/status", NULL, &status, reterr);
    if (code == AVT_OK)
        json_object_set_new(result, "status", status);
    else if (code == AVT_EDENIED)
        avt_cli_warn(cli, "more is shown with --key, or AVATAR_KEY");
    else
        return code;
    print_status(cli, result);
    return AVT_OK;
}

/* ---- stop --------------------------------------------------------------------------------------
 */

enum avt_code avt_cmd_server_stop(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *storage = storage_of(cli);
    int64_t patience_ms = avt_config_number(&cli->config, AVT_SET_DRAIN) + STOP_EXTRA_MS;
    int pid = avt_server_lock_holder(storage);
    char detail[64];
    avt_cli_set_bool(result, "stopped", pid > 0);
    if (pid == 0) {
        avt_cli_say(cli, "no server runs on the storage '%s'\n", storage);
        return AVT_OK;
    }
    avt_cli_set_int(result, "pid", pid);
    snprintf(detail, sizeof(detail), "server (process %d) finishes what it is at", pid);
    if (kill(pid, SIGTERM) != 0 && errno != ESRCH)
        return avt_fail(reterr, AVT_EIO, "the server (process %d) cannot be stopped: %s", pid,
                        strerror(errno));
    for (int64_t waited_ms = 0; avt_server_lock_holder(storage) == pid; waited_ms += STOP_POLL_MS) {
        if (avt_interrupted())
            return avt_fail(reterr, AVT_ECANCELLED, "stopped waiting; the server still stops");
        if (waited_ms > patience_ms)
            return avt_fail(reterr, AVT_ETIMEOUT, "the server (process %d) still runs after %lld s",
                            pid, (long long)(waited_ms / 1000));
        avt_progress_line_step(cli->progress, "stopping", -1, detail);
        avt_interrupt_sleep_ms(STOP_POLL_MS);
    }
    avt_progress_line_clear(cli->progress);
    avt_cli_say(cli, "the server (process %d) has stopped\n", pid);
    return AVT_OK;
}
