/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Result codes and the error text that goes with them: one table for the library, the exit status of
 * the command line and, later, HTTP. docs/cli.md lists what each means to a person.
 */
#ifdef __cplusplus
extern "C" {
#endif

/** What a call came to: AVT_OK, or why not. Values are stable; new ones are added at the end. */
enum avt_code {
    AVT_OK = 0,
    AVT_EINTERNAL = -1,     /* our bug, or a library failed in a way that input cannot cause */
    AVT_EINVAL = -2,        /* an option or argument is wrong */
    AVT_ENOMEM = -3,        /* out of memory */
    AVT_ENOENT = -4,        /* a file that was named does not exist */
    AVT_EIO = -5,           /* reading or writing failed */
    AVT_ELIMIT = -6,        /* input beyond a named limit */
    AVT_EFORMAT = -7,       /* input is not what it claims to be (broken picture, media, JSON) */
    AVT_ETEXT = -8,         /* text that cannot be spoken: empty, not UTF-8, too long */
    AVT_EVOICE = -9,        /* no such voice or language */
    AVT_ENOFACE = -10,      /* no face in the picture */
    AVT_EFACE = -11,        /* a face, but unsuited: too small, turned away, blurred */
    AVT_EOUTPUT = -12,      /* the output path cannot be written */
    AVT_ENOSPACE = -13,     /* the disk is full */
    AVT_EMODEL = -14,       /* a model or data file is not installed */
    AVT_EMODELBAD = -15,    /* a model or data file is damaged */
    AVT_EHELPER = -16,      /* the phonemizer helper died or does not answer */
    AVT_ECANCELLED = -17,   /* the caller cancelled */
    AVT_EUNSUPPORTED = -18, /* valid, but this build or machine cannot do it */
    AVT_ENETWORK = -19,     /* a download failed, a server cannot be reached */
    AVT_ETIMEOUT = -20,     /* it took longer than it was allowed to */
    AVT_EDENIED = -21,      /* a server wants a key, or one that may do more */
    AVT_EJOB = -22,         /* a job failed or was cancelled; its own error says why */
    AVT_ERECORDING = -23,   /* recordings that no voice can be cloned from: noise, music, two people */
    AVT_CODE_COUNT = 24,
};

enum { AVT_ERROR_MESSAGE_MAX = 512 };

/** Filled on failure. Owned by the caller; zero it before the first use. */
struct avt_error {
    enum avt_code code;
    char message[AVT_ERROR_MESSAGE_MAX]; /* one sentence for a person, UTF-8, no newline */
};

#ifdef __cplusplus
}
#endif
