/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers with an error: first two bytes the status, then headers, a zero byte, the body. It
 * becomes one safe sentence and never AVT_OK. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/str.h"
#include "cli/http_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATUS_MIN = 300, STATUS_COUNT = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_net_response response = {.headers = AVT_BUF_INIT(AVT_NET_HEADER_BYTES_MAX),
                                        .body = AVT_BUF_INIT(AVT_NET_ERROR_BYTES_MAX)};
    struct avt_error error = {0};
    if (size < 2)
        return 0;
    response.status = STATUS_MIN + (data[0] << 8 | data[1]) % STATUS_COUNT;
    const uint8_t *rest = data + 2, *zero = memchr(rest, 0, size - 2);
    size_t head = zero ? (size_t)(zero - rest) : size - 2;
    bool fits = avt_buf_append(&response.headers, rest, head) &&
                (!zero || avt_buf_append(&response.body, zero + 1, size - 2 - head - 1));
    if (fits) {
        avt_assert(avt_http_call_error(&response, &error) < 0 && error.message[0]);
        for (const char *c = error.message; *c; c++)
            avt_assert((unsigned char)*c >= ' ' && *c != 127);
    }
    avt_net_response_done(&response);
    return 0;
}
