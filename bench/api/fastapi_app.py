# SPDX-License-Identifier: Apache-2.0
"""Four routes of the API as FastAPI would have them, on the same SQLite schema with the same durability: what
bench/api/run.py compares the server with. AVATAR_DB names the database, which the server has made."""
import json
import os
import secrets
import sqlite3
import threading
import time
from datetime import datetime, timezone
from typing import Any, Literal, Optional

from fastapi import FastAPI, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field

STAGES = ("voice", "speech", "face", "lipsync", "encode", "cleanup")
Status = Literal["pending", "running", "completed", "failed", "cancelled"]


class PipelineConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    video_quality: Optional[Literal["low", "medium", "high", "ultra"]] = None
    size: Optional[str] = Field(None, max_length=16)
    fps: Optional[float] = Field(None, ge=1, le=120)
    speed: Optional[float] = Field(None, ge=0.5, le=2)
    seed: Optional[int] = Field(None, ge=0)
    format: Optional[Literal["mp4", "webm", "mov", "gif"]] = None


class PipelineRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=1000000)
    voice_profile_id: Optional[str] = Field(None, max_length=64)
    avatar: Optional[str] = Field(None, max_length=64)
    language: Optional[str] = Field(None, max_length=16)
    captions: Optional[Literal["none", "srt", "vtt", "burn"]] = None
    webhook_url: Optional[str] = Field(None, max_length=1023)
    config: Optional[PipelineConfig] = None


class JobError(BaseModel):
    code: str
    message: str
    stage: Optional[str]


class JobLinks(BaseModel):
    self: str
    events: str
    websocket: str
    result: Optional[str]


class JobResponse(BaseModel):
    id: str
    type: str
    status: Status
    progress: int
    stage: Optional[str]
    stages_completed: list[str]
    priority: int
    attempt: int
    attempts_max: int
    rescues: int
    cancel_requested: bool
    created_at: datetime
    run_at: datetime
    started_at: Optional[datetime]
    finished_at: Optional[datetime]
    updated_at: datetime
    estimate_seconds: Optional[float]
    stage_seconds: Optional[dict[str, float]]
    params: dict[str, Any]
    result: Optional[dict[str, Any]]
    error: Optional[JobError]
    webhook_url: Optional[str]
    request_id: Optional[str]
    queue_position: Optional[int]
    eta_seconds: Optional[float]
    links: JobLinks


class JobListResponse(BaseModel):
    jobs: list[JobResponse]
    next_cursor: Optional[str]


class HealthResponse(BaseModel):
    status: str
    version: str
    uptime_s: float


app = FastAPI()
started = time.monotonic()
local = threading.local()


def database():
    """A connection of this thread, with the server's own settings."""
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(os.environ["AVATAR_DB"], isolation_level=None, timeout=30)
        local.connection.row_factory = sqlite3.Row
        local.connection.execute("PRAGMA synchronous = FULL")
    return local.connection


def moment(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc) if ms else None


def queue_of(job):
    """Position and seconds until done of a job that waits."""
    if job["status"] != "pending":
        return None, None
    ahead, ahead_s = database().execute(
        "SELECT count(*), total(estimate_s) FROM job WHERE status = 'pending' AND (priority > ?1"
        " OR (priority = ?1 AND (run_at_ms < ?2 OR (run_at_ms = ?2 AND id < ?3))))",
        (job["priority"], job["run_at_ms"], job["id"])).fetchone()
    return ahead + 1, ahead_s + job["estimate_s"] if job["estimate_s"] else None


def view(job):
    position, eta = queue_of(job)
    path = "/jobs/" + job["id"]
    completed = job["status"] == "completed"
    return {
        "id": job["id"], "type": job["type"], "status": job["status"], "progress": job["progress"],
        "stage": job["stage"] or None,
        "stages_completed": [s for i, s in enumerate(STAGES) if job["stages_completed"] & 1 << i],
        "priority": job["priority"], "attempt": job["attempt"], "attempts_max": job["attempts_max"],
        "rescues": job["rescues"], "cancel_requested": bool(job["cancel_requested"]),
        "created_at": moment(job["created_ms"]), "run_at": moment(job["run_at_ms"]),
        "started_at": moment(job["started_ms"]), "finished_at": moment(job["finished_ms"]),
        "updated_at": moment(job["updated_ms"]), "estimate_seconds": job["estimate_s"] or None,
        "stage_seconds": {s: job["stage_%d" % i] for i, s in enumerate(STAGES)} if completed else None,
        "params": json.loads(job["params"]), "result": json.loads(job["result"]) if job["result"] else None,
        "error": {"code": job["error_code"], "message": job["error_message"],
                  "stage": job["error_stage"] or None} if job["error_code"] else None,
        "webhook_url": job["webhook_url"] or None, "request_id": job["request_id"] or None,
        "queue_position": position, "eta_seconds": eta,
        "links": {"self": path, "events": path + "/events", "websocket": path + "/ws",
                  "result": path + "/result" if completed else None},
    }


# Short reads are faster on the event loop than by way of the thread pool; both were tried.
@app.get("/health", response_model=HealthResponse)
async def health():
    return {"status": "ok", "version": "0.1.0", "uptime_s": round(time.monotonic() - started, 3)}


@app.get("/jobs", response_model=JobListResponse)
async def list_jobs(limit: int = Query(50, ge=1, le=1000), status: Optional[Status] = None,
                    cursor: Optional[str] = Query(None, max_length=63)):
    rows = database().execute(
        "SELECT * FROM job WHERE sequence < ?1 AND (?2 IS NULL OR status = ?2)"
        " AND type NOT IN ('video_info', 'webhook') ORDER BY sequence DESC LIMIT ?3",
        (int(cursor) if cursor else 1 << 62, status, limit + 1)).fetchall()
    more = len(rows) > limit
    return {"jobs": [view(job) for job in rows[:limit]],
            "next_cursor": str(rows[limit - 1]["sequence"]) if more else None}


@app.get("/jobs/{job_id}", response_model=JobResponse)
async def get_job(job_id: str):
    job = database().execute("SELECT * FROM job WHERE id = ?", (job_id,)).fetchone()
    if not job:
        raise HTTPException(404, "there is no job '%s'" % job_id)
    return view(job)


COLUMNS = (
    "sequence, id, type, status, owner, short_work, priority, run_at_ms, created_ms, started_ms, finished_ms,"
    " updated_ms, attempt, attempts_max, rescues, progress, stage, stages_completed, cancel_requested,"
    " lease_owner, lease_until_ms, lease_token, error_code, error_stage, error_message, estimate_s, stage_0,"
    " stage_1, stage_2, stage_3, stage_4, stage_5, request_id, webhook_url, params, result")


# In the thread pool: the wait for the disk would hold up everybody.
@app.post("/jobs", response_model=JobResponse, status_code=202)
def submit(request: PipelineRequest, response: Response):
    connection = database()
    now = int(time.time() * 1000)
    job_id = "job-%s-%s" % (time.strftime("%Y%m%d%H%M%S", time.gmtime(now / 1000)), secrets.token_hex(4))
    params = request.model_dump(exclude_none=True, exclude={"webhook_url"})
    connection.execute("BEGIN IMMEDIATE")
    try:
        sequence = connection.execute(
            "INSERT INTO event (job, at_ms, type, data) VALUES (?, ?, 'status', ?)",
            (job_id, now, '{"status":"pending","progress":0,"stage":null}')).lastrowid
        values = (sequence, job_id, "full_pipeline", "pending", "", 0, 0, now, now, 0, 0, now, 0, 5, 0, 0, "", 0,
                  0, "", 0, 0, "", "", "", 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "", request.webhook_url or "",
                  json.dumps(params, separators=(",", ":")), None)
        connection.execute("INSERT INTO job (%s) VALUES (%s)" % (COLUMNS, ",".join("?" * len(values))), values)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    response.headers["Location"] = "/jobs/" + job_id
    return view(connection.execute("SELECT * FROM job WHERE id = ?", (job_id,)).fetchone())
