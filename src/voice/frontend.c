/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/frontend.h"

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/registry.h"
#include "voice/g2p_en.h"
#include "voice/tagger.h"

struct avt_frontend {
    bool british;
    struct avt_lexicon *lexicon;
    struct avt_phonemizer *phonemizer;
};

static enum avt_code lexicon_path(bool british, char **ret_path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    enum avt_code code = avt_registry_open(&registry, reterr);
    if (code != AVT_OK)
        return code;
    return avt_registry_path(registry, british ? "lexicon-en-gb" : "lexicon-en-us", ret_path,
                             reterr);
}

enum avt_code avt_frontend_new(const char *language, struct avt_frontend **ret_frontend,
                               struct avt_error *reterr)
{
    avt_assert(language && ret_frontend);
    bool british = avt_str_equal(language, "en-gb");
    if (!british && !avt_str_equal(language, "en-us"))
        return avt_fail(reterr, AVT_EVOICE,
                        "the language '%.20s' cannot be spoken yet; use en-us or en-gb", language);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    enum avt_code code = lexicon_path(british, &path, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_frontend_freep)
    struct avt_frontend *frontend = avt_new0(struct avt_frontend, 1);
    frontend->british = british;
    code = avt_lexicon_open(path, &frontend->lexicon, reterr);
    if (code != AVT_OK)
        return code;
    frontend->phonemizer = avt_phonemizer_new(&(struct avt_phonemizer_options){.british = british});
    *ret_frontend = AVT_TAKE(frontend);
    return AVT_OK;
}

enum avt_code avt_frontend_run(struct avt_frontend *frontend, const char *text, size_t size,
                               struct avt_token_list *ret_tokens, struct avt_error *reterr)
{
    avt_assert(frontend && text && ret_tokens);
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    enum avt_code code = avt_normalize(text, size, frontend->british, &reading, reterr);
    if (code != AVT_OK)
        return code;
    avt_tagger_run(&reading);
    const struct avt_g2p g2p = {.lexicon = frontend->lexicon,
                                .phonemizer = frontend->phonemizer,
                                .british = frontend->british};
    code = avt_g2p_run(&g2p, &reading, reterr);
    if (code != AVT_OK)
        return code;
    bool spoken = false;
    for (size_t i = 0; i < reading.tokens.count; i++)
        spoken |= reading.tokens.tokens[i].phonemes[0] != '\0';
    if (!spoken)
        return avt_fail(reterr, AVT_ETEXT,
                        "there is nothing to speak in the text; give at least one word");
    *ret_tokens = reading.tokens;
    reading.tokens = (struct avt_token_list){0};
    return AVT_OK;
}

void avt_frontend_free(struct avt_frontend *frontend)
{
    if (!frontend)
        return;
    avt_phonemizer_free(frontend->phonemizer);
    avt_lexicon_free(frontend->lexicon);
    avt_free(frontend);
}
