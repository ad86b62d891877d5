/* SPDX-License-Identifier: Apache-2.0 */
#include "media/mixer.h"

#include "base/mem.h"
#include "media/av.h"

static enum avt_code set_up(struct avt_mixer *mixer, const AVFrame *frame, struct avt_error *reterr)
{
    swr_free(&mixer->swr);
    av_channel_layout_uninit(&mixer->layout_in);
    if (av_channel_layout_copy(&mixer->layout_in, &frame->ch_layout) < 0)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for the sound");
    /* Some files only say how many channels there are. */
    if (mixer->layout_in.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&mixer->layout_in, mixer->layout_in.nb_channels);
    mixer->format_in = frame->format;
    mixer->rate_in = frame->sample_rate;
    AVChannelLayout out;
    av_channel_layout_default(&out, mixer->channels);
    int rc = swr_alloc_set_opts2(&mixer->swr, &out, AV_SAMPLE_FMT_FLT, mixer->rate,
                                 &mixer->layout_in, frame->format, frame->sample_rate, 0, NULL);
    if (rc >= 0)
        rc = swr_init(mixer->swr);
    return rc < 0 ? avt_fail_av(reterr, AVT_EUNSUPPORTED, rc, "the sound cannot be converted")
                  : AVT_OK;
}

enum avt_code avt_mixer_run(struct avt_mixer *mixer, const AVFrame *frame, struct avt_error *reterr)
{
    mixer->count = 0;
    if (!mixer->swr || mixer->format_in != frame->format || mixer->rate_in != frame->sample_rate ||
        mixer->layout_in.nb_channels != frame->ch_layout.nb_channels) {
        enum avt_code code = set_up(mixer, frame, reterr);
        if (code != AVT_OK)
            return code;
    }
    int room = swr_get_out_samples(mixer->swr, frame->nb_samples);
    if (room <= 0)
        return AVT_OK;
    size_t wanted = (size_t)room * (size_t)mixer->channels;
    if (wanted > mixer->capacity) {
        avt_free(mixer->samples);
        mixer->samples = avt_try_new0(float, wanted);
        mixer->capacity = mixer->samples ? wanted : 0;
        if (!mixer->samples)
            return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for the sound");
    }
    uint8_t *out[1] = {(uint8_t *)(void *)mixer->samples};
    int got = swr_convert(mixer->swr, out, room, (const uint8_t **)(void *)frame->extended_data,
                          frame->nb_samples);
    if (got < 0)
        return avt_fail_av(reterr, AVT_EINTERNAL, got, "the sound cannot be converted");
    mixer->count = (size_t)got;
    return AVT_OK;
}

void avt_mixer_done(struct avt_mixer *mixer)
{
    swr_free(&mixer->swr);
    av_channel_layout_uninit(&mixer->layout_in);
    avt_free(mixer->samples);
    mixer->samples = NULL;
    mixer->capacity = 0;
}
