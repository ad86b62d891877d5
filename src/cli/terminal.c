/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

/* Text that is shown: error messages, file names, table cells. */
enum { TEXT_BYTES_MAX = 1 << 20, WIDTH_MAX = 1000 };

int avt_terminal_width(int fd)
{
    struct winsize size;
    int64_t columns = 0;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    else if (!getenv("COLUMNS") ||
             !avt_parse_int(getenv("COLUMNS"), AVT_TERMINAL_WIDTH_MIN, WIDTH_MAX, &columns))
        columns = AVT_TERMINAL_WIDTH_DEFAULT;
    return columns < AVT_TERMINAL_WIDTH_MIN ? AVT_TERMINAL_WIDTH_MIN : (int)columns;
}

bool avt_terminal_live(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term && *term && !avt_str_equal(term, "dumb");
}

bool avt_terminal_colour(int fd)
{
    const char *no = getenv("NO_COLOR");
    return avt_terminal_live(fd) && !(no && *no);
}

/* ---- text ---------------------------------------------------------------------------------- */

/** Characters that steer a terminal or turn the order of text round. */
static bool is_unsafe(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x200e || cp == 0x200f || cp == 0x2028 ||
           cp == 0x2029 || (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) ||
           cp == 0xfeff;
}

char *avt_text_safe(const char *text)
{
    struct avt_buf out = AVT_BUF_INIT(TEXT_BYTES_MAX);
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t cp = 0;
        size_t length = avt_utf8_decode(text + i, size - i, &cp);
        if (length == 0) {
            avt_buf_printf(&out, "\\x%02x", (unsigned char)text[i]);
            length = 1;
        } else if (is_unsafe(cp)) {
            avt_buf_printf(&out, cp < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)cp);
        } else {
            avt_buf_append(&out, text + i, length);
        }
        i += length;
    }
    return avt_buf_take(&out);
}

char *avt_text_utf8(const char *text)
{
    struct avt_buf out = AVT_BUF_INIT(TEXT_BYTES_MAX);
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t cp = 0;
        size_t length = avt_utf8_decode(text + i, size - i, &cp);
        if (length == 0)
            avt_buf_append_utf8(&out, 0xFFFD);
        else
            avt_buf_append(&out, text + i, length);
        i += length ? length : 1;
    }
    return avt_buf_take(&out);
}

/** Unicode 15 in coarse ranges: enough to keep a table straight. */
static int columns_of(uint32_t cp)
{
    if ((cp >= 0x300 && cp <= 0x36f) || (cp >= 0x200b && cp <= 0x200d) ||
        (cp >= 0xfe00 && cp <= 0xfe0f))
        return 0;
    if ((cp >= 0x1100 && cp <= 0x115f) || (cp >= 0x2e80 && cp <= 0xa4cf) ||
        (cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0xf900 && cp <= 0xfaff) ||
        (cp >= 0xfe30 && cp <= 0xfe6f) || (cp >= 0xff00 && cp <= 0xff60) ||
        (cp >= 0x1f300 && cp <= 0x1f9ff) || (cp >= 0x20000 && cp <= 0x3fffd))
        return 2;
    return 1;
}

int avt_text_width(const char *text)
{
    int width = 0;
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t cp = 0;
        size_t length = avt_utf8_decode(text + i, size - i, &cp);
        width += length ? columns_of(cp) : 1;
        i += length ? length : 1;
    }
    return width;
}

/** Bytes of the longest beginning of `text` that takes at most `width` columns. */
static size_t bytes_that_fit(const char *text, int width)
{
    size_t size = strlen(text), i = 0;
    int used = 0;
    while (i < size) {
        uint32_t cp = 0;
        size_t length = avt_utf8_decode(text + i, size - i, &cp);
        int columns = length ? columns_of(cp) : 1;
        if (used + columns > width)
            break;
        used += columns;
        i += length ? length : 1;
    }
    return i;
}

char *avt_text_fit(const char *text, int width)
{
    if (avt_text_width(text) <= width)
        return avt_strdup(text);
    return avt_asprintf("%.*s…", (int)bytes_that_fit(text, width - 1), text);
}

/** Bytes of the next line of `text`: up to a newline, else broken at a space, else cut. */
static size_t next_line(const char *text, int width)
{
    size_t end = strcspn(text, "\n"), fit = bytes_that_fit(text, width);
    if (fit >= end)
        return end;
    size_t space = fit;
    while (space > 0 && text[space] != ' ')
        space--;
    return space > 0 ? space : fit > 0 ? fit : 1;
}

void avt_text_wrap(struct avt_buf *out, const char *text, int indent, int width, bool first)
{
    int room = width - indent < AVT_TERMINAL_WIDTH_MIN ? AVT_TERMINAL_WIDTH_MIN : width - indent;
    do {
        size_t size = next_line(text, room);
        if (first && size > 0)
            avt_buf_printf(out, "%*s", indent, "");
        first = true;
        avt_buf_append(out, text, size);
        avt_buf_append_char(out, '\n');
        text += size;
        text += *text == ' ' || *text == '\n';
    } while (*text);
}

const char *avt_text_bytes(long long bytes, char out[24])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5 && unit < 4) {
        value /= 1000;
        unit++;
    }
    snprintf(out, 24, "%.*f %s", unit > 0 && value < 9.95, value, units[unit]);
    return out;
}

const char *avt_text_clock(double seconds, char out[24])
{
    long whole = seconds > 0 && seconds < 1e8 ? (long)(seconds + 0.5) : 0;
    if (whole >= 3600)
        snprintf(out, 24, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(out, 24, "%ld:%02ld", whole / 60, whole % 60);
    return out;
}

const char *avt_text_seconds(double seconds, char out[24])
{
    char clock[24];
    if (seconds < 59.95)
        snprintf(out, 24, "%.1f s", seconds);
    else
        snprintf(out, 24, "%.18s%s", avt_text_clock(seconds, clock), seconds < 3600 ? " min" : " h");
    return out;
}
