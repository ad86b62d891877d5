/* SPDX-License-Identifier: Apache-2.0 */
/* worker: takes jobs from the store and runs them, until it is told to end. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/logline.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/run_job.h"
#include "jobs/worker.h"
#include "os/paths.h"
#include "store/layout.h"

/* Told apart from a crash in the log of the supervisor. */
enum { STATUS_STUCK = 70 };
#define OOM_SCORE "500"

struct session {
    enum avt_logline_form form;
    enum avt_log_level level_max;
    char name[AVT_WORKER_NAME_SIZE];
};

/* ---- log ------------------------------------------------------------------------------------- */

static void on_log(enum avt_log_level level, const struct avt_job *job, const char *text,
                   void *user)
{
    const struct session *session = user;
    if (level > session->level_max)
        return;
    const struct avt_logline_field fields[] = {
        {"job", job ? job->id : NULL},
        {"type", job ? avt_job_type_name(job->type) : NULL},
        {"request_id", job ? job->request_id : NULL},
        {NULL, NULL},
    };
    avt_logline(session->form, session->name, level, text, fields);
}

static void on_message(bool problem, const char *text, void *user)
{
    on_log(problem ? AVT_LOG_WARN : AVT_LOG_INFO, NULL, text, user);
}

static void on_damage(const char *sentence, void *user)
{
    on_log(AVT_LOG_WARN, NULL, sentence, user);
}

static void on_stuck(void *user)
{
    (void)user;
    _exit(STATUS_STUCK);
}

static void on_signal(void *user)
{
    avt_worker_drain(user);
}

/* ---- options --------------------------------------------------------------------------------- */

/** What of the machine's name may stand in a worker's. */
static void default_name(char ret_name[AVT_WORKER_NAME_SIZE])
{
    char host[32] = "";
    if (gethostname(host, sizeof(host) - 1) != 0 || !avt_worker_name_valid(host))
        snprintf(host, sizeof(host), "worker");
    host[strcspn(host, ".")] = '\0';
    snprintf(ret_name, AVT_WORKER_NAME_SIZE, "%s-%d", host, (int)getpid());
}

static int64_t setting(const struct avt_cli *cli, enum avt_setting id)
{
    return avt_config_number(&cli->config, id);
}

static struct avt_worker_options options_of(const struct avt_cli *cli,
                                            const struct session *session)
{
    struct avt_worker_options options = avt_worker_options_default;
    options.name = session->name;
    options.interactive = cli->args.given[AVT_OPT_WORKER_INTERACTIVE] > 0;
    options.once = cli->args.given[AVT_OPT_ONCE] > 0;
    options.lease_ms = setting(cli, AVT_SET_LEASE);
    options.poll_ms = setting(cli, AVT_SET_POLL);
    options.rescues_max = (int)setting(cli, AVT_SET_RESCUES);
    options.drain_ms = setting(cli, AVT_SET_DRAIN);
    int64_t limit_ms = setting(cli, AVT_SET_TIME_LIMIT);
    for (int i = 0; limit_ms > 0 && i < AVT_JOB_TYPE_COUNT; i++)
        if (i != AVT_JOB_WEBHOOK)
            options.time_limit_ms[i] = limit_ms;
    /* Who started this one by hand would have to start it again; the default is for a server that
     * does. */
    bool supervised = cli->args.given[AVT_OPT_SUPERVISED] > 0;
    bool asked = cli->config.values[AVT_SET_RECYCLE_JOBS].origin != AVT_CONFIG_DEFAULT;
    options.jobs_max = supervised || asked ? setting(cli, AVT_SET_RECYCLE_JOBS) : 0;
    options.rss_max_bytes = setting(cli, AVT_SET_RECYCLE_MEMORY) * 1000000;
    options.budget_bytes = setting(cli, AVT_SET_MEMORY_BUDGET) * 1000000;
    options.parent_fd = supervised ? STDIN_FILENO : -1;
    options.stuck = on_stuck;
    options.log = on_log;
    return options;
}

/* Pictures and sounds of strangers are decoded here. No image of the memory with what users sent in
 * is left behind by a crash, and when memory runs out it is a worker that goes, not the server. */
static void set_limits(bool supervised)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    int fd = supervised ? open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    ssize_t ignored = write(fd, OOM_SCORE, strlen(OOM_SCORE));
    (void)ignored;
    close(fd);
}

/* ---- command --------------------------------------------------------------------------------- */

static void report(struct avt_cli *cli, json_t *result, const struct session *session,
                   enum avt_worker_end end, const struct avt_worker_counts *counts)
{
    static const char *const ends[] = {[AVT_WORKER_ONCE] = "once",
                                       [AVT_WORKER_DRAINED] = "drained",
                                       [AVT_WORKER_RECYCLE] = "recycle"};
    avt_cli_set_text(result, "worker", session->name);
    avt_cli_set_text(result, "end", ends[end]);
    avt_cli_set_int(result, "completed", counts->completed);
    avt_cli_set_int(result, "failed", counts->failed);
    avt_cli_set_int(result, "retried", counts->retried);
    avt_cli_set_int(result, "cancelled", counts->cancelled);
    avt_cli_set_int(result, "handed_back", counts->handed_back);
    avt_cli_set_int(result, "lost", counts->lost);
    if (cli->args.given[AVT_OPT_SUPERVISED])
        return; /* standard output is the server's, which knows */
    avt_cli_say(
        cli,
        "%s: %lld completed, %lld failed, %lld to be tried again, %lld cancelled, %lld handed "
        "back, %lld lost\n",
        session->name, counts->completed, counts->failed, counts->retried, counts->cancelled,
        counts->handed_back, counts->lost);
}

static enum avt_code work(struct avt_cli *cli, const struct session *session,
                          struct avt_worker_options *options, json_t *result,
                          struct avt_error *reterr)
{
    AVT_CLEANUP(avt_job_runner_freep) struct avt_job_runner *runner = NULL;
    AVT_CLEANUP(avt_worker_freep) struct avt_worker *worker = NULL;
    enum avt_worker_end end = AVT_WORKER_DRAINED;
    const struct avt_job_runner_options runner_options = {
        .storage = options->storage,
        .threads = (int)cli->args.number[AVT_OPT_THREADS],
        .memory_bytes = options->budget_bytes,
        .vram_bytes = setting(cli, AVT_SET_VRAM),
        .hardware = avt_config_text(&cli->config, AVT_SET_HARDWARE),
        .leave_gpu = setting(cli, AVT_SET_LEAVE_GPU) != 0,
        .message = on_message,
        .user = options->user,
    };
    enum avt_code code = avt_job_runner_new(&runner_options, &runner, reterr);
    if (code == AVT_OK)
        code = avt_worker_new(options, avt_job_runner_table(runner), &worker, reterr);
    if (code != AVT_OK)
        return code;
    avt_interrupt_call(on_signal, worker);
    code = avt_worker_run(worker, &end, reterr);
    avt_interrupt_call(NULL, NULL);
    struct avt_worker_counts counts;
    avt_worker_counts(worker, &counts);
    report(cli, result, session, end, &counts);
    return code;
}

enum avt_code avt_cmd_worker(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    struct session session = {.level_max = cli->quiet ? AVT_LOG_ERROR : AVT_LOG_INFO};
    const char *name = cli->args.text[AVT_OPT_WORKER_NAME];
    (void)avt_logline_form_parse(avt_config_text(&cli->config, AVT_SET_LOG), &session.form);
    if (!name)
        default_name(session.name);
    else if (avt_worker_name_valid(name))
        memcpy(session.name, name, strlen(name) + 1);
    else
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' cannot name a worker: use up to %d letters, digits, dots, dashes and "
                        "underscores",
                        name, AVT_WORKER_NAME_SIZE - 1);
    set_limits(cli->args.given[AVT_OPT_SUPERVISED] > 0);
    AVT_CLEANUP(avt_freep) char *storage = avt_path_storage(cli->args.text[AVT_OPT_STORAGE]);
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    const struct avt_jobstore_options store_options = {
        .storage = storage,
        .kind = avt_config_text(&cli->config, AVT_SET_STORE),
        .report = on_damage,
        .user = &session};
    enum avt_code code = avt_layout_make(storage, reterr);
    if (code == AVT_OK)
        code = avt_jobstore_open(&store_options, &store, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_worker_options options = options_of(cli, &session);
    options.storage = storage;
    options.store = store;
    options.user = &session;
    return work(cli, &session, &options, result, reterr);
}
