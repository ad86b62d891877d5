/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/model_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"

/* protobuf itself ends at 2 GB; a name of more than 100 bytes would need longer length fields. */
enum { NAME_BYTES_MAX = 100, TAIL_BYTES_MAX = 1 << 14 };
/* Room for the nodes that fuse.h puts behind the file; what is not used takes no memory. */
enum { GROWTH_BYTES_MAX = 1 << 20 };
#define MODEL_BYTES_MAX ((off_t)INT32_MAX - TAIL_BYTES_MAX)

/* Tag of a length-delimited field (wire type 2) with a number below 16. */
#define TAG(field) (char)((field) << 3 | 2)

static bool append_output(struct avt_buf *tail, const char *name)
{
    size_t name_size = strlen(name);
    avt_assert(name_size > 0 && name_size <= NAME_BYTES_MAX);
    const char head[] = {TAG(7),  (char)(name_size + 4), TAG(12), (char)(name_size + 2),
                         TAG(1), (char)name_size};
    return avt_buf_append(tail, head, sizeof(head)) && avt_buf_append(tail, name, name_size);
}

/* Maps the file over the start of a reserved range, so that the tail can follow it directly: it
 * fills the file's last page (a private copy) and goes on in the pages behind it. */
static enum avt_code map_with_tail(int fd, size_t file_size, const struct avt_buf *tail,
                                   const char *path, struct avt_model_bytes *ret_bytes,
                                   struct avt_error *reterr)
{
    size_t reserved = file_size + tail->size + GROWTH_BYTES_MAX;
    uint8_t *data = mmap(NULL, reserved, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while loading '%s'", path);
    *ret_bytes = (struct avt_model_bytes){data, file_size + tail->size, reserved};
    if (mmap(data, file_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
        MAP_FAILED)
        return avt_fail(reterr, AVT_EIO, "'%s' cannot be mapped: %s", path, strerror(errno));
    if (tail->size)
        memcpy(data + file_size, tail->data, tail->size);
    return AVT_OK;
}

enum avt_code avt_model_bytes_open(const char *path, const char *const *outputs,
                                   size_t output_count, struct avt_model_bytes *ret_bytes,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf tail = AVT_BUF_INIT(TAIL_BYTES_MAX);
    for (size_t i = 0; i < output_count; i++)
        avt_assert(append_output(&tail, outputs[i]));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return avt_fail(reterr, AVT_EMODEL, "the model '%s' cannot be opened: %s", path,
                        strerror(errno));
    struct stat st;
    AVT_CLEANUP(avt_model_bytes_done) struct avt_model_bytes bytes = {0};
    enum avt_code code;
    if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > MODEL_BYTES_MAX)
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the model '%s' is damaged: run 'avatar models fetch'", path);
    else
        code = map_with_tail(fd, (size_t)st.st_size, &tail, path, &bytes, reterr);
    close(fd);
    if (code != AVT_OK)
        return code;
    *ret_bytes = bytes;
    bytes.data = NULL;
    return AVT_OK;
}

void avt_model_bytes_done(struct avt_model_bytes *bytes)
{
    if (bytes->data)
        munmap(bytes->data, bytes->reserved);
    *bytes = (struct avt_model_bytes){0};
}
