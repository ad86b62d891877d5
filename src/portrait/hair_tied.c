/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/hair_parts.h"
size_t avt_hair_comb_to(const struct avt_hair *hair, const struct avt_hair_root *root, struct avt_point3 tie, float layer,
                        float bow, struct avt_point3 path[AVT_WALK_STEPS_MAX])
{ (void)hair;(void)root;(void)tie;(void)layer;(void)bow; path[0]=root->at; return 1; }
size_t avt_hair_hang(const struct avt_hair *hair, struct avt_point3 *path, size_t steps, struct avt_point3 way, float end,
                     float gap)
{ (void)hair;(void)path;(void)way;(void)end;(void)gap; return steps; }
enum avt_code avt_hair_tied(struct avt_hair *hair, struct avt_error *reterr){(void)hair;(void)reterr;return AVT_OK;}
enum avt_code avt_hair_cornrows(struct avt_hair *hair, struct avt_error *reterr){(void)hair;(void)reterr;return AVT_OK;}
enum avt_code avt_hair_locs(struct avt_hair *hair, struct avt_error *reterr){(void)hair;(void)reterr;return AVT_OK;}
enum avt_code avt_hair_afro(struct avt_hair *hair, struct avt_error *reterr){(void)hair;(void)reterr;return AVT_OK;}
