/* SPDX-License-Identifier: Apache-2.0 */
/* A line from a worker's socket. What is taken must be within its ranges, and be read as the same again
 * after it was written. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "jobs/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_link_message message, again;
    struct avt_error error = {0};
    if (avt_link_parse((const char *)data, size, &message, &error) != AVT_OK) {
        avt_assert(error.message[0] != '\0');
        return 0;
    }
    avt_assert(message.progress >= 0 && message.progress <= 100);
    avt_assert(message.job[0] == '\0' || avt_job_id_valid(message.job));
    avt_assert(message.eta_s >= -1 && message.speed >= 0);
    if (message.type == AVT_LINK_STATUS) {
        avt_assert(avt_worker_name_valid(message.worker.name));
        avt_assert(message.worker.model_count <= AVT_LINK_MODELS_MAX);
        avt_assert(message.worker.pid >= 0 && message.worker.rss_bytes >= 0);
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf line = AVT_BUF_INIT(AVT_LINK_LINE_MAX);
    avt_assert(avt_link_format(&message, &line));
    avt_assert(memchr(line.data, '\n', line.size) == line.data + line.size - 1);
    avt_assert(avt_link_parse(line.data, line.size - 1, &again, &error) == AVT_OK);
    avt_assert(again.type == message.type && again.progress == message.progress);
    avt_assert(strcmp(again.job, message.job) == 0 && strcmp(again.stage, message.stage) == 0);
    return 0;
}
