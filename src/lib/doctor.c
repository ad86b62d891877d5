/* SPDX-License-Identifier: Apache-2.0 */
/* `avatar doctor`: is everything here that a film needs, and what to do if not. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lib/context.h"
#include "media/film.h"
#include "nn/hardware.h"
#include "nn/imported.h"
#include "nn/session.h"
#include "os/paths.h"
#include "os/proc.h"
#include "os/rates.h"
#include "voice/frontend.h"

struct checks {
    struct avt_check *list;
    size_t count;
};

static void add(struct checks *checks, const char *name, int ok, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void add(struct checks *checks, const char *name, int ok, const char *format, ...)
{
    if (checks->count == AVT_CHECKS_MAX)
        return;
    struct avt_check *check = &checks->list[checks->count++];
    snprintf(check->name, sizeof(check->name), "%s", name);
    check->ok = ok;
    va_list ap;
    va_start(ap, format);
    vsnprintf(check->detail, sizeof(check->detail), format, ap);
    va_end(ap);
}

static void check_machine(struct checks *checks, const struct avt_context *context)
{
    int cores = avt_cpu_count();
    add(checks, "processor", cores >= 2 ? 1 : -1, "%d core%s%s; %d thread%s used", cores,
        cores == 1 ? "" : "s", avt_cpu_has_avx2() ? ", AVX2" : ", no AVX2 (frames take twice as long)",
        context->threads, context->threads == 1 ? "" : "s");
    double free_gb = (double)avt_memory_available_bytes() / 1e9;
    add(checks, "memory", free_gb > 1 ? 1 : -1, "%.1f GB free%s", free_gb,
        free_gb > 1 ? "" : "; a film takes about 0.7 GB: close other programs or use --low-memory");
}

/* What big networks run on, and why. */
static void check_hardware(struct checks *checks, const struct avt_context *context)
{
    struct avt_hardware hardware;
    struct avt_error error = {0};
    const struct avt_hardware_wish wish = avt_context_hardware(context);
    if (avt_hardware_choose(&wish, &hardware, &error) == AVT_OK)
        add(checks, "hardware profile", 1, "%s%s: %s", hardware.profile,
            avt_str_equal(context->hardware, "auto") ? ", chosen" : "", hardware.why);
    else
        add(checks, "hardware profile", 0, "%s", error.message);
}

/* 720p at medium quality, which is what most want to know. */
static void check_speed(struct checks *checks, const struct avt_context *context)
{
    struct avt_rates rates;
    const struct avt_rates_film film = {
        .duration_s = 10, .fps = 25, .width = 1280, .height = 720, .quality = AVT_QUALITY_MEDIUM};
    double stage_s[AVT_RATES_STAGES], total_s;
    long long frames;
    avt_rates_load(context->storage, &rates);
    avt_rates_film(&rates, &film, &frames, stage_s, &total_s);
    if (rates.runs == 0)
        add(checks, "speed", 1, "not measured yet; the first film does that");
    else
        add(checks, "speed", total_s <= 10 ? 1 : -1,
            "a film of 10 s at 1280x720 takes about %.1f s, as %d film%s here did", total_s, rates.runs,
            rates.runs == 1 ? "" : "s");
}

static void check_storage(struct checks *checks, const struct avt_context *context)
{
    struct avt_error error = {0};
    struct statvfs fs;
    if (avt_mkdirs(context->storage, &error) != AVT_OK || access(context->storage, W_OK) != 0) {
        add(checks, "storage", 0, "'%s' cannot be written; choose another with --storage",
            context->storage);
        return;
    }
    double free_gb = statvfs(context->storage, &fs) == 0
                         ? (double)fs.f_bavail * (double)fs.f_frsize / 1e9
                         : 0;
    add(checks, "storage", free_gb > 0.5 ? 1 : -1, "%s, %.1f GB free", context->storage, free_gb);
}

static void check_models(struct checks *checks, struct avt_context *context)
{
    size_t count = avt_models_count(context);
    if (count == 0) {
        add(checks, "model list", 0, "models/manifest.json is missing or damaged; install again");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct avt_model_info model;
        if (avt_models_get(context, i, &model) != AVT_OK || !model.required)
            continue;
        int ok = model.state == AVT_MODEL_INSTALLED;
        const char *advice = model.committed ? "install the program again"
                                             : "run 'avatar models fetch'";
        add(checks, model.id, ok, "%s%s%s", model.title,
            ok                                   ? ""
            : model.state == AVT_MODEL_MISSING   ? " is not installed; "
                                                 : " is damaged; ",
            ok ? "" : advice);
    }
}

/* Models that the user brought: are their folders as they were? */
static void check_imported(struct checks *checks)
{
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    struct avt_error error = {0};
    if (avt_imported_load(&list, &error) != AVT_OK)
        add(checks, "imported models", 0, "%s", error.message);
    for (size_t i = 0; i < list.count; i++) {
        const struct avt_imported *entry = &list.items[i];
        AVT_CLEANUP(avt_freep) struct avt_imported *whole = NULL;
        char size[24] = "";
        long long bytes = 0;
        for (size_t k = 0; k < entry->file_count; k++)
            bytes += entry->files[k].size;
        bool good = avt_imported_choose(entry->engine, entry->name, NULL, &whole, &error) == AVT_OK;
        if (bytes > 0)
            snprintf(size, sizeof(size), ", %.1f GB", (double)bytes / 1e9);
        if (good)
            add(checks, entry->name, 1, "imported: %s%s%s%s%s%s, in %.200s", entry->engine,
                *entry->language ? " in " : "", entry->language, *entry->precision ? ", " : "", entry->precision,
                size, entry->folder);
        else
            add(checks, entry->name, -1, "imported: %s", error.message);
    }
}

static void check_engines(struct checks *checks, struct avt_context *context)
{
    struct avt_error error = {0};
    if (avt_nn_start(context->threads, &error) == AVT_OK)
        add(checks, "neural runtime", 1, "ONNX Runtime %s", avt_nn_version());
    else
        add(checks, "neural runtime", 0, "%s", error.message);

    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    struct avt_token_list tokens = {0};
    static const char word[] = "Zyxxgorp."; /* in no dictionary, so the helper must answer */
    enum avt_code code = avt_frontend_new("en-us", &frontend, &error);
    if (code == AVT_OK)
        code = avt_frontend_run(frontend, word, sizeof(word) - 1, &tokens, &error);
    if (code == AVT_OK)
        add(checks, "phonemizer", 1, "espeak-ng answers for words that the dictionary lacks");
    else
        add(checks, "phonemizer", 0, "%s", error.message);
    avt_token_list_done(&tokens);
}

static void check_encoders(struct checks *checks)
{
    static const struct {
        const char *name, *path;
        int needed;
    } kinds[] = {
        {"MP4", "probe.mp4", 1}, {"WebM", "probe.webm", 0}, {"MOV", "probe.mov", 0}, {"GIF", "probe.gif", 0}};
    AVT_CLEANUP(avt_freep) char *folder = avt_strdup("/tmp/avatar-doctor-XXXXXX");
    if (!mkdtemp(folder))
        return;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, kinds[i].path);
        AVT_CLEANUP(avt_film_freep) struct avt_film *film = NULL;
        struct avt_error error = {0};
        struct avt_film_options options = {.width = 64, .height = 64, .fps_num = 25, .fps_den = 1,
                                           .audio_rate = 24000, .quality = AVT_QUALITY_MEDIUM,
                                           .threads = 1,
                                           .origin = {"algorithmicMedia", "none", "none", "probe"}};
        enum avt_code code = avt_film_open(path, &options, &film, &error);
        add(checks, kinds[i].name, code == AVT_OK ? 1 : kinds[i].needed ? 0 : -1, "%s",
            code == AVT_OK ? "can be written" : error.message);
    }
    (void)rmdir(folder);
}

enum avt_code avt_doctor(struct avt_context *context, struct avt_check *ret_checks,
                         size_t *ret_count, struct avt_error *reterr)
{
    (void)reterr;
    avt_context_begin(context);
    struct checks checks = {.list = ret_checks};
    check_machine(&checks, context);
    check_hardware(&checks, context);
    check_speed(&checks, context);
    check_storage(&checks, context);
    check_models(&checks, context);
    check_engines(&checks, context);
    check_encoders(&checks);
    check_imported(&checks); /* as many as there is room for */
    *ret_count = checks.count;
    return AVT_OK;
}
