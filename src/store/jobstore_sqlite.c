/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store in one SQLite file, avatar.db. One connection per handle; several processes may have it
 * open.
 *
 * Durability: a change is on disk when its call returns (synchronous=FULL). Up to 3.51.2 SQLite
 * could damage a database in WAL mode that several connections write and checkpoint at once
 * ("WAL-reset bug"), so below 3.51.3 a rollback journal is used.
 */
#include "store/jobstore_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "os/paths.h"

enum { BUSY_MS_MAX = 30000 };

/* ---- errors ---------------------------------------------------------------------------------- */

enum avt_code avt_sqlite_damaged(struct avt_sqlite *sqlite, const char *what,
                                 struct avt_error *reterr)
{
    return avt_fail(
        reterr, AVT_EFORMAT,
        "the database '%s' is damaged (%s): put back a backup of it, or move it away to "
        "begin with an empty one",
        sqlite->path, what);
}

static enum avt_code disk_full(struct avt_sqlite *sqlite, struct avt_error *reterr)
{
    return avt_fail(
        reterr, AVT_ENOSPACE,
        "the database '%s' cannot be written: the disk is full; free some space and try "
        "again",
        sqlite->path);
}

/* What the system said of the file that failed. sqlite3_system_errno() is of the last call, which
 * was often one of tidying up; a quota that is used up (EDQUOT) shows only here. */
static int last_errno(struct avt_sqlite *sqlite)
{
    sqlite3_file *journal = NULL;
    int errnum = 0;
    (void)sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_LAST_ERRNO, &errnum);
    if (errnum == 0 &&
        sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&journal) ==
            SQLITE_OK &&
        journal && journal->pMethods)
        (void)journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &errnum);
    return errnum != 0 ? errnum : sqlite3_system_errno(sqlite->db);
}

enum avt_code avt_sqlite_fail(struct avt_sqlite *sqlite, struct avt_error *reterr)
{
    int system_errno = sqlite->db ? last_errno(sqlite) : 0;
    const char *text = sqlite3_errmsg(sqlite->db);
    switch (sqlite3_errcode(sqlite->db) & 0xff) {
    case SQLITE_FULL:
        return disk_full(sqlite, reterr);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (avt_code_from_errno(system_errno) == AVT_ENOSPACE)
            return disk_full(sqlite, reterr);
        return avt_fail(reterr, AVT_EIO, "the database '%s' cannot be read or written: %s (%s)",
                        sqlite->path, text, strerror(system_errno));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return avt_sqlite_damaged(sqlite, text, reterr);
    case SQLITE_BUSY:
        return avt_fail(reterr, AVT_EIO,
                        "the database '%s' was locked by another process for %d seconds: end what "
                        "holds it, then try again",
                        sqlite->path, BUSY_MS_MAX / 1000);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return avt_fail(reterr, AVT_EIO, "the database '%s' may not be written: %s", sqlite->path,
                        text);
    case SQLITE_NOMEM:
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the database '%s'", sqlite->path);
    case SQLITE_TOOBIG:
        return avt_fail(reterr, AVT_ELIMIT, "too much for the database '%s': %s", sqlite->path,
                        text);
    default:
        return avt_fail(reterr, AVT_EINTERNAL, "the database '%s' fails: %s", sqlite->path, text);
    }
}

/* SQLite's own handler sleeps up to 100 ms at a time, which is many commits here. Each waits a
 * random few milliseconds, so that none is passed over for ever. */
static int wait_for_lock(void *user, int calls)
{
    struct avt_sqlite *sqlite = user;
    int64_t now_ms = (int64_t)(avt_now_s() * 1000.0);
    unsigned char random;
    if (calls == 0)
        sqlite->busy_since_ms = now_ms;
    if (now_ms - sqlite->busy_since_ms > BUSY_MS_MAX)
        return 0;
    avt_random_bytes(&random, sizeof(random));
    struct timespec pause = {0, 500000L + random % 16 * 250000L};
    (void)nanosleep(&pause, NULL);
    return 1;
}

/* ---- statements ------------------------------------------------------------------------------ */

void avt_sqlite_resetp(sqlite3_stmt **stmt)
{
    if (!*stmt)
        return;
    (void)sqlite3_reset(*stmt);
    (void)sqlite3_clear_bindings(*stmt); /* they are borrowed */
}

static enum avt_code find_statement(struct avt_sqlite *sqlite, const char *sql,
                                    sqlite3_stmt **ret_stmt, struct avt_error *reterr)
{
    int i = 0;
    while (i < AVT_SQLITE_STATEMENTS_MAX && sqlite->statements[i].sql &&
           sqlite->statements[i].sql != sql)
        i++;
    avt_assert(i < AVT_SQLITE_STATEMENTS_MAX);
    if (!sqlite->statements[i].stmt) {
        sqlite3_stmt *stmt;
        if (sqlite3_prepare_v3(sqlite->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
            SQLITE_OK)
            return avt_sqlite_fail(sqlite, reterr);
        sqlite->statements[i].sql = sql;
        sqlite->statements[i].stmt = stmt;
    }
    *ret_stmt = sqlite->statements[i].stmt;
    return AVT_OK;
}

static enum avt_code prepare_list(struct avt_sqlite *sqlite, sqlite3_stmt **ret_stmt,
                                  struct avt_error *reterr, const char *sql, const char *types,
                                  va_list ap)
{
    sqlite3_stmt *stmt = NULL;
    enum avt_code code = find_statement(sqlite, sql, &stmt, reterr);
    if (code != AVT_OK)
        return code;
    int result = SQLITE_OK;
    for (int i = 1; types[i - 1] != '\0' && result == SQLITE_OK; i++) {
        switch (types[i - 1]) {
        case 't':
            result = sqlite3_bind_text(stmt, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
            break;
        case 'i':
            result = sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
            break;
        default:
            avt_assert(types[i - 1] == 'r');
            result = sqlite3_bind_double(stmt, i, va_arg(ap, double));
            break;
        }
    }
    if (result != SQLITE_OK) {
        code = avt_sqlite_fail(sqlite, reterr);
        avt_sqlite_resetp(&stmt);
        return code;
    }
    *ret_stmt = stmt;
    return AVT_OK;
}

enum avt_code avt_sqlite_prepare(struct avt_sqlite *sqlite, sqlite3_stmt **ret_stmt,
                                 struct avt_error *reterr, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    enum avt_code code = prepare_list(sqlite, ret_stmt, reterr, sql, types, ap);
    va_end(ap);
    return code;
}

enum avt_code avt_sqlite_step(struct avt_sqlite *sqlite, sqlite3_stmt *stmt, bool *ret_row,
                              struct avt_error *reterr)
{
    int result = sqlite3_step(stmt);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return avt_sqlite_fail(sqlite, reterr);
    *ret_row = result == SQLITE_ROW;
    return AVT_OK;
}

enum avt_code avt_sqlite_run(struct avt_sqlite *sqlite, struct avt_error *reterr, const char *sql,
                             const char *types, ...)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = true;
    va_list ap;
    va_start(ap, types);
    enum avt_code code = prepare_list(sqlite, &stmt, reterr, sql, types, ap);
    va_end(ap);
    while (code == AVT_OK && row)
        code = avt_sqlite_step(sqlite, stmt, &row, reterr);
    return code;
}

enum avt_code avt_sqlite_integer(struct avt_sqlite *sqlite, int64_t *ret_value,
                                 struct avt_error *reterr, const char *sql, const char *types, ...)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    va_list ap;
    va_start(ap, types);
    enum avt_code code = prepare_list(sqlite, &stmt, reterr, sql, types, ap);
    va_end(ap);
    if (code == AVT_OK)
        code = avt_sqlite_step(sqlite, stmt, &row, reterr);
    if (code == AVT_OK)
        *ret_value = row ? sqlite3_column_int64(stmt, 0) : 0;
    return code;
}

bool avt_sqlite_text(sqlite3_stmt *stmt, int column, char *ret_text, size_t size)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    size_t length = (size_t)sqlite3_column_bytes(stmt, column);
    if (!text || length >= size || memchr(text, '\0', length))
        return false;
    memcpy(ret_text, text, length + 1);
    return true;
}

json_t *avt_sqlite_object(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    size_t size = (size_t)sqlite3_column_bytes(stmt, column);
    json_t *json = text ? json_loadb((const char *)text, size, 0, NULL) : NULL;
    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* ---- opening --------------------------------------------------------------------------------- */

bool avt_sqlite_wal_safe(int version)
{
    return version >= 3051003;
}

bool avt_sqlite_network_magic(long magic)
{
    /* Those that <linux/magic.h> does not name are from the sources of the file systems. */
    static const unsigned long network[] = {
        NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,         CIFS_SUPER_MAGIC,      SMB2_SUPER_MAGIC,
        CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,         AFS_FS_MAGIC,          CODA_SUPER_MAGIC,
        NCP_SUPER_MAGIC,  0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */, 0xaad7aaea /* PanFS */,
    };
    for (size_t i = 0; i < sizeof(network) / sizeof(*network); i++)
        if (((unsigned long)magic & 0xffffffffUL) == network[i])
            return true;
    return false;
}

static enum avt_code refuse_network(const char *storage, struct avt_error *reterr)
{
    struct statfs fs;
    if (statfs(storage, &fs) == 0 && avt_sqlite_network_magic((long)fs.f_type))
        return avt_fail(
            reterr, AVT_EINVAL,
            "'%s' is on a network file system, whose locks SQLite cannot rely on: choose "
            "a folder on a disk of this machine, or the store kind 'file'",
            storage);
    return AVT_OK;
}

/* Made here first, so that nobody else can read it even for a moment. */
static enum avt_code make_private(const char *path, struct avt_error *reterr)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return avt_fail(reterr, avt_code_from_errno(errno),
                        "the database '%s' cannot be opened: %s", path, strerror(errno));
    close(fd);
    return AVT_OK;
}

static enum avt_code set_journal(struct avt_sqlite *sqlite, struct avt_error *reterr)
{
    bool wal = avt_sqlite_wal_safe(sqlite3_libversion_number());
    char mode[16] = "";
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    enum avt_code code =
        wal ? avt_sqlite_prepare(sqlite, &stmt, reterr, "PRAGMA journal_mode = WAL", "")
            : avt_sqlite_prepare(sqlite, &stmt, reterr, "PRAGMA journal_mode = TRUNCATE", "");
    if (code == AVT_OK)
        code = avt_sqlite_step(sqlite, stmt, &row, reterr);
    if (code != AVT_OK)
        return code;
    if (row)
        (void)avt_sqlite_text(stmt, 0, mode, sizeof(mode));
    sqlite->wal = avt_str_equal(mode, "wal");
    if (!wal && avt_str_equal(mode, "wal"))
        return avt_fail(reterr, AVT_EIO,
                        "the database '%s' is in use by a build with a newer SQLite, and this one "
                        "(%s) cannot share it safely: end the other first",
                        sqlite->path, sqlite3_libversion());
    return AVT_OK;
}

static enum avt_code set_up(struct avt_sqlite *sqlite, struct avt_error *reterr)
{
    static const char pragmas[] =
        "PRAGMA synchronous = FULL;"
        "PRAGMA temp_store = MEMORY;"
        "PRAGMA mmap_size = 0;"
        /* What is deleted was said by somebody: it goes from the file too. */
        "PRAGMA secure_delete = ON;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA trusted_schema = OFF;";
    (void)sqlite3_extended_result_codes(sqlite->db, 1);
    (void)sqlite3_busy_handler(sqlite->db, wait_for_lock, sqlite);
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* Plans do not depend on bound values: a statement is not compiled anew for each of them. */
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    if (sqlite3_exec(sqlite->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return avt_sqlite_fail(sqlite, reterr);
    enum avt_code code = set_journal(sqlite, reterr);
    return code == AVT_OK ? avt_sqlite_migrate(sqlite, AVT_SQLITE_SCHEMA_VERSION, reterr) : code;
}

static char *hidden_types(void)
{
    struct avt_buf buf = AVT_BUF_INIT(1024);
    avt_buf_append_char(&buf, ',');
    for (int i = 0; i < AVT_JOB_TYPE_COUNT; i++)
        if (!avt_job_type_listed((enum avt_job_type)i))
            avt_buf_printf(&buf, "%s,", avt_job_type_name((enum avt_job_type)i));
    return avt_buf_take(&buf);
}

static void sqlite_close(void *impl)
{
    struct avt_sqlite *sqlite = impl;
    for (int i = 0; i < AVT_SQLITE_STATEMENTS_MAX; i++)
        (void)sqlite3_finalize(sqlite->statements[i].stmt);
    for (int i = 0; i < AVT_SQLITE_LISTS; i++)
        (void)sqlite3_finalize(sqlite->lists[i]);
    (void)sqlite3_close(sqlite->db);
    avt_free(sqlite->hidden_types);
    avt_free(sqlite->path);
    avt_free(sqlite);
}

static enum avt_code sqlite_open(const struct avt_jobstore_options *options,
                                 struct avt_jobstore *store, void **ret_impl,
                                 struct avt_error *reterr)
{
    (void)store;
    enum avt_code code = refuse_network(options->storage, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_sqlite *sqlite = avt_new0(struct avt_sqlite, 1);
    sqlite->path = avt_path_join(options->storage, "avatar.db");
    sqlite->hidden_types = hidden_types();
    code = make_private(sqlite->path, reterr);
    /* Our own lock is around every call, so SQLite's would only cost. */
    if (code == AVT_OK &&
        sqlite3_open_v2(sqlite->path, &sqlite->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        code = avt_sqlite_fail(sqlite, reterr);
    if (code == AVT_OK)
        code = set_up(sqlite, reterr);
    if (code == AVT_OK && sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_FILE_POINTER,
                                               (void *)&sqlite->file) != SQLITE_OK)
        sqlite->file = NULL;
    if (code != AVT_OK) {
        sqlite_close(sqlite);
        return code;
    }
    *ret_impl = sqlite;
    return AVT_OK;
}

/*
 * The change counter in the header of the file, which every commit in rollback mode raises before it
 * is done (fileformat2.html, "File change counter"). Read without a lock, so that it is old for as long as
 * a commit is under way, and a reader need not wait for that one to be told that nothing has changed
 * yet. By SQLite's own descriptor: closing one of ours would drop SQLite's locks (POSIX).
 */
static uint64_t sqlite_version(void *impl)
{
    enum { COUNTER_AT = 24 };
    const struct avt_sqlite *sqlite = impl;
    unsigned char bytes[4];
    if (sqlite->wal || !sqlite->file || !sqlite->file->pMethods ||
        sqlite->file->pMethods->xRead(sqlite->file, bytes, sizeof(bytes), COUNTER_AT) != SQLITE_OK)
        return 0;
    return UINT64_C(1) + ((uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
                          (uint64_t)bytes[2] << 8 | (uint64_t)bytes[3]);
}

/* ---- transactions and backup ----------------------------------------------------------------- */

/* IMMEDIATE: a transaction that reads first and writes later could not wait for its turn in
 * between. */
static enum avt_code sqlite_begin(void *impl, struct avt_error *reterr)
{
    return avt_sqlite_run(impl, reterr, "BEGIN IMMEDIATE", "");
}

static void sqlite_rollback(void *impl)
{
    struct avt_sqlite *sqlite = impl;
    /* A full disk and the like have rolled back already. */
    if (!sqlite3_get_autocommit(sqlite->db))
        (void)sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
}

static enum avt_code sqlite_commit(void *impl, struct avt_error *reterr)
{
    enum avt_code code = avt_sqlite_run(impl, reterr, "COMMIT", "");
    if (code != AVT_OK)
        sqlite_rollback(impl);
    return code;
}

static enum avt_code sync_path(const char *path, struct avt_error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int errnum = errno;
    if (fd >= 0)
        close(fd);
    return good ? AVT_OK
                : avt_fail(reterr, avt_code_from_errno(errnum), "'%s' cannot be finished: %s", path,
                           strerror(errnum));
}

static enum avt_code sqlite_backup(void *impl, const char *folder, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, "avatar.db");
    if (avt_file_exists(path))
        return avt_fail(reterr, AVT_EOUTPUT,
                        "'%s' exists already: name a new folder for the backup", path);
    enum avt_code code = avt_sqlite_run(impl, reterr, "VACUUM INTO ?1", "t", path);
    if (code == AVT_OK && chmod(path, 0600) != 0)
        code = avt_fail(reterr, AVT_EIO, "'%s' cannot be finished: %s", path, strerror(errno));
    /* VACUUM INTO does not wait for the disk. */
    if (code == AVT_OK)
        code = sync_path(path, reterr);
    if (code == AVT_OK)
        code = sync_path(folder, reterr);
    if (code != AVT_OK)
        (void)unlink(path);
    return code;
}

const struct avt_jobstore_ops avt_jobstore_sqlite = {
    .kind = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .backup = sqlite_backup,
    .version = sqlite_version,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .job_insert = avt_sqlite_job_insert,
    .job_update = avt_sqlite_job_update,
    .job_remove = avt_sqlite_job_remove,
    .claim = avt_sqlite_claim,
    .turn_back = avt_sqlite_turn_back,
    .event_add = avt_sqlite_event_add,
    .idempotency_put = avt_sqlite_idempotency_put,
    .record_put = avt_sqlite_record_put,
    .record_remove = avt_sqlite_record_remove,
    .purge = avt_sqlite_purge,
    .job_load = avt_sqlite_job_load,
    .claimable = avt_sqlite_claimable,
    .lost = avt_sqlite_lost,
    .count = avt_sqlite_count,
    .list = avt_sqlite_list,
    .resolve = avt_sqlite_resolve,
    .stats = avt_sqlite_stats,
    .position = avt_sqlite_position,
    .events = avt_sqlite_events,
    .event_last = avt_sqlite_event_last,
    .idempotency_get = avt_sqlite_idempotency_get,
    .record_get = avt_sqlite_record_get,
    .record_list = avt_sqlite_record_list,
};
