/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /docs (Swagger UI) and /redoc. Their scripts are files on this disk, put there by set-up (the
 * assets "swagger-ui" and "redoc" of models/manifest.json); the pages load nothing from elsewhere,
 * and the browser is told to insist on it.
 */
#include <stdio.h>

#include "api/call.h"
#include "api_handlers.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"

#define PAGE_HEAD                                                                                  \
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"                   \
    "<title>avatar</title>\n"

static const char docs_page[] =
    PAGE_HEAD "<link rel=\"stylesheet\" href=\"/assets/swagger-ui.css\">\n"
              "<link rel=\"icon\" href=\"data:,\">\n"
              "</head>\n<body>\n<div id=\"swagger-ui\"></div>\n"
              "<script src=\"/assets/swagger-ui-bundle.js\"></script>\n"
              "<script src=\"/assets/docs.js\"></script>\n</body>\n</html>\n";
static const char docs_script[] =
    "window.ui = SwaggerUIBundle({\n"
    "  url: \"/openapi.json\", dom_id: \"#swagger-ui\", deepLinking: true, validatorUrl: null,\n"
    "  presets: [SwaggerUIBundle.presets.apis], layout: \"BaseLayout\",\n"
    "  persistAuthorization: true, displayRequestDuration: true, defaultModelsExpandDepth: 0\n"
    "});\n";
static const char redoc_page[] =
    PAGE_HEAD "<link rel=\"icon\" href=\"data:,\">\n"
              "</head>\n<body>\n<div id=\"redoc\"></div>\n"
              "<script src=\"/assets/redoc.standalone.js\"></script>\n"
              "<script src=\"/assets/redoc.js\"></script>\n</body>\n</html>\n";
static const char redoc_script[] =
    "Redoc.init(\"/openapi.json\", {hideDownloadButton: false, disableSearch: false},\n"
    "           document.getElementById(\"redoc\"));\n";
static const char missing_page[] = PAGE_HEAD
    "</head>\n<body>\n<h1>Not installed</h1>\n"
    "<p>The scripts of this page are not on this machine. Get them with\n"
    "<code>avatar models fetch swagger-ui swagger-ui-css redoc</code> (or <code>./dev setup</code> in the source\n"
    "tree), then load the page again. The document itself is at\n"
    "<a href=\"/openapi.json\">/openapi.json</a>.</p>\n</body>\n</html>\n";

/* Both pages style elements in place; ReDoc searches in a worker made from a blob. */
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "                    \
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "          \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct {
    const char *name, *media_type;
    const char *folder; /* of a file on disk, below a folder of models */
    const char *text;   /* ours */
} assets[] = {
    {"swagger-ui.css", "text/css", "swagger-ui", NULL},
    {"swagger-ui-bundle.js", "text/javascript", "swagger-ui", NULL},
    {"docs.js", "text/javascript", NULL, docs_script},
    {"redoc.standalone.js", "text/javascript", "redoc", NULL},
    {"redoc.js", "text/javascript", NULL, redoc_script},
};
enum { ASSET_COUNT = sizeof(assets) / sizeof(*assets) };

/* The folders that models are looked for in (docs/cli.md); the path is owned, NULL if it is in
 * none. */
static char *find_file(const char *folder, const char *name)
{
    const char *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME"),
               *own = getenv("AVATAR_MODELS");
    char *candidates[] = {
        own && *own ? avt_asprintf("%s/%s/%s", own, folder, name) : NULL,
        data && *data ? avt_asprintf("%s/avatar/models/%s/%s", data, folder, name) : NULL,
        home && *home ? avt_asprintf("%s/.local/share/avatar/models/%s/%s", home, folder, name)
                      : NULL,
        avt_asprintf("/var/lib/avatar/models/%s/%s", folder, name),
    };
    char *found = NULL;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(*candidates); i++) {
        if (!found && candidates[i] && avt_file_exists(candidates[i]))
            found = candidates[i];
        else
            avt_free(candidates[i]);
    }
    return found;
}

static void answer_page(struct avt_http_request *request, const char *folder, const char *script,
                        const char *page, size_t size)
{
    AVT_CLEANUP(avt_freep) char *path = find_file(folder, script);
    avt_http_add_header(request, "Content-Security-Policy", POLICY);
    avt_http_add_header(request, "Referrer-Policy", "no-referrer");
    if (path)
        avt_http_answer_static(request, 200, "text/html; charset=utf-8", page, size);
    else
        avt_http_answer_static(request, 200, "text/html; charset=utf-8", missing_page,
                               sizeof(missing_page) - 1);
}

void avt_route_get_docs(struct avt_http_request *request, void *user)
{
    (void)user;
    answer_page(request, "swagger-ui", "swagger-ui-bundle.js", docs_page, sizeof(docs_page) - 1);
}

void avt_route_get_redoc(struct avt_http_request *request, void *user)
{
    (void)user;
    answer_page(request, "redoc", "redoc.standalone.js", redoc_page, sizeof(redoc_page) - 1);
}

void avt_route_get_asset(struct avt_http_request *request, void *user)
{
    (void)user;
    const char *name = avt_http_param(request, "name");
    size_t i = 0;
    while (i < ASSET_COUNT && !avt_str_equal(assets[i].name, name))
        i++;
    if (i < ASSET_COUNT && assets[i].text) {
        avt_http_answer_static(request, 200, assets[i].media_type, assets[i].text,
                               strlen(assets[i].text));
        return;
    }
    AVT_CLEANUP(avt_freep) char *path = i < ASSET_COUNT ? find_file(assets[i].folder, name) : NULL;
    struct avt_http_file file;
    struct avt_error error = {0};
    if (!path || avt_http_file_open(path, &file, &error) != AVT_OK) {
        avt_call_missing(avt_call(request), "file", name);
        return;
    }
    file.media_type = assets[i].media_type;
    file.cache_control = "max-age=3600";
    avt_http_answer_file(request, &file);
}
