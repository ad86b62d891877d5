/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that uses libavatar and watches what that does to it; test_example.py builds and runs it.
 *
 *     library_user manners TEXT OUTPUT PICTURE   a film; a line per progress report, then how it ended
 *     library_user older TEXT PICTURE            calls as a program built against older headers makes them
 *
 * Exit status 0 if all was as promised; else standard output says what was not.
 */
#include <avatar/avatar.h>

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What belongs to the process and not to a library. */
struct process {
    struct sigaction actions[NSIG];
    sigset_t blocked;
    char folder[4096], locale[256];
    mode_t mask;
};

static void look(struct process *ret_process)
{
    int i;
    memset(ret_process, 0, sizeof(*ret_process));
    for (i = 1; i < NSIG; i++)
        (void)sigaction(i, NULL, &ret_process->actions[i]); /* two of them are the C library's own */
    (void)sigprocmask(SIG_SETMASK, NULL, &ret_process->blocked);
    if (!getcwd(ret_process->folder, sizeof(ret_process->folder)))
        ret_process->folder[0] = '\0';
    snprintf(ret_process->locale, sizeof(ret_process->locale), "%s", setlocale(LC_ALL, NULL));
    ret_process->mask = umask(0);
    (void)umask(ret_process->mask);
}

/* How many things are not as they were. */
static int compare(const struct process *before, const char *when)
{
    struct process now;
    int i, changed = 0;
    look(&now);
    for (i = 1; i < NSIG; i++) {
        if (now.actions[i].sa_handler == before->actions[i].sa_handler &&
            now.actions[i].sa_flags == before->actions[i].sa_flags)
            continue;
        printf("%s: signal %d is handled in another way\n", when, i);
        changed++;
    }
    if (memcmp(&now.blocked, &before->blocked, sizeof(now.blocked)) != 0 || now.mask != before->mask) {
        printf("%s: other signals are blocked, or new files get other rights\n", when);
        changed++;
    }
    if (strcmp(now.folder, before->folder) != 0 || strcmp(now.locale, before->locale) != 0) {
        printf("%s: folder %s, locale %s\n", when, now.folder, now.locale);
        changed++;
    }
    return changed;
}

struct watch {
    struct process before;
    int changed;
};

static void on_progress(const struct avt_progress *progress, void *user)
{
    struct watch *watch = user;
    watch->changed += compare(&watch->before, "during the run");
    printf("progress %.4f %.3f %.3f %.3f\n", progress->fraction, progress->elapsed_s, progress->eta_s,
           progress->speed);
}

static int manners(const char *text, const char *output, const char *picture)
{
    struct avt_pipeline_options options = AVT_PIPELINE_OPTIONS_INIT;
    struct avt_pipeline_result result;
    struct avt_context *context = NULL;
    struct avt_error error = {AVT_OK, ""};
    struct watch watch;
    watch.changed = 0;
    /* Unlike the defaults, so that a library that sets them is seen. */
    (void)signal(SIGUSR1, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)umask(027);
    look(&watch.before);
    options.text = text;
    options.output = output;
    options.avatar = picture;
    options.quality = "low";
    options.progress = on_progress;
    options.user = &watch;
    if (avt_context_open(NULL, &context, &error) != AVT_OK ||
        avt_pipeline_run(context, &options, &result, &error) != AVT_OK)
        printf("failed: %s\n", error.message);
    else
        printf("made in %.3f s\n", result.total_s);
    avt_context_close(context);
    watch.changed += compare(&watch.before, "after the run");
    return error.code == AVT_OK && watch.changed == 0 ? 0 : 1;
}

static int failures;

static void expect(const char *what, enum avt_code code, enum avt_code wanted, const struct avt_error *error)
{
    if (code == wanted)
        return;
    printf("%s: %s, not %s: %s\n", what, avt_code_text(code), avt_code_text(wanted), error->message);
    failures++;
}

/* What lies behind the end of an older struct is the caller's own: here, what no call would accept. */
static void older_pipeline(struct avt_context *context, const char *text, const char *picture)
{
    struct avt_pipeline_options options = AVT_PIPELINE_OPTIONS_INIT, newer;
    struct avt_pipeline_estimate estimate, shorter;
    struct avt_error error = {AVT_OK, ""};
    options.text = text;
    options.avatar = picture;
    options.output = "never.mp4";
    expect("as new", avt_pipeline_estimate(context, &options, &estimate, &error), AVT_OK, &error);
    newer = options;
    newer.pitch = 99;
    expect("pitch", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_EINVAL, &error);
    newer = options;
    newer.head_motion = 1.1;
    expect("head motion", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_EINVAL, &error);
    newer = options;
    newer.expressiveness = -1;
    expect("expressiveness", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_EINVAL, &error);
    newer = options;
    newer.blink = 0.5;
    expect("blink", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_EINVAL, &error);
    newer = options;
    newer.emotion = "Happy";
    expect("emotion", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_EINVAL, &error);
    newer.pitch = 99;
    newer.size = offsetof(struct avt_pipeline_options, pitch);
    expect("no pitch yet", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_OK, &error);
    memset((char *)&newer + offsetof(struct avt_pipeline_options, quality), 0x77,
           sizeof(newer) - offsetof(struct avt_pipeline_options, quality));
    newer.size = offsetof(struct avt_pipeline_options, quality);
    expect("no quality yet", avt_pipeline_estimate(context, &newer, &shorter, &error), AVT_OK, &error);
    if (shorter.frames != estimate.frames || shorter.width != estimate.width) {
        printf("the defaults of an older struct make %lld frames of %d pixels, not %lld of %d\n", shorter.frames,
               shorter.width, estimate.frames, estimate.width);
        failures++;
    }
}

static void older_speech(struct avt_context *context, const char *text)
{
    struct avt_speech_options options = AVT_SPEECH_OPTIONS_INIT;
    struct avt_speech_result result;
    struct avt_error error = {AVT_OK, ""};
    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    options.text = text;
    options.output = "older.wav";
    memset((char *)&options + offsetof(struct avt_speech_options, progress), 0x77,
           sizeof(options) - offsetof(struct avt_speech_options, progress));
    options.size = offsetof(struct avt_speech_options, progress);
    expect("speech", avt_speech_synthesize(context, &options, &result, &error), AVT_OK, &error);
    /* And a result that ends early: the rest is not touched. */
    memset(&result, 0x77, sizeof(result));
    result.size = offsetof(struct avt_speech_result, first_sound_s);
    expect("result", avt_speech_synthesize(context, &options, &result, &error), AVT_OK, &error);
    if (result.warning[0] != 0x77 || result.words < 1) {
        printf("an older result was written beyond its end, or not at all\n");
        failures++;
    }
}

static int older(const char *text, const char *picture)
{
    struct avt_context_options options = AVT_CONTEXT_OPTIONS_INIT;
    struct avt_context *context = NULL;
    struct avt_error error = {AVT_OK, ""};
    options.threads = 9999;
    expect("threads", avt_context_open(&options, &context, &error), AVT_EINVAL, &error);
    memset((char *)&options + offsetof(struct avt_context_options, threads), 0x77,
           sizeof(options) - offsetof(struct avt_context_options, threads));
    options.size = offsetof(struct avt_context_options, threads);
    expect("context", avt_context_open(&options, &context, &error), AVT_OK, &error);
    if (!context)
        return 1;
    older_pipeline(context, text, picture);
    older_speech(context, text);
    avt_context_close(context);
    return failures > 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "manners") == 0)
        return manners(argv[2], argv[3], argv[4]);
    if (argc == 4 && strcmp(argv[1], "older") == 0)
        return older(argv[2], argv[3]);
    return 2;
}
