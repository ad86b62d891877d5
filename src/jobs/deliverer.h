/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Delivers webhooks inside of the server: a worker (jobs/worker.h) on a thread, that takes jobs of
 * type webhook and no others. So a delivery neither waits for a film to be done nor holds one up,
 * and the secret that signs them is never in a process that decodes what strangers sent in.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "store/jobstore.h"

/* What its leases begin with; the server's process id follows. */
#define AVT_DELIVERER_NAME "deliveries-"

struct avt_deliverer;

struct avt_deliverer_options {
    const char *storage;
    struct avt_jobstore *store; /* borrowed */
    const char *secret;         /* "whsec_..."; NULL: deliveries are not signed */
    bool allow_private;         /* to private, local and link-local addresses too */
    int64_t lease_ms;
    int rescues_max; /* as of any worker */
    /** A line for the log; may be NULL. */
    void (*log)(bool problem, const char *text, void *user);
    void *user;
};

/** Starts the thread, which looks for deliveries every second. Strings are copied. @return AVT_OK,
 * AVT_EIO, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_deliverer_start(const struct avt_deliverer_options *options,
                                              struct avt_deliverer **ret_deliverer,
                                              struct avt_error *reterr);
/** Breaks off what is under way (it is handed back), ends the thread, frees. Does nothing for NULL.
 */
void avt_deliverer_stop(struct avt_deliverer *deliverer);
AVT_DEFINE_FREEP(struct avt_deliverer, avt_deliverer_stop)
