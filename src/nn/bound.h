/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A network that is run step by step with a state: what a step gives back is an input of the next. The state's tensors
 * stay where ONNX Runtime made them and are handed on; avt_session_run() would copy each of them twice a step, which
 * for a language model's cache is tens of megabytes.
 *
 * A step never writes into an input that is borrowed from the caller (a voice's state, say, from which several
 * readings start). Nor does it into one that was carried, whatever a graph does in which order: so there are two of a
 * state in memory during a step, the one read and the one written, and a graph that changes some rows of a cache copies
 * the rest. avt_bound_update() spares that where it can be shown that nothing else reads what is overwritten.
 *
 * On a GPU what is kept (avt_bound_keep()) stays in its memory from step to step; all else travels there and back.
 *
 * Threads: one of these, one thread; several may run over one session at once.
 */
#include "nn/session.h"

struct avt_bound;
struct avt_updates;

/** Over an open session, which must outlive it. No input is set and no output wanted. */
struct avt_bound *avt_bound_new(struct avt_session *session);
/** Does nothing for NULL. */
void avt_bound_free(struct avt_bound *bound);
AVT_DEFINE_FREEP(struct avt_bound, avt_bound_free)

/** The input tensor->name from now on. Its data is borrowed until it is set again, carried over, or the whole freed;
 *  it may change between steps.
 *  @return AVT_OK, AVT_EINVAL (no such input, or no valid shape), AVT_EINTERNAL. */
AVT_CHECKED enum avt_code avt_bound_set(struct avt_bound *bound, const struct avt_tensor *tensor,
                                        struct avt_error *reterr);
/** Let each step give the output `name`. @return AVT_OK, AVT_EINVAL (no such output). */
AVT_CHECKED enum avt_code avt_bound_want(struct avt_bound *bound, const char *name, struct avt_error *reterr);
/** The same, for what is only carried: on a GPU it stays there, and cannot be got. */
AVT_CHECKED enum avt_code avt_bound_keep(struct avt_bound *bound, const char *name, struct avt_error *reterr);
/** The outputs of a model file that are an input with some rows replaced, where nothing else reads that input: the
 *  first input of one ScatterElements or ScatterND. ONNX Runtime does these in place, without a copy, if both have the
 *  same memory. Empty for a file that cannot be read so. Owned: avt_updates_free(). */
struct avt_updates *avt_updates_read(const char *path);
void avt_updates_free(struct avt_updates *updates);
AVT_DEFINE_FREEP(struct avt_updates, avt_updates_free)

/** Write the output `output` over the input `input` whenever that was carried, if the graph lets it: the step before is
 *  then lost.
 *  @param updates  Of the session's file.
 *  @return Whether it will. */
bool avt_bound_update(struct avt_bound *bound, const struct avt_updates *updates, const char *output,
                      const char *input);

/** One step. The outputs of the step before are gone, save what was carried.
 *  @return AVT_OK, AVT_EINTERNAL (an input is missing or of the wrong shape; the run failed), AVT_ENOMEM (the GPU's,
 *          too). */
AVT_CHECKED enum avt_code avt_bound_run(struct avt_bound *bound, struct avt_error *reterr);
/** What the last step gave as ret_tensor->name, which must be wanted. The data is borrowed, until the next step, or if
 *  carried for as long as it is that input.
 *  @return AVT_OK, AVT_EINVAL (not wanted, or kept, or no step was run), AVT_EMODELBAD (no type of ours). */
AVT_CHECKED enum avt_code avt_bound_get(const struct avt_bound *bound, struct avt_tensor *ret_tensor,
                                        struct avt_error *reterr);
/** What the last step gave as `output` is the input `input` of the next: not copied. Can still be got until then.
 *  @return AVT_OK, AVT_EINVAL. */
AVT_CHECKED enum avt_code avt_bound_carry(struct avt_bound *bound, const char *output, const char *input,
                                          struct avt_error *reterr);
