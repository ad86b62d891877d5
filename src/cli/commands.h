/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the commands do. Each fills `result` for --json, prints its summary for people unless --json
 * or --quiet, and returns the code of the library call that failed, with its message.
 */
#include "base/error.h"
#include "base/json.h"

struct avt_cli;

enum avt_code avt_cmd_pipeline_run(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_pipeline_estimate(struct avt_cli *cli, json_t *result,
                                        struct avt_error *reterr);
enum avt_code avt_cmd_voice_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_add(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_remove(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_clone(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_blend(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_profiles(struct avt_cli *cli, json_t *result,
                                       struct avt_error *reterr);
enum avt_code avt_cmd_voice_show(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_rename(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_delete(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_export(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_import(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_voice_synthesize(struct avt_cli *cli, json_t *result,
                                       struct avt_error *reterr);
enum avt_code avt_cmd_avatar_generate(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_detect(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_add(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_show(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_rename(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_delete(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_export(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_avatar_import(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_video_info(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_video_encode(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_video_lipsync(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_models_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_models_fetch(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_models_verify(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_models_import(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_models_forget(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_config_show(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_server_start(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_server_status(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_server_stop(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_status(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_submit(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_cancel(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_retry(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_delete(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_cleanup(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_stats(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_jobs_result(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_backup(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_keys_create(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_keys_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_keys_revoke(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_worker(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_doctor(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_bench(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_completion(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_man(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
enum avt_code avt_cmd_help(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
