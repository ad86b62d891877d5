/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Avatar profiles: faces that are kept. What is known of one is a record of kind "avatar": name,
 * description, rights, media_type, size_bytes, sha256, check_job, and width, height, face of those
 * that were looked at before; origin (kind "modelled" or "generated", prompt, seed, look or model, job_id) of those
 * whom a job made. Its bytes are <storage>/avatars/<id>/picture, as they were given, and thumbnail, once there is one.
 *
 * The service makes them of uploads and lets a job look for the face; the commands look first, and
 * then make one of a file. Each finds what the other made. Who may see a profile goes by the record's
 * owner; one that commands made has none, so no key but one for everything sees it.
 *
 * Threads: as the store.
 */
#include "store/intake.h"
#include "store/jobstore.h"
#include "store/layout.h"
#include "store/upload.h"

#define AVT_AVATAR_KIND "avatar"

enum {
    /* Characters, as openapi.json has them. */
    AVT_AVATAR_NAME_MAX = 80,
    AVT_AVATAR_RIGHTS_MIN = 10,
    AVT_AVATAR_RIGHTS_MAX = 2000,
    AVT_AVATAR_THUMBNAIL_SIDE = 320, /* pixels, of the longer side */
    AVT_AVATARS_MAX = 100000,        /* that a list or a search looks through */
};

/* ---- one that is being made ------------------------------------------------------------------ */

/** AVT_EINVAL unless it is UTF-8, not blank, and of at most AVT_AVATAR_NAME_MAX characters. */
AVT_CHECKED enum avt_code avt_avatar_check_name(const char *name, struct avt_error *reterr);
/** The same for the statement of rights: whose face it is, and why it may be animated. NULL: none is
 *  given, which is refused too. */
AVT_CHECKED enum avt_code avt_avatar_check_rights(const char *rights, struct avt_error *reterr);

/** Files that become a profile at once or not at all: until then they lie in a folder of tmp/ that a
 *  sweep removes once this process is gone. */
struct avt_avatar_draft;

/** @param store, storage  Borrowed as long as the draft lives.
 *  @param owner           Id of the key that it will belong to; "": nobody's.
 *  @return AVT_OK, AVT_EOUTPUT, AVT_ENOSPACE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_avatar_draft_new(struct avt_jobstore *store, const char *storage,
                                               const char *owner,
                                               struct avt_avatar_draft **ret_draft,
                                               struct avt_error *reterr);
/** The picture is a copy of that file. As avt_intake_copy(). */
AVT_CHECKED enum avt_code avt_avatar_draft_copy(struct avt_avatar_draft *draft,
                                                struct avt_intake *intake,
                                                struct avt_error *reterr);
/** The picture is that of an upload: the same bytes under two names.
 *  @return AVT_OK, AVT_ENOENT (the upload is gone), AVT_ENOSPACE, AVT_EIO. */
AVT_CHECKED enum avt_code avt_avatar_draft_link(struct avt_avatar_draft *draft,
                                                const struct avt_upload *upload,
                                                struct avt_error *reterr);
/** Where its picture is. Borrowed. */
const char *avt_avatar_draft_picture(const struct avt_avatar_draft *draft);
/** Where its thumbnail may be written. Borrowed. */
const char *avt_avatar_draft_thumbnail(const struct avt_avatar_draft *draft);
/** The id that the profile gets if no other has it, as avt_layout_id_make() makes them. */
void avt_avatar_draft_wish(struct avt_avatar_draft *draft, const char *id);
/** Make it a profile, with a new id. The draft must still be freed.
 *  @param about       Object whose members the record gets beside those of the picture; borrowed.
 *  @param ret_record  avt_record_done(). Untouched on failure, which leaves nothing.
 *  @return AVT_OK, AVT_EOUTPUT, or as avt_jobstore_record_put(). */
AVT_CHECKED enum avt_code avt_avatar_draft_commit(struct avt_avatar_draft *draft, json_t *about,
                                                  struct avt_record *ret_record,
                                                  struct avt_error *reterr);
/** Without a commit before, nothing remains. Does nothing for NULL. */
void avt_avatar_draft_free(struct avt_avatar_draft *draft);
AVT_DEFINE_FREEP(struct avt_avatar_draft, avt_avatar_draft_free)

/* ---- those that are there -------------------------------------------------------------------- */

/** <storage>/avatars/<id>/<name>, "picture" or "thumbnail", whether it is there or not. NULL for no
 *  id. Owned by the caller. */
char *avt_avatar_path(const char *storage, const char *id, const char *name);
/** Store a profile that was changed; its updated_ms becomes what is stored. @return as avt_jobstore_record_put(). */
AVT_CHECKED enum avt_code avt_avatar_save(struct avt_jobstore *store, struct avt_record *record,
                                          struct avt_error *reterr);
/** By its id, the beginning of that ("ap-0a") or its name, whoever owns it. avt_record_done().
 *  @return AVT_OK, AVT_ENOENT, AVT_EINVAL (several are meant), AVT_EIO. */
AVT_CHECKED enum avt_code avt_avatar_find(struct avt_jobstore *store, const char *which,
                                          struct avt_record *ret_record, struct avt_error *reterr);
/** Make the thumbnail of the job that looked at the picture the profile's own, so that it outlives
 *  the job. False: it has none yet. */
bool avt_avatar_adopt_thumbnail(struct avt_jobstore *store, const char *storage,
                                const struct avt_record *record);
/** "AvatarProfileResponse" of the API, without the thumbnail's place. New reference. */
json_t *avt_avatar_view(const struct avt_record *record);
