/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/download_url.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_SECONDS_MAX = 30, STALL_SECONDS_MAX = 60, STALL_BYTES_PER_S = 100, REDIRECTS_MAX = 5 };

struct transfer {
    const struct avt_fetch *fetch;
    const struct avt_source *source;
    int fd;
    long long size; /* of the file so far */
    int write_errno;
};

static size_t on_data(char *data, size_t unit, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t size = unit * count;
    /* A server that sends more than was pinned sends something else. */
    if (transfer->size + (long long)size > transfer->source->size_bytes)
        return 0;
    for (size_t done = 0; done < size;) {
        ssize_t put = write(transfer->fd, data + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            transfer->write_errno = errno;
            return 0;
        }
        done += (size_t)put;
    }
    transfer->size += (long long)size;
    return size;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    (void)total, (void)now, (void)up_total, (void)up_now;
    const struct transfer *transfer = user;
    avt_fetch_progress(transfer->fetch, "download", transfer->size, transfer->source->size_bytes);
    return avt_fetch_check_cancel(transfer->fetch, NULL) == AVT_OK ? 0 : 1;
}

static void set_options(CURL *curl, struct transfer *transfer)
{
    curl_easy_setopt(curl, CURLOPT_URL, transfer->source->spec);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS_MAX);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS_MAX);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES_PER_S);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)transfer->size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    /* As the command-line tools do: a machine may trust certificates of its own. */
    const char *certificates = getenv("SSL_CERT_FILE");
    if (certificates && *certificates)
        curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
}

static enum avt_code perform(struct transfer *transfer, struct avt_error *reterr)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        return avt_fail(reterr, AVT_EINTERNAL, "libcurl cannot be started");
    set_options(curl, transfer);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (result == CURLE_ABORTED_BY_CALLBACK)
        return avt_fetch_check_cancel(transfer->fetch, reterr);
    if (transfer->write_errno)
        return avt_fail(reterr, transfer->write_errno == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT,
                        "a model file cannot be written in '%s': %s", transfer->fetch->folder,
                        strerror(transfer->write_errno));
    if (result != CURLE_OK)
        return avt_fail(reterr, AVT_ENETWORK,
                        "'%.200s' cannot be downloaded: check the network and fetch again, it goes on "
                        "where it stopped (%s)",
                        transfer->source->spec, curl_easy_strerror(result));
    return AVT_OK;
}

enum avt_code avt_download_url(const struct avt_fetch *fetch, const struct avt_source *source,
                               const char *path, struct avt_error *reterr)
{
    struct transfer transfer = {.fetch = fetch, .source = source};
    transfer.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat st;
    if (transfer.fd < 0 || fstat(transfer.fd, &st) != 0) {
        enum avt_code code = avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be written: %s", path,
                                      strerror(errno));
        if (transfer.fd >= 0)
            close(transfer.fd);
        return code;
    }
    transfer.size = st.st_size;
    enum avt_code code = AVT_OK;
    if (transfer.size > source->size_bytes) {
        transfer.size = 0;
        if (ftruncate(transfer.fd, 0) != 0)
            code = avt_fail(reterr, AVT_EOUTPUT, "'%s' cannot be emptied: %s", path,
                            strerror(errno));
    }
    if (code == AVT_OK && transfer.size < source->size_bytes)
        code = perform(&transfer, reterr);
    close(transfer.fd);
    return code;
}
