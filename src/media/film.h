/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Writing a film: RGBA frames and mono sound in, one file out that is whole or does not exist.
 *
 * The container follows the file's extension: .mp4 .m4v .mov (H.264 + AAC; faststart), .webm
 * (VP9 + Opus), .gif (palette, no sound). Constant frame rate; BT.709 limited range, tagged; left
 * sited 4:2:0; with transparency VP9 with alpha in .webm, ProRes 4444 in .mov. Sound and picture start together
 * and end within one frame. With no video
 * (width 0) it writes sound alone: .wav .flac .mp3 .opus .ogg .m4a, .aac (ADTS) and .pcm (bare
 * samples, 16 bits, little endian), which two have no place for the origin.
 *
 * Threads: one film is used by one thread at a time; the encoder starts threads of its own.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "media/music.h"

/** docs/cli.md gives CRF, preset, audio bit rate and size cap of each. */
enum avt_quality { AVT_QUALITY_LOW, AVT_QUALITY_MEDIUM, AVT_QUALITY_HIGH, AVT_QUALITY_ULTRA };

/** "low" ...; false if unknown. */
bool avt_quality_parse(const char *name, enum avt_quality *ret_quality);
const char *avt_quality_name(enum avt_quality quality);
/** Bits a second of an .mp4 film's sound, mono. */
int avt_quality_sound_rate(enum avt_quality quality);
/** Longest side that a preset allows, pixels. */
int avt_quality_side_max(enum avt_quality quality);

/** Machine-readable origin (design 3), written as XMP (uuid box of MP4/MOV) and as container tags.
 */
struct avt_origin {
    const char *digital_source_type; /* "compositeSynthetic", "algorithmicMedia", ... (IPTC) */
    const char *voice;               /* "kokoro-82m-v1.0 af_heart", or "recorded" */
    const char *face;                /* "presenter default-1", "photo sha256:..." */
    const char *title;
};

struct avt_film_options {
    int width, height; /* even; 0 x 0: sound only */
    int fps_num, fps_den;
    int audio_rate;     /* of the samples handed in; 0: no sound */
    int audio_channels; /* 0 or 1: mono; 2: interleaved stereo, for transcoding */
    enum avt_quality quality;
    int threads;              /* 0: all */
    bool low_memory;          /* fewer encoder threads and look-ahead */
    struct avt_origin origin; /* borrowed for the open call */
    const char *burn_ass;     /* ASS text of captions to burn in, or NULL; borrowed for open */
    struct avt_music *music;  /* under the sound, which is mono; at AVT_MUSIC_RATE, and so is the film then, in stereo.
                               * NULL: none. Borrowed by the film */
    const struct avt_image *outro; /* what the film ends with, so that a GIF has colours for it; NULL: it does not
                                    * differ from the rest. Borrowed by the film */
    const struct avt_cancel *cancel; /* polled while music is mixed; may be NULL; borrowed by the film */
    bool alpha; /* frames are transparent where their alpha says so: .webm and .mov only */
    bool growing; /* sound only, not .m4a: the file is seen from its first sound on and grows with every
                   * avt_film_write_audio(); what a reader has seen of it can be played by itself */
};

struct avt_film;

/** Nothing appears at `path` before avt_film_finish(), unless it is `growing`. @return AVT_OK, AVT_EINVAL (size,
 * extension), AVT_EOUTPUT, AVT_ENOSPACE, AVT_EUNSUPPORTED (libav lacks the encoder), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_film_open(const char *path, const struct avt_film_options *options,
                                        struct avt_film **ret_film, struct avt_error *reterr);
/** Next frame, of the film's size; borrowed for the call. */
AVT_CHECKED enum avt_code avt_film_write_frame(struct avt_film *film, const struct avt_image *frame,
                                               struct avt_error *reterr);
/** Next samples, [count] frames of float at audio_rate, mono (see audio_channels). May run ahead of
 * the frames by any amount. */
AVT_CHECKED enum avt_code avt_film_write_audio(struct avt_film *film, const float *samples,
                                               size_t count, struct avt_error *reterr);
/** `count` samples of silence. Music that follows them is as loud as it is beside the speech that comes after them. */
AVT_CHECKED enum avt_code avt_film_write_silence(struct avt_film *film, size_t count, struct avt_error *reterr);
/** Ends the file (sound is padded with silence or cut to the frames' length) and puts it in place.
 */
AVT_CHECKED enum avt_code avt_film_finish(struct avt_film *film, struct avt_error *reterr);
/** Without avt_film_finish() before, nothing remains. Does nothing for NULL. */
void avt_film_free(struct avt_film *film);
AVT_DEFINE_FREEP(struct avt_film, avt_film_free)

/** False with a reason if the extension of `path` is none of the above (or not sound, if !video).
 */
AVT_CHECKED enum avt_code avt_film_check_path(const char *path, bool video,
                                              struct avt_error *reterr);
/** False with what to use instead if a film of that name cannot be transparent. */
AVT_CHECKED enum avt_code avt_film_check_alpha(const char *path, struct avt_error *reterr);
