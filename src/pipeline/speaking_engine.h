/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The engines of speaking.h: const tables, one file each (speaking_pocket.c, ...), and what several of them need. */
#include "dsp/audio.h"
#include "nn/hardware.h"
#include "pipeline/speaking.h"

enum { AVT_SPEAKING_PIECE_S_MAX = 120 }; /* of sound: engines stop before */

/* Bytes of the text that are said at once. */
struct avt_speaking_piece {
    size_t start, end;
};

struct avt_speaking {
    struct avt_speaking_request request;
    const struct avt_speaking_engine *engine;
    char language[16]; /* that is asked for, or else the voice's own: "en-us" */
    char *text;        /* without its markup; owned */
    void *state;       /* the engine's, taken from the shelf */
    struct avt_viseme_net *net; /* opened when first needed */
    struct avt_leveller *leveller;
    struct avt_hardware hardware; /* on the processor for engines that know nothing else */
    enum avt_device device;       /* that it is on now */
    struct avt_gpu_turn *turn;    /* NULL: on the processor */
    bool is_taken;                /* the engine, from the shelf */
    char warning[AVT_SPEAKING_WARNING_SIZE]; /* the first; others are logged only */
};

/* What is opened, and where. */
struct avt_speaking_place {
    const struct avt_speaking_choice *choice;
    enum avt_device device;
    long long gpu_bytes_max;
};

struct avt_speaking_engine {
    const char *name;   /* "pocket": of --tts, and of the weights */
    const char *title;  /* "Pocket TTS" */
    const char *result; /* that results name: "pocket tts" */
    bool has_recording; /* it speaks in the voice of a recording; else it has voices of its own */
    bool has_speakers;  /* several, maybe, in one model */
    bool has_speed;
    bool has_gpu; /* it can be on one */
    int64_t work_bytes; /* of memory at work, beside its files: states and voices, and the program's own voice */
    /** Whether it speaks a language, as far as is known before it is loaded. NULL: see prepare(). */
    enum avt_code (*check_language)(const struct avt_speaking_choice *choice, const char *language,
                                    struct avt_error *reterr);
    /** @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_EUNSUPPORTED (the device), AVT_ENOMEM. */
    enum avt_code (*open)(const struct avt_speaking_place *place, void **ret_state, struct avt_error *reterr);
    void (*close)(void *state);
    /** Make ready for one text: voice, speaker, language. finish() ends it, also if this fails. */
    enum avt_code (*prepare)(void *state, struct avt_speaking *speaking, struct avt_error *reterr);
    void (*finish)(void *state);
    /** Part speaking->text. `ret_pieces`: [*ret_count] in order; owned by the caller. NULL: some sentences each. */
    enum avt_code (*split)(void *state, const struct avt_speaking *speaking, struct avt_speaking_piece **ret_pieces,
                           size_t *ret_count, struct avt_error *reterr);
    /** Say a piece of the text: append it to `audio`, by avt_speaking_append(), however loud. */
    enum avt_code (*say)(void *state, struct avt_speaking *speaking, const char *piece, uint64_t seed,
                         struct avt_audio *audio, struct avt_error *reterr);
};

extern const struct avt_speaking_engine avt_speaking_pocket;
extern const struct avt_speaking_engine avt_speaking_vits;
extern const struct avt_speaking_engine avt_speaking_xtts;

/** @return AVT_OK, AVT_ELIMIT (AVT_SPEAKING_PIECE_S_MAX). `audio` has room for that. */
AVT_CHECKED enum avt_code avt_speaking_append(struct avt_audio *audio, const float *samples, size_t count,
                                              struct avt_error *reterr);
/** Log it, and keep the first for the result. */
void avt_speaking_warn(struct avt_speaking *speaking, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** An empty sound with room for the longest piece, at AVT_SPEECH_RATE. */
AVT_CHECKED enum avt_code avt_speaking_new_audio(struct avt_audio **ret_audio, struct avt_error *reterr);

/** How an engine makes a voice of a recording, and keeps it. */
struct avt_speaking_keeper {
    int rate; /* Hz, of the recording */
    enum avt_code (*make)(void *state, const float *sound, size_t count, const struct avt_cancel *cancel,
                          struct avt_error *reterr);
    enum avt_code (*save)(void *state, const char *path, struct avt_error *reterr);
    /** `sound` NULL: of whatever recording. */
    enum avt_code (*load)(void *state, const char *path, const float *sound, size_t count, struct avt_error *reterr);
};
/** Have the voice that is asked for: as it was kept, or of a profile's recording, or of the program's own speech. */
AVT_CHECKED enum avt_code avt_speaking_voice(struct avt_speaking *speaking, const struct avt_speaking_keeper *keeper,
                                             struct avt_error *reterr);
/** Whether the voice is that of a profile which keeps its recording. */
bool avt_speaking_has_recording(const struct avt_tts_request *request);
/** @return AVT_EVOICE: the profile that is asked for keeps no recording. */
AVT_CHECKED enum avt_code avt_speaking_check_recording(const struct avt_speaking_engine *engine,
                                                       const struct avt_tts_request *request,
                                                       struct avt_error *reterr);
