/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/retry.h"

#include "base/assert.h"

/* Two tries close together mostly meet the same fault; after ten minutes waiting longer gains
 * little. A receiver of webhooks may be down for a night. */
enum { FIRST_MS = 5 * 1000, LONGEST_MS = 10 * 60 * 1000, WEBHOOK_LONGEST_MS = 6 * 3600 * 1000 };

bool avt_retry_may_help(enum avt_code code)
{
    switch (code) {
    case AVT_ENOMEM:
    case AVT_EIO:
    case AVT_ENOSPACE:
    case AVT_EHELPER:
    case AVT_ENETWORK:
        return true;
    default:
        return false;
    }
}

int64_t avt_retry_delay_ms(enum avt_job_type type, int attempt, double random)
{
    avt_assert(attempt >= 1 && random >= 0 && random < 1);
    int64_t longest = type == AVT_JOB_WEBHOOK ? WEBHOOK_LONGEST_MS : LONGEST_MS;
    int64_t delay = FIRST_MS;
    for (int i = 1; i < attempt && delay < longest; i++)
        delay *= 2;
    if (delay > longest)
        delay = longest;
    return (int64_t)((double)delay * (0.75 + 0.5 * random));
}
