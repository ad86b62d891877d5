/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

/* Far above what can be spoken in one film, far below what would hurt; the library's own limit is
 * tighter and says so in its own words. */
enum { TEXT_INPUT_BYTES_MAX = 8 << 20, READ_BYTES = 1 << 16 };

static enum avt_code fail_read(const char *name, int why, struct avt_error *reterr)
{
    if (why == EINTR && avt_interrupted())
        return avt_fail(reterr, AVT_ECANCELLED, "stopped while reading %s", name);
    return avt_fail(reterr, why == ENOENT || why == ENOTDIR ? AVT_ENOENT : AVT_EIO,
                    "the text in %s cannot be read: %s", name, strerror(why));
}

static enum avt_code read_all(int fd, const char *name, enum avt_code bad, struct avt_buf *out,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *block = avt_alloc0(READ_BYTES, 1);
    for (;;) {
        ssize_t size = read(fd, block, READ_BYTES);
        if (size < 0 && errno == EINTR && !avt_interrupted())
            continue;
        if (size < 0)
            return fail_read(name, errno, reterr);
        if (size == 0)
            return AVT_OK;
        if (!avt_buf_append(out, block, (size_t)size))
            return avt_fail(reterr, bad, "the text in %s is longer than %zu MB: cut it into parts",
                            name, out->size_max >> 20);
    }
}

/** Notepad and Excel write these. */
static enum avt_code check_encoding(const struct avt_buf *text, const char *name, enum avt_code bad,
                                    struct avt_error *reterr)
{
    const char *why = NULL;
    if (text->size >= 2 && (memcmp(text->data, "\xff\xfe", 2) == 0 ||
                            memcmp(text->data, "\xfe\xff", 2) == 0))
        why = "is UTF-16: save it as UTF-8";
    else if (text->size > 0 && memchr(text->data, '\0', text->size))
        why = "is no text: it holds a NUL byte";
    if (!why)
        return AVT_OK;
    return avt_fail(reterr, bad, "the text in %s %s", name, why);
}

enum avt_code avt_text_input_read(const char *path, size_t bytes_max, enum avt_code bad,
                                  char **ret_text, struct avt_error *reterr)
{
    bool standard = avt_str_equal(path, "-");
    AVT_CLEANUP(avt_freep) char *name =
        standard ? avt_strdup("standard input") : avt_asprintf("'%s'", path);
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_read(name, errno, reterr);
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(bytes_max);
    enum avt_code code = read_all(fd, name, bad, &text, reterr);
    if (!standard)
        close(fd);
    if (code == AVT_OK)
        code = check_encoding(&text, name, bad, reterr);
    if (code != AVT_OK)
        return code;
    const char *start = avt_buf_str(&text);
    start += avt_str_starts(start, "\xef\xbb\xbf") ? 3 : 0; /* byte order mark */
    *ret_text = avt_strdup(start);
    return AVT_OK;
}

enum avt_code avt_cli_text(struct avt_cli *cli, const char *operand, bool required, char **ret_text,
                           struct avt_error *reterr)
{
    const char *file = cli->args.text[AVT_OPT_TEXT_FILE];
    if (operand && file)
        return avt_fail(reterr, AVT_EINVAL,
                        "there are two texts, one given directly and one in --text-file: leave one "
                        "out");
    if (!operand && !file && required)
        return avt_fail(reterr, AVT_EINVAL,
                        "there is no text: give one in quotes, or --text-file FILE");
    if (file)
        return avt_text_input_read(file, TEXT_INPUT_BYTES_MAX, AVT_ETEXT, ret_text, reterr);
    if (operand)
        *ret_text = avt_strdup(operand);
    return AVT_OK;
}
