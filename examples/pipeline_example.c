/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A film from a text through libavatar, with progress and a time limit that another thread keeps.
 *
 *     cc pipeline_example.c -o pipeline_example $(pkg-config --cflags --libs avatar) -pthread
 *     ./pipeline_example "Hello." hello.mp4 [PICTURE [SECONDS]]
 */
#include <avatar/avatar.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void on_progress(const struct avt_progress *progress, void *user)
{
    (void)user;
    printf("%s %.0f %%\n", avt_stage_name(progress->stage), progress->fraction * 100);
}

struct limit {
    struct avt_context *context;
    double seconds;
};

/* avt_context_cancel() is the one call that another thread may make while a film is in the works. */
static void *cancel_later(void *user)
{
    const struct limit *limit = user;
    struct timespec wait;
    wait.tv_sec = (time_t)limit->seconds;
    wait.tv_nsec = (long)((limit->seconds - (double)wait.tv_sec) * 1e9);
    nanosleep(&wait, NULL);
    avt_context_cancel(limit->context);
    return NULL;
}

int main(int argc, char **argv)
{
    struct avt_error error = {AVT_OK, ""};
    struct avt_context *context = NULL;
    struct avt_pipeline_options options = AVT_PIPELINE_OPTIONS_INIT;
    struct avt_pipeline_result result;
    struct limit limit = {NULL, 0};
    pthread_t timer;
    enum avt_code code;

    if (argc < 3) {
        fprintf(stderr, "usage: %s TEXT OUTPUT [PICTURE [SECONDS]]\n", argv[0]);
        return 2;
    }
    options.text = argv[1];
    options.output = argv[2];
    options.avatar = argc > 3 ? argv[3] : NULL;
    options.progress = on_progress;

    code = avt_context_open(NULL, &context, &error);
    if (code != AVT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    if (argc > 4) {
        limit.context = context;
        limit.seconds = atof(argv[4]);
        if (pthread_create(&timer, NULL, cancel_later, &limit) != 0)
            limit.context = NULL;
    }
    code = avt_pipeline_run(context, &options, &result, &error);
    if (limit.context) {
        pthread_cancel(timer);
        pthread_join(timer, NULL);
    }
    if (code == AVT_OK)
        printf("%s: %.2f s, %d x %d, made in %.2f s with %s\n", result.output, result.duration_s,
               result.width, result.height, result.total_s, result.voice_engine);
    else
        fprintf(stderr, "%s (%s)\n", error.message, avt_code_text(code));
    avt_context_close(context);
    return code == AVT_OK ? 0 : 1;
}
