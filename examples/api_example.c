/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a film over HTTP: submit a job, follow its events, save the file.
 *
 *     avatar server start &
 *     cc api_example.c -o api_example -lcurl -ljansson
 *     ./api_example http://127.0.0.1:8000 "Hello from C." hello.mp4
 *
 * The key, if the server wants one, is read from AVATAR_KEY.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 1 << 20 };

/* What came back so far: an answer, or the present line of an event stream. */
struct text {
    char data[ANSWER_MAX];
    size_t size;
};

static size_t collect(char *data, size_t one, size_t size, void *user)
{
    struct text *text = user;
    if (size > ANSWER_MAX - 1 - text->size)
        return 0;
    memcpy(text->data + text->size, data, size * one);
    text->size += size;
    text->data[text->size] = '\0';
    return size;
}

/* A line "data: {...}" of the stream is the state of the job. */
static void show(const char *line)
{
    json_t *event = strncmp(line, "data: ", 6) == 0 ? json_loads(line + 6, 0, NULL) : NULL;
    const char *status = json_string_value(json_object_get(event, "status"));
    const char *stage = json_string_value(json_object_get(event, "stage"));
    if (status)
        printf("%3d %% %s %s\n", (int)json_integer_value(json_object_get(event, "progress")), status,
               stage ? stage : "");
    json_decref(event);
}

static size_t follow(char *data, size_t one, size_t size, void *user)
{
    struct text *line = user;
    for (size_t i = 0; i < size * one; i++) {
        if (data[i] == '\n') {
            line->data[line->size] = '\0';
            show(line->data);
            line->size = 0;
        } else if (line->size < ANSWER_MAX - 1) {
            line->data[line->size++] = data[i];
        }
    }
    return size;
}

/* One request; 0 if it could not be made, else the HTTP status. */
static long request(CURL *curl, const char *url, size_t (*write)(char *, size_t, size_t, void *),
                    void *user)
{
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, write);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, user);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        fprintf(stderr, "%s: %s\n", url, curl_easy_strerror(code));
        return 0;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* The id of the new job, "" if there is none. */
static void submit(CURL *curl, const char *server, const char *text, struct text *answer, char id[64])
{
    char url[512];
    snprintf(url, sizeof(url), "%s/jobs", server);
    json_t *body = json_pack("{s:s, s:{s:s}}", "text", text, "config", "video_quality", "low");
    char *sent = body ? json_dumps(body, JSON_COMPACT) : NULL;
    id[0] = '\0';
    answer->size = 0;
    if (sent) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent);
        long status = request(curl, url, collect, answer);
        json_t *job = json_loadb(answer->data, answer->size, 0, NULL);
        const char *name = json_string_value(json_object_get(job, "id"));
        if (status == 202 && name)
            snprintf(id, 64, "%s", name);
        else if (status)
            fprintf(stderr, "the server answered %ld: %s\n", status, answer->data);
        json_decref(job);
    }
    free(sent);
    json_decref(body);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
}

static int save(CURL *curl, const char *server, const char *id, const char *path)
{
    char url[512];
    snprintf(url, sizeof(url), "%s/jobs/%s/result", server, id);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        return 1;
    }
    long status = request(curl, url, NULL, file);
    if (fclose(file) != 0 || status != 200) {
        fprintf(stderr, "the result could not be saved: status %ld\n", status);
        remove(path);
        return 1;
    }
    printf("%s\n", path);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s URL TEXT OUTPUT.mp4\n", argv[0]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct text *text = calloc(1, sizeof(*text));
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    const char *key = getenv("AVATAR_KEY");
    char line[256], id[64] = "", url[512];
    int status = 1;
    if (key && *key) {
        snprintf(line, sizeof(line), "Authorization: Bearer %s", key);
        headers = curl_slist_append(headers, line);
    }
    if (curl && text) {
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        submit(curl, argv[1], argv[2], text, id);
        snprintf(url, sizeof(url), "%s/jobs/%s/events", argv[1], id);
        text->size = 0;
        if (*id && request(curl, url, follow, text) == 200)
            status = save(curl, argv[1], id, argv[3]);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    free(text);
    return status;
}
