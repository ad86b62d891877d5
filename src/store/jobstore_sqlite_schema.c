/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema, as steps from each version to the next. A step that was released is never changed; a
 * change is a new step, so that a storage of any age opens.
 *
 * Types and statuses are names, since numbers of an enum may move. Times are milliseconds, 0 for
 * none, as in struct avt_job.
 */
#include "base/str.h"
#include "store/jobstore_sqlite.h"

static const char *const steps[AVT_SQLITE_SCHEMA_VERSION] = {
    /* 1 */
    "CREATE TABLE job ("
    " sequence INTEGER PRIMARY KEY," /* of its first event: grows, and is never used again */
    " id TEXT NOT NULL UNIQUE,"
    " type TEXT NOT NULL,"
    " status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed',"
    "  'cancelled')),"
    " owner TEXT NOT NULL,"
    " short_work INTEGER NOT NULL,"
    " priority INTEGER NOT NULL,"
    " run_at_ms INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " started_ms INTEGER NOT NULL,"
    " finished_ms INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " attempts_max INTEGER NOT NULL,"
    " rescues INTEGER NOT NULL,"
    " progress INTEGER NOT NULL,"
    " stage TEXT NOT NULL,"
    " stages_completed INTEGER NOT NULL,"
    " cancel_requested INTEGER NOT NULL,"
    " lease_owner TEXT NOT NULL,"
    " lease_until_ms INTEGER NOT NULL,"
    " lease_token INTEGER NOT NULL,"
    " error_code TEXT NOT NULL,"
    " error_stage TEXT NOT NULL,"
    " error_message TEXT NOT NULL,"
    " estimate_s REAL NOT NULL,"
    " stage_0 REAL NOT NULL,"
    " stage_1 REAL NOT NULL,"
    " stage_2 REAL NOT NULL,"
    " stage_3 REAL NOT NULL,"
    " stage_4 REAL NOT NULL,"
    " stage_5 REAL NOT NULL,"
    " request_id TEXT NOT NULL,"
    " webhook_url TEXT NOT NULL,"
    " params TEXT NOT NULL," /* last, so that the rest of a row is read without their pages */
    " result TEXT,"
    " CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_ms <> 0))"
    ") STRICT;"
    /* In the order of claims, with all that claims, positions and ages of the queue look at. */
    "CREATE INDEX job_pending ON job (priority DESC, run_at_ms, id, type, short_work, estimate_s,"
    " created_ms, owner) WHERE status = 'pending';"
    /* Without the lease, which every heartbeat would have to change here too: few jobs run. */
    "CREATE INDEX job_running ON job (owner) WHERE status = 'running';"
    "CREATE INDEX job_completed ON job (finished_ms) WHERE status = 'completed';"
    "CREATE INDEX job_rescued ON job (owner, type, rescues) WHERE rescues > 0;"
    "CREATE INDEX job_status ON job (status, sequence);"
    "CREATE INDEX job_owner ON job (owner, sequence);"
    "CREATE INDEX job_counts ON job (owner, type, status);"
    /* AUTOINCREMENT: a sequence is not used again after its event was deleted, or a client that
     * asks for what came after it would miss some. */
    "CREATE TABLE event ("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    " job TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " data TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX event_job ON event (job, sequence);"
    "CREATE TABLE idempotency ("
    " key TEXT PRIMARY KEY,"
    " request_sha256 TEXT NOT NULL,"
    " job TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX idempotency_job ON idempotency (job);"
    "CREATE TABLE record ("
    " kind TEXT NOT NULL,"
    " id TEXT NOT NULL,"
    " owner TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL,"
    " data TEXT NOT NULL,"
    " UNIQUE (kind, id)"
    ") STRICT;",
    /* 2: lists of records in order, and purging, without reading all of them */
    "CREATE INDEX record_list ON record (kind, created_ms DESC, id);"
    "CREATE INDEX record_expires ON record (expires_ms) WHERE expires_ms <> 0;"
    "CREATE INDEX idempotency_expires ON idempotency (expires_ms);",
};

static enum avt_code execute(struct avt_sqlite *sqlite, const char *sql, struct avt_error *reterr)
{
    return sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? AVT_OK
               : avt_sqlite_fail(sqlite, reterr);
}

static enum avt_code check_version(struct avt_sqlite *sqlite, int version, int64_t *ret_found,
                                   struct avt_error *reterr)
{
    int64_t application = 0, tables = 0;
    enum avt_code code = avt_sqlite_integer(sqlite, ret_found, reterr, "PRAGMA user_version", "");
    if (code == AVT_OK)
        code = avt_sqlite_integer(sqlite, &application, reterr, "PRAGMA application_id", "");
    if (code == AVT_OK)
        code =
            avt_sqlite_integer(sqlite, &tables, reterr, "SELECT count(*) FROM sqlite_schema", "");
    if (code != AVT_OK)
        return code;
    if (tables > 0 && application != AVT_SQLITE_APPLICATION)
        return avt_fail(reterr, AVT_EFORMAT,
                        "'%s' is a database of another program: name another storage folder",
                        sqlite->path);
    if (*ret_found > version || *ret_found < 0)
        return avt_fail(
            reterr, AVT_EFORMAT,
            "'%s' was written by a newer version of this program (schema %lld, this one "
            "knows %d): use that version, or another storage folder",
            sqlite->path, (long long)*ret_found, version);
    return AVT_OK;
}

/* The steps from `found` on, inside a transaction. */
static enum avt_code take_steps(struct avt_sqlite *sqlite, int64_t found, int version,
                                struct avt_error *reterr)
{
    char pragma[96];
    enum avt_code code = AVT_OK;
    for (int64_t i = found; i < version && code == AVT_OK; i++)
        code = execute(sqlite, steps[i], reterr);
    sqlite3_snprintf(sizeof(pragma), pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                     AVT_SQLITE_APPLICATION, version);
    return code == AVT_OK ? execute(sqlite, pragma, reterr) : code;
}

enum avt_code avt_sqlite_migrate(struct avt_sqlite *sqlite, int version, struct avt_error *reterr)
{
    int64_t found = 0;
    enum avt_code code = check_version(sqlite, version, &found, reterr);
    if (code != AVT_OK || found == version)
        return code;
    code = execute(sqlite, "BEGIN IMMEDIATE", reterr);
    if (code != AVT_OK)
        return code;
    /* Again: another process may have done it while we waited. */
    code = check_version(sqlite, version, &found, reterr);
    if (code == AVT_OK && found < version)
        code = take_steps(sqlite, found, version, reterr);
    if (code == AVT_OK)
        code = execute(sqlite, "COMMIT", reterr);
    if (code != AVT_OK)
        (void)sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
