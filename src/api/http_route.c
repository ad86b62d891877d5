/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/http_private.h"
#include "base/mem.h"
#include "base/str.h"

static const char *const method_names[AVT_HTTP_METHOD_COUNT] = {
    [AVT_HTTP_GET] = "GET",     [AVT_HTTP_POST] = "POST",     [AVT_HTTP_PUT] = "PUT",
    [AVT_HTTP_PATCH] = "PATCH", [AVT_HTTP_DELETE] = "DELETE",
};

static bool is_param(const char *segment)
{
    return segment[0] == '{';
}

static enum avt_code prepare(const struct avt_http_route *route, struct avt_route_shape *shape,
                             struct avt_error *reterr)
{
    size_t params = 0;
    shape->text = avt_strdup(route->path);
    char *rest = shape->text + 1;
    if (route->path[0] != '/' || !route->handler)
        return avt_fail(reterr, AVT_EINVAL, "the route '%s' has no slash or no handler",
                        route->path);
    while (*rest != '\0') {
        char *segment = strsep(&rest, "/");
        size_t size = strlen(segment);
        bool bad_param = is_param(segment) &&
                         (size < 3 || segment[size - 1] != '}' || params++ == AVT_HTTP_PARAMS_MAX);
        if (size == 0 || bad_param || shape->segment_count == AVT_TARGET_SEGMENTS_MAX)
            return avt_fail(reterr, AVT_EINVAL, "the route '%s' has a bad segment", route->path);
        if (!is_param(segment))
            shape->literal_mask |= 1u << (31 - shape->segment_count);
        shape->segments[shape->segment_count++] = segment;
        if (!rest)
            break;
    }
    return AVT_OK;
}

enum avt_code avt_routes_prepare(struct avt_http_server *server, struct avt_error *reterr)
{
    size_t count = server->options.route_count;
    if (count > AVT_HTTP_ROUTES_MAX)
        return avt_fail(reterr, AVT_EINVAL, "there are more than %d routes", AVT_HTTP_ROUTES_MAX);
    server->shapes = avt_new0(struct avt_route_shape, count + 1);
    enum avt_code code = AVT_OK;
    for (size_t i = 0; i < count && code == AVT_OK; i++)
        code = prepare(&server->options.routes[i], &server->shapes[i], reterr);
    return code;
}

void avt_routes_free(struct avt_http_server *server)
{
    for (size_t i = 0; server->shapes && i < server->options.route_count; i++)
        avt_free(server->shapes[i].text);
    avt_free(AVT_TAKE(server->shapes));
}

static bool matches(const struct avt_route_shape *shape, const struct avt_target *target)
{
    if (shape->segment_count != target->segment_count)
        return false;
    for (size_t i = 0; i < shape->segment_count; i++)
        if (!is_param(shape->segments[i]) &&
            !avt_str_equal(shape->segments[i], target->segments[i]))
            return false;
    return true;
}

static void take_params(struct avt_http_request *request, const struct avt_route_shape *shape)
{
    for (size_t i = 0; i < shape->segment_count; i++) {
        if (!is_param(shape->segments[i]))
            continue;
        request->params[request->param_count].name = shape->segments[i] + 1;
        request->params[request->param_count].name_size = strlen(shape->segments[i]) - 2;
        request->params[request->param_count++].value = request->target.segments[i];
    }
}

void avt_route_find(struct avt_http_request *request)
{
    const struct avt_http_server *server = request->server;
    const struct avt_route_shape *best = NULL;
    unsigned methods = 0, mask = 0;
    if (request->target.asterisk)
        return;
    for (size_t i = 0; i < server->options.route_count; i++) {
        const struct avt_route_shape *shape = &server->shapes[i];
        const struct avt_http_route *route = &server->options.routes[i];
        /* Of several shapes that fit only the most literal one counts: its methods are the path's.
         */
        if (shape->segment_count != request->target.segment_count ||
            (methods && shape->literal_mask < mask) || !matches(shape, &request->target))
            continue;
        if (shape->literal_mask > mask || !methods) {
            methods = 0;
            best = NULL;
            request->route = NULL;
        }
        mask = shape->literal_mask;
        methods |= 1u << route->method;
        if (!request->is_options && route->method == request->method) {
            best = shape;
            request->route = route;
        }
    }
    if (best) {
        take_params(request, best);
    } else if (methods) {
        const char *allow = "OPTIONS";
        for (int i = 0; i < AVT_HTTP_METHOD_COUNT; i++)
            if (methods & 1u << i)
                allow = avt_http_printf(request, "%s, %s%s", allow, method_names[i],
                                        i == AVT_HTTP_GET ? ", HEAD" : "");
        request->allow = allow;
    }
}
