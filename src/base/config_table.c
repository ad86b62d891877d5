/* SPDX-License-Identifier: Apache-2.0 */
/* Every setting there is. Limits of HTTP have the defaults of api/http.h. */
#include "base/assert.h"
#include "base/config.h"

static const char *const store_choices[] = {"sqlite", "file", NULL};
static const char *const hardware_choices[] = {"auto", "cpu-small", "cpu", "gpu-10gb", "gpu-24gb", NULL};
static const char *const log_choices[] = {"text", "json", "logfmt", NULL};
static const char *const announce_choices[] = {"text", "json", "none", NULL};
static const char *const error_choices[] = {"problem", "fastapi", NULL};

#define MEGABYTE INT64_C(1000000)
#define SECOND  INT64_C(1000)
#define MINUTE  (60 * SECOND)
#define HOUR    (60 * MINUTE)
#define DAY     (24 * HOUR)
#define YEARS10 (3653 * DAY)

enum {
    SERVER = AVT_FOR_SERVER,
    WORKER = AVT_FOR_SERVER | AVT_FOR_WORKER, /* the server hands it on to its workers */
    ALL = AVT_FOR_SERVER | AVT_FOR_WORKER | AVT_FOR_CLIENT,
};

static const struct avt_setting_info settings[AVT_SETTING_COUNT] = {
    [AVT_SET_STORAGE] = {"storage", "AVATAR_STORAGE", "avatar", AVT_SETTING_FOLDER, ALL, "DIR",
                         .help = "Folder of the program's own data, made when missing; without it "
                                 "$XDG_DATA_HOME/avatar or ~/.local/share/avatar"},
    [AVT_SET_STORE] = {"store", "AVATAR_STORE", "avatar", AVT_SETTING_CHOICE, ALL, "KIND", "sqlite",
                       store_choices,
                       .help = "How jobs are kept: in a database, or as one readable file each"},
    [AVT_SET_LOG] = {"log", "AVATAR_LOG", "avatar", AVT_SETTING_CHOICE, WORKER, "FORMAT", "text",
                     log_choices, .help = "Format of the log, on standard error"},
    [AVT_SET_HARDWARE] = {"hardware", "AVATAR_HARDWARE", "avatar", AVT_SETTING_CHOICE, ALL, "PROFILE", "auto",
                          hardware_choices,
                          .help = "What big neural networks run on, with how many threads and pictures at once, and "
                                  "weights of which precision; 'avatar doctor' says what auto comes to, and why "
                                  "(docs/engines.md)"},
    [AVT_SET_VRAM] = {"vram", "AVATAR_VRAM", "avatar", AVT_SETTING_BYTES, ALL, "SIZE",
                      .min = 100 * MEGABYTE, .max = 1000000 * MEGABYTE,
                      .help = "Memory of the GPU that may be taken, such as 10GB; without it as the hardware profile "
                              "says"},
    [AVT_SET_LEAVE_GPU] = {"leave-gpu", "AVATAR_LEAVE_GPU", "avatar", AVT_SETTING_FLAG, WORKER, .fallback = "no",
                           .hidden = true,
                           .help = "Unload what is on the GPU after each film, since other workers need it"},

    [AVT_SET_HOST] = {"host", "AVATAR_HOST", "server", AVT_SETTING_TEXT, SERVER, "ADDRESS",
                      "127.0.0.1",
                      .help =
                          "Address to listen on. Any but a loopback address needs a key ('avatar "
                          "keys create') or --insecure"},
    [AVT_SET_PORT] = {"port", "AVATAR_PORT", "server", AVT_SETTING_INTEGER, SERVER, "N", "8000",
                      .max = 65535, .help = "Port to listen on; 0 is any free one"},
    [AVT_SET_WORKERS] = {"workers", "AVATAR_WORKERS", "server", AVT_SETTING_INTEGER, SERVER, "N",
                         "1", .max = 64,
                         .help = "Worker processes beside the server; 0: workers are started by "
                                 "'avatar worker' elsewhere"},
    [AVT_SET_INTERACTIVE] = {"interactive", "AVATAR_INTERACTIVE", "server", AVT_SETTING_INTEGER,
                             SERVER, "N", "1", .max = 64,
                             .help = "Worker processes more that take short work only: detection, "
                                     "information, speech under 500 characters"},
    [AVT_SET_INSECURE] = {"insecure", "AVATAR_INSECURE", "server", AVT_SETTING_FLAG, SERVER,
                          .fallback = "no",
                          .help = "Serve others without any key: whoever reaches the port may do "
                                  "everything"},
    [AVT_SET_ERRORS] = {"errors", "AVATAR_ERRORS", "server", AVT_SETTING_CHOICE, SERVER, "STYLE",
                        "problem", error_choices,
                        .help =
                            "Body of errors: RFC 9457 problem details, or as FastAPI writes them"},
    [AVT_SET_CORS_ORIGIN] = {"cors-origin", "AVATAR_CORS_ORIGIN", "server", AVT_SETTING_LIST,
                             SERVER, "URL",
                             .help = "Origins whose pages may call the API, such as "
                                     "https://app.example.org; several by commas or by giving it "
                                     "again; * is any"},
    [AVT_SET_WEBHOOK_SECRET] = {"webhook-secret", "AVATAR_WEBHOOK_SECRET", "server",
                                AVT_SETTING_TEXT, SERVER, "TEXT", .secret = true,
                                .help = "Signs webhooks: whsec_ and 24 to 64 bytes in Base64"},
    [AVT_SET_WEBHOOK_PRIVATE] = {"webhook-private", "AVATAR_WEBHOOK_PRIVATE", "server",
                                 AVT_SETTING_FLAG, SERVER, .fallback = "no",
                                 .help = "Deliver webhooks to private and local addresses too"},
    [AVT_SET_QUEUE_LIMIT] = {"queue-limit", "AVATAR_QUEUE_LIMIT", "server", AVT_SETTING_INTEGER,
                             SERVER, "N", "10000", .min = 1, .max = 10000000,
                             .help = "Jobs that may wait; one more is refused"},
    [AVT_SET_RATE_LIMIT] =
        {"rate-limit", "AVATAR_RATE_LIMIT", "server", AVT_SETTING_INTEGER, SERVER, "N", "600",
         .max = 1000000,
         .help = "Requests a minute of one key, or of one address without a key; "
                 "0 is any number"},
    [AVT_SET_KEY_JOBS] = {"key-jobs", "AVATAR_KEY_JOBS", "server", AVT_SETTING_INTEGER, SERVER, "N",
                          "100", .max = 10000000,
                          .help = "Jobs of one key that may wait or run; 0 is any number"},
    [AVT_SET_FREE_SPACE] = {"free-space", "AVATAR_FREE_SPACE", "server", AVT_SETTING_INTEGER,
                            SERVER, "MB", "500", .max = 100000000,
                            .help = "Refuse work and uploads while the disk has less free"},
    [AVT_SET_DISK_QUOTA] = {"disk-quota", "AVATAR_DISK_QUOTA", "server", AVT_SETTING_INTEGER,
                            SERVER, "MB", "0", .max = 1000000000,
                            .help = "Remove the oldest finished jobs when outputs and uploads take "
                                    "more; 0 is no limit"},
    [AVT_SET_KEEP_FOR] = {"keep-for", "AVATAR_KEEP_FOR", "server", AVT_SETTING_DURATION, SERVER,
                          "TIME", "0", .max = YEARS10,
                          .help =
                              "Remove finished jobs and their files after so long, such as 30d; 0 "
                              "keeps them"},
    [AVT_SET_KEEP_LAST] = {"keep-last", "AVATAR_KEEP_LAST", "server", AVT_SETTING_INTEGER, SERVER,
                           "N", "0", .max = 10000000,
                           .help = "But keep the newest N finished jobs whatever their age"},
    [AVT_SET_KEEP_UPLOADS] = {"keep-uploads", "AVATAR_KEEP_UPLOADS", "server", AVT_SETTING_DURATION,
                              SERVER, "TIME", "24h", .min = MINUTE, .max = YEARS10,
                              .help = "Remove uploads after so long"},

    [AVT_SET_ANNOUNCE] = {"announce", "AVATAR_ANNOUNCE", "server", AVT_SETTING_CHOICE, SERVER,
                          "HOW", "text", announce_choices, .hidden = true,
                          .help = "How the server says on standard output that it is ready"},

    [AVT_SET_WORKER_THREADS] = {"worker-threads", "AVATAR_WORKER_THREADS", "worker",
                                AVT_SETTING_INTEGER, SERVER, "N", "0", .max = 256,
                                .help = "Threads for the neural networks of each worker; 0 divides "
                                        "the cores among several, and gives one as many as its hardware profile has"},
    [AVT_SET_MEMORY_BUDGET] = {"memory-budget", "AVATAR_MEMORY_BUDGET", "worker",
                               AVT_SETTING_INTEGER, WORKER, "MB", "0", .max = 10000000,
                               .help =
                                   "Memory that loaded models may take, of all workers together; "
                                   "the least recently used go first; 0 is no limit"},
    [AVT_SET_LEASE] = {"lease", "AVATAR_LEASE", "worker", AVT_SETTING_DURATION, WORKER, "TIME",
                       "60s", .min = SECOND, .max = HOUR,
                       .help =
                           "A worker that is silent for so long has lost its job, which another "
                           "one then takes"},
    [AVT_SET_POLL] = {"poll", "AVATAR_POLL", "worker", AVT_SETTING_DURATION, WORKER, "TIME", "1s",
                      .min = 50, .max = MINUTE,
                      .help = "How often a worker that nobody wakes looks for jobs"},
    [AVT_SET_DRAIN] = {"drain", "AVATAR_DRAIN", "worker", AVT_SETTING_DURATION, WORKER, "TIME",
                       "25s", .max = HOUR,
                       .help =
                           "At the end a job that takes longer is handed back, and no attempt is "
                           "counted"},
    [AVT_SET_TIME_LIMIT] =
        {"time-limit", "AVATAR_TIME_LIMIT", "worker", AVT_SETTING_DURATION, WORKER, "TIME", "0",
         .max = 7 * DAY, .help = "One attempt may take so long; 0 is what suits the type of job"},
    [AVT_SET_RESCUES] = {"rescues", "AVATAR_RESCUES", "worker", AVT_SETTING_INTEGER, WORKER, "N",
                         "3", .max = 20, .help = "A job that lost more workers than that fails"},
    [AVT_SET_RECYCLE_JOBS] = {"recycle-jobs", "AVATAR_RECYCLE_JOBS", "worker", AVT_SETTING_INTEGER,
                              WORKER, "N", "500", .max = 1000000,
                              .help = "Replace a worker process after so many jobs; 0 never"},
    [AVT_SET_RECYCLE_MEMORY] = {"recycle-memory", "AVATAR_RECYCLE_MEMORY", "worker",
                                AVT_SETTING_INTEGER, WORKER, "MB", "0", .max = 10000000,
                                .help =
                                    "Replace a worker process that is larger after a job; 0 never"},

    [AVT_SET_UPLOAD_LIMIT] = {"upload-limit", "AVATAR_UPLOAD_LIMIT", "limits", AVT_SETTING_INTEGER,
                              SERVER, "MB", "512", .min = 1, .max = 1000000,
                              .help = "Largest upload"},
    [AVT_SET_JSON_LIMIT] = {"json-limit", "AVATAR_JSON_LIMIT", "limits", AVT_SETTING_INTEGER,
                            SERVER, "KB", "5120", .min = 1, .max = 65536,
                            .help = "Largest JSON body"},
    [AVT_SET_HEADER_LIMIT] = {"header-limit", "AVATAR_HEADER_LIMIT", "limits", AVT_SETTING_INTEGER,
                              SERVER, "KB", "32", .min = 4, .max = 1024,
                              .help = "Request line and headers together"},
    [AVT_SET_URI_LIMIT] = {"uri-limit", "AVATAR_URI_LIMIT", "limits", AVT_SETTING_INTEGER, SERVER,
                           "KB", "8", .min = 1, .max = 64, .help = "Path and query of a request"},
    [AVT_SET_HEADER_LINES] = {"header-lines", "AVATAR_HEADER_LINES", "limits", AVT_SETTING_INTEGER,
                              SERVER, "N", "100", .min = 10, .max = 1000,
                              .help = "Headers of a request"},
    [AVT_SET_PARTS_LIMIT] = {"parts-limit", "AVATAR_PARTS_LIMIT", "limits", AVT_SETTING_INTEGER,
                             SERVER, "N", "32", .min = 1, .max = 1000,
                             .help = "Parts of a multipart body"},
    [AVT_SET_FIELD_LIMIT] = {"field-limit", "AVATAR_FIELD_LIMIT", "limits", AVT_SETTING_INTEGER,
                             SERVER, "KB", "64", .min = 1, .max = 16384,
                             .help = "A multipart field that is no file"},
    [AVT_SET_CONNECTIONS] = {"connections", "AVATAR_CONNECTIONS", "limits", AVT_SETTING_INTEGER,
                             SERVER, "N", "2048", .min = 8, .max = 100000,
                             .help = "Connections at once"},
    [AVT_SET_CONNECTIONS_PER_PEER] = {"connections-per-peer", "AVATAR_CONNECTIONS_PER_PEER",
                                      "limits", AVT_SETTING_INTEGER, SERVER, "N", "256", .min = 1,
                                      .max = 100000,
                                      .help = "Connections at once from one address; loopback "
                                              "addresses, where a proxy stands, are not counted"},
    [AVT_SET_STREAMS] = {"streams", "AVATAR_STREAMS", "limits", AVT_SETTING_INTEGER, SERVER, "N",
                         "1000", .min = 1, .max = 100000,
                         .help = "Event streams and WebSockets at once"},
    [AVT_SET_STREAM_BUFFER] = {"stream-buffer", "AVATAR_STREAM_BUFFER", "limits",
                               AVT_SETTING_INTEGER, SERVER, "KB", "256", .min = 16, .max = 65536,
                               .help =
                                   "Events that wait for one slow client, which is then dropped"},
    [AVT_SET_WAITING] = {"waiting", "AVATAR_WAITING", "limits", AVT_SETTING_INTEGER, SERVER, "N",
                         "512", .min = 1, .max = 100000,
                         .help = "Requests that may wait for a job at once"},
    [AVT_SET_HEADER_TIMEOUT] = {"header-timeout", "AVATAR_HEADER_TIMEOUT", "limits",
                                AVT_SETTING_DURATION, SERVER, "TIME", "10s", .min = 100,
                                .max = 10 * MINUTE,
                                .help = "From connecting to the end of the headers"},
    [AVT_SET_IDLE_TIMEOUT] = {"idle-timeout", "AVATAR_IDLE_TIMEOUT", "limits", AVT_SETTING_DURATION,
                              SERVER, "TIME", "30s", .min = 100, .max = HOUR,
                              .help = "From one answer to the next request on the same connection"},
    [AVT_SET_STALL_TIMEOUT] = {"stall-timeout", "AVATAR_STALL_TIMEOUT", "limits",
                               AVT_SETTING_DURATION, SERVER, "TIME", "30s", .min = 100, .max = HOUR,
                               .help = "Over how long the slowest body is measured, either way"},
    [AVT_SET_REQUEST_TIMEOUT] = {"request-timeout", "AVATAR_REQUEST_TIMEOUT", "limits",
                                 AVT_SETTING_DURATION, SERVER, "TIME", "1h", .min = SECOND,
                                 .max = 7 * DAY,
                                 .help = "From the headers to the last byte of the answer"},
    [AVT_SET_RATE_MIN] = {"rate-min", "AVATAR_RATE_MIN", "limits", AVT_SETTING_INTEGER, SERVER,
                          "BYTES", "1024", .max = 100000000,
                          .help = "Slowest body, in bytes a second; 0 is one byte"},
    [AVT_SET_PING] = {"ping", "AVATAR_PING", "limits", AVT_SETTING_DURATION, SERVER, "TIME", "15s",
                      .min = 100, .max = HOUR, .help = "Between signs of life in an event stream"},

    [AVT_SET_SERVER] = {"server", "AVATAR_SERVER", "client", AVT_SETTING_TEXT, AVT_FOR_CLIENT,
                        "URL",
                        .help =
                            "Use the server at URL, such as http://127.0.0.1:8000, instead of the "
                            "storage folder of this machine"},
    [AVT_SET_KEY] = {"key", "AVATAR_KEY", "client", AVT_SETTING_TEXT, AVT_FOR_CLIENT, "KEY",
                     .secret = true,
                     .help = "Key for the server; the environment or the INI file keeps it out of "
                             "other users' sight"},
};

const struct avt_setting_info *avt_setting_info(enum avt_setting id)
{
    avt_assert(id >= 0 && id < AVT_SETTING_COUNT);
    return &settings[id];
}
