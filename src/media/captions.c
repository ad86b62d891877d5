/* SPDX-License-Identifier: Apache-2.0 */
#include "media/captions.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/cues.h"

/* 10 hours of speech are about 3 MB of captions. */
enum { CAPTIONS_BYTES_MAX = 64 << 20 };

/*
 * How burned captions look, as shares of the shorter side: letters of 6 % are what broadcasters
 * use. DejaVu Sans as libass sizes it (by line height) is .5 of the size wide on average, .56 for
 * lines of wide letters.
 */
#define ASS_FONT          "DejaVu Sans"
#define ASS_SIZE          .062
#define ASS_OUTLINE       .0035
#define ASS_LETTER_WIDTH  .54
#define ASS_SIDE_MARGIN   .05 /* of the width: the title-safe area of EBU R 95 */
#define ASS_BOTTOM_MARGIN .05 /* of the height */
enum { ASS_SIZE_MIN = 10, ASS_COLUMNS_MIN = 8 };

bool avt_captions_parse(const char *name, enum avt_captions *ret_captions)
{
    static const char *const names[] = {
        [AVT_CAPTIONS_NONE] = "none",
        [AVT_CAPTIONS_SRT] = "srt",
        [AVT_CAPTIONS_VTT] = "vtt",
        [AVT_CAPTIONS_BURN] = "burn",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (avt_str_equal(name, names[i])) {
            *ret_captions = (enum avt_captions)i;
            return true;
        }
    }
    return false;
}

/* h:mm:ss with `digits` decimals of a second. */
static void append_time(struct avt_buf *buf, double seconds, int hour_digits, int digits,
                        char decimal_mark)
{
    long long unit = digits == 3 ? 1000 : 100;
    long long ticks = llround(seconds * (double)unit);
    (void)avt_buf_printf(buf, "%0*lld:%02lld:%02lld%c%0*lld", hour_digits, ticks / unit / 3600,
                         ticks / unit / 60 % 60, ticks / unit % 60, decimal_mark, digits,
                         ticks % unit);
}

static char *take(struct avt_buf *buf)
{
    avt_assert(!buf->overflowed);
    return avt_buf_take(buf);
}

char *avt_captions_srt(const struct avt_timeline *timeline)
{
    AVT_CLEANUP(avt_cues_freep)
    struct avt_cues *cues = avt_cues_new(timeline, AVT_CUE_LINE_COLUMNS);
    struct avt_buf buf = AVT_BUF_INIT(CAPTIONS_BYTES_MAX);
    for (size_t i = 0; i < cues->count; i++) {
        const struct avt_cue *cue = &cues->items[i];
        (void)avt_buf_printf(&buf, "%s%zu\n", i > 0 ? "\n" : "", i + 1);
        append_time(&buf, cue->start, 2, 3, ',');
        (void)avt_buf_append_str(&buf, " --> ");
        append_time(&buf, cue->end, 2, 3, ',');
        for (int line = 0; line < AVT_CUE_LINES && cue->lines[line]; line++)
            (void)avt_buf_printf(&buf, "\n%s", cue->lines[line]);
        (void)avt_buf_append_char(&buf, '\n');
    }
    return take(&buf);
}

/* WebVTT, 6.4: a cue text is markup. */
static void append_vtt_line(struct avt_buf *buf, const char *line)
{
    for (; *line != '\0'; line++) {
        if (*line == '&')
            (void)avt_buf_append_str(buf, "&amp;");
        else if (*line == '<')
            (void)avt_buf_append_str(buf, "&lt;");
        else if (*line == '>')
            (void)avt_buf_append_str(buf, "&gt;");
        else
            (void)avt_buf_append_char(buf, *line);
    }
}

char *avt_captions_vtt(const struct avt_timeline *timeline)
{
    AVT_CLEANUP(avt_cues_freep)
    struct avt_cues *cues = avt_cues_new(timeline, AVT_CUE_LINE_COLUMNS);
    struct avt_buf buf = AVT_BUF_INIT(CAPTIONS_BYTES_MAX);
    (void)avt_buf_append_str(&buf, "WEBVTT\n");
    for (size_t i = 0; i < cues->count; i++) {
        const struct avt_cue *cue = &cues->items[i];
        (void)avt_buf_printf(&buf, "\n%zu\n", i + 1);
        append_time(&buf, cue->start, 2, 3, '.');
        (void)avt_buf_append_str(&buf, " --> ");
        append_time(&buf, cue->end, 2, 3, '.');
        for (int line = 0; line < AVT_CUE_LINES && cue->lines[line]; line++) {
            (void)avt_buf_append_char(&buf, '\n');
            append_vtt_line(&buf, cue->lines[line]);
        }
        (void)avt_buf_append_char(&buf, '\n');
    }
    return take(&buf);
}

/* Braces start overrides and a backslash starts \N and its like; neither has an escape that all
 * renderers know, so a word joiner (no width) is put where the second character would count. */
static void append_ass_line(struct avt_buf *buf, const char *line)
{
    for (; *line != '\0'; line++) {
        if (*line == '{' || *line == '}')
            (void)avt_buf_append_char(buf, '\\');
        (void)avt_buf_append_char(buf, *line);
        if (*line == '\\')
            (void)avt_buf_append_str(buf, "\u2060");
    }
}

static void append_ass_head(struct avt_buf *buf, int width, int height, int side, int size,
                            double outline)
{
    (void)avt_buf_printf(buf,
                         "[Script Info]\n"
                         "ScriptType: v4.00+\n"
                         "PlayResX: %d\n"
                         "PlayResY: %d\n"
                         "WrapStyle: 0\n"
                         "ScaledBorderAndShadow: yes\n"
                         "YCbCr Matrix: None\n\n",
                         width, height);
    (void)avt_buf_printf(
        buf,
        "[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
        "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
        "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
        "Style: Default,%s,%d,&H00FFFFFF,&H00FFFFFF,&H10000000,&H80000000,0,0,0,0,100,100,0,0,1,"
        "%.1f,%.1f,2,%d,%d,%d,1\n\n"
        "[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
        ASS_FONT, size, outline, outline / 2, side, side, (int)(height * ASS_BOTTOM_MARGIN));
}

char *avt_captions_ass(const struct avt_timeline *timeline, int width, int height, int kept_free)
{
    avt_assert(width > 0 && height > 0 && kept_free < width / 2);
    int shorter = width < height ? width : height;
    int size = (int)lround(shorter * ASS_SIZE);
    size = size < ASS_SIZE_MIN ? ASS_SIZE_MIN : size;
    double side = fmax(width * ASS_SIDE_MARGIN, kept_free), room = width - 2 * side;
    int columns = (int)(room / (size * ASS_LETTER_WIDTH));
    columns = columns > AVT_CUE_LINE_COLUMNS ? AVT_CUE_LINE_COLUMNS : columns;
    columns = columns < ASS_COLUMNS_MIN ? ASS_COLUMNS_MIN : columns;

    AVT_CLEANUP(avt_cues_freep) struct avt_cues *cues = avt_cues_new(timeline, columns);
    struct avt_buf buf = AVT_BUF_INIT(CAPTIONS_BYTES_MAX);
    append_ass_head(&buf, width, height, (int)side, size, fmax(shorter * ASS_OUTLINE, 1));
    for (size_t i = 0; i < cues->count; i++) {
        const struct avt_cue *cue = &cues->items[i];
        (void)avt_buf_append_str(&buf, "Dialogue: 0,");
        append_time(&buf, cue->start, 1, 2, '.');
        (void)avt_buf_append_char(&buf, ',');
        append_time(&buf, cue->end, 1, 2, '.');
        (void)avt_buf_append_str(&buf, ",Default,,0,0,0,,");
        for (int line = 0; line < AVT_CUE_LINES && cue->lines[line]; line++) {
            (void)avt_buf_append_str(&buf, line > 0 ? "\\N" : "");
            append_ass_line(&buf, cue->lines[line]);
        }
        (void)avt_buf_append_char(&buf, '\n');
    }
    return take(&buf);
}
