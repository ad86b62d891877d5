/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/backend.h"

enum avt_code avt_backend_open(struct avt_cli *cli, struct avt_backend **ret_backend,
                               struct avt_error *reterr)
{
    return avt_config_text(&cli->config, AVT_SET_SERVER)
               ? avt_backend_open_http(cli, ret_backend, reterr)
               : avt_backend_open_local(cli, ret_backend, reterr);
}

void avt_backend_close(struct avt_backend *backend)
{
    if (backend)
        backend->ops->close(backend);
}

const char *avt_backend_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

bool avt_backend_final(const json_t *job)
{
    enum avt_job_status status;
    return avt_job_status_parse(avt_backend_text(job, "status"), &status) &&
           avt_job_status_final(status);
}
