/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/terminal.h"
#include "os/thread.h"

/* Fast enough to look alive, slow enough not to flicker over a slow line. */
#define REDRAW_S 0.1

enum { TEXT_SIZE = 256, NAME_SIZE = 64 };

struct avt_progress_line {
    struct avt_mutex *lock;
    bool shown, live;
    /* guarded by lock */
    bool drawn;
    double drawn_at_s;
    char text[TEXT_SIZE]; /* of the live line */
    char name[NAME_SIZE]; /* of the work that the last plain line was about */
    int rank;             /* highest stage that a plain line was about */
    int tenth;            /* that the last plain line said */
};

struct avt_progress_line *avt_progress_line_new(bool shown)
{
    struct avt_progress_line *line = avt_new0(struct avt_progress_line, 1);
    line->lock = avt_mutex_new();
    line->shown = shown;
    line->live = avt_terminal_live(STDERR_FILENO);
    return line;
}

void avt_progress_line_free(struct avt_progress_line *line)
{
    if (!line)
        return;
    avt_progress_line_clear(line);
    avt_mutex_free(line->lock);
    avt_free(line);
}

/* Carriage return, then erase to the end of the line (ECMA-48 EL). */
static void erase(struct avt_progress_line *line)
{
    if (line->drawn)
        fputs("\r\033[K", stderr);
    line->drawn = false;
}

static void draw(struct avt_progress_line *line)
{
    /* One column stays free: a line that fills the width would wrap on some terminals. */
    AVT_CLEANUP(avt_freep) char *fitted =
        avt_text_fit(line->text, avt_terminal_width(STDERR_FILENO) - 1);
    fprintf(stderr, "\r%s\033[K", fitted);
    fflush(stderr);
    line->drawn = true;
    line->drawn_at_s = avt_now_s();
}

/** rank > 0: stages work side by side and take turns in being waited for; only the first time that
 *  one is reached is news. 0: every change of `name` is. */
static void show(struct avt_progress_line *line, const char *name, int rank, double fraction,
                 const char *text)
{
    if (!line->shown)
        return;
    avt_mutex_lock(line->lock);
    bool new_name = rank > 0 ? rank > line->rank : !avt_str_equal(line->name, name);
    int tenth = fraction > 0 ? (int)(fraction * 10 + 1e-9) : 0;
    snprintf(line->text, sizeof(line->text), "%s", text);
    if (line->live) {
        if (new_name || !line->drawn || avt_now_s() - line->drawn_at_s >= REDRAW_S)
            draw(line);
    } else if (new_name || tenth > line->tenth) {
        fprintf(stderr, "avatar: %s\n", text);
        line->tenth = tenth;
    }
    line->rank = rank > line->rank ? rank : line->rank;
    snprintf(line->name, sizeof(line->name), "%s", name);
    avt_mutex_unlock(line->lock);
}

void avt_progress_line_stage(struct avt_progress_line *line, const struct avt_progress *progress)
{
    char text[TEXT_SIZE], clock[24];
    const char *name = avt_stage_name(progress->stage);
    size_t used = (size_t)snprintf(text, sizeof(text), "[%d/%d] %s %3.0f %%",
                                   (int)progress->stage + 1, (int)AVT_STAGE_COUNT, name,
                                   progress->fraction * 100);
    if (progress->speed > 0)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "  %.1fx", progress->speed);
    if (progress->eta_s >= 0)
        snprintf(text + used, sizeof(text) - used, "  ETA %s",
                 avt_text_clock(progress->eta_s, clock));
    show(line, name, (int)progress->stage + 1, progress->fraction, text);
}

void avt_progress_line_step(struct avt_progress_line *line, const char *what, double fraction,
                            const char *detail)
{
    char text[TEXT_SIZE];
    enum { BAR = 20 };
    char bar[BAR + 1];
    int done = fraction > 0 ? (int)(fraction * BAR + 1e-9) : 0;
    done = done > BAR ? BAR : done;
    memset(bar, ' ', BAR);
    memset(bar, '#', (size_t)done);
    bar[BAR] = '\0';
    if (fraction < 0)
        snprintf(text, sizeof(text), "%s  %s", what, detail);
    else if (line->live)
        snprintf(text, sizeof(text), "%s  [%s] %3.0f %%  %s", what, bar, fraction * 100, detail);
    else
        snprintf(text, sizeof(text), "%s %.0f %%  %s", what, fraction * 100, detail);
    show(line, what, 0, fraction, text);
}

void avt_progress_line_message(struct avt_progress_line *line, const char *prefix,
                               const char *text)
{
    AVT_CLEANUP(avt_freep) char *safe = avt_text_safe(text);
    avt_mutex_lock(line->lock);
    bool redraw = line->drawn;
    erase(line);
    fprintf(stderr, "%s%s\n", prefix, safe);
    if (redraw)
        draw(line);
    avt_mutex_unlock(line->lock);
}

void avt_progress_line_clear(struct avt_progress_line *line)
{
    avt_mutex_lock(line->lock);
    erase(line);
    fflush(stderr);
    line->name[0] = '\0';
    line->rank = 0;
    line->tenth = 0;
    avt_mutex_unlock(line->lock);
}
