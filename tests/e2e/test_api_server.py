# SPDX-License-Identifier: Apache-2.0
"""What the server says of itself, and that the document and the program agree."""
import re
import time
import unittest

from api_harness import ApiCase

# Named so in the issue that asked for them, and in every client made from the document.
SCHEMAS = ("PipelineRequest PipelineConfig PipelineResponse JobResponse JobListResponse JobStatsResponse "
           "VoiceProfileResponse VoiceCloneRequest VoiceSynthesizeRequest AvatarProfileResponse "
           "AvatarGenerateRequest FaceDetectionResponse VideoLipSyncRequest VideoEncodeRequest "
           "VideoInfoResponse HealthResponse StatusResponse ErrorResponse").split()


class About(ApiCase):
    def test_root(self):
        root = self.expect(200, self.server.get("/")).json
        self.assertEqual(root["name"], "avatar")
        for path in root["links"].values():
            self.expect(200, self.server.get(path))

    def test_health_and_ready(self):
        health = self.expect(200, self.server.get("/health")).json
        self.assertEqual(health["status"], "ok")
        self.assertGreaterEqual(health["uptime_s"], 0)
        ready = self.expect(200, self.server.get("/ready")).json
        self.assertEqual(ready["checks"], {"store": "ok", "disk": "ok", "shutdown": "ok"})

    def test_status(self):
        status = self.expect(200, self.server.get("/status")).json
        self.assertGreaterEqual(status["cpu"]["count"], 1)
        self.assertGreater(status["memory"]["total_mb"], status["memory"]["server_mb"])
        self.assertGreater(status["disk"]["total_mb"], status["disk"]["free_mb"])
        self.assertEqual(set(status["jobs"]),
                         {"pending", "running", "completed", "failed", "cancelled"})
        self.assertEqual((status["workers"], status["models"]), ([], []))
        self.assertIsInstance(status["gpus"], list)

    def test_metrics(self):
        self.server.post("/jobs", {"text": "x"})
        self.server.get("/jobs/job-1")
        answer = self.expect(200, self.server.get("/metrics"))
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        text = answer.body.decode()
        types = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                self.assertNotIn(name, types, "twice")
                types[name] = kind
            elif not line.startswith("#"):
                found = re.fullmatch(r'([a-z_]+)(\{([a-z_]+="[^"\n]*",?)*\})? -?[0-9.e+]+', line)
                self.assertTrue(found, line)
                self.assertIn(re.sub("_(bucket|sum|count)$", "", found[1]) if found[1] not in types
                              else found[1], types, line)
        self.assertRegex(text, r'avatar_jobs\{type="full_pipeline",status="pending"\} [1-9]')
        self.assertIn('avatar_http_requests_total{method="POST",route="/jobs",code="202"}', text)
        self.assertIn('avatar_http_requests_total{method="GET",route="/jobs/{id}",code="404"}', text)
        for name in ("avatar_queue_age_seconds", "avatar_stage_seconds", "avatar_lease_losses_total",
                     "avatar_http_sent_bytes_total", "avatar_models_memory_bytes",
                     "avatar_real_time_factor"):
            self.assertIn(name, types)

    def test_metrics_count(self):
        def value(name):
            text = self.expect(200, self.server.get("/metrics")).body.decode()
            return float(re.search(r"(?m)^%s (\S+)$" % name, text)[1])
        received, sent = value("avatar_http_received_bytes_total"), value("avatar_http_sent_bytes_total")
        upload = self.expect(201, self.server.post("/uploads", b"RIFF\0\0\0\0WAVEfmt " + b"x" * 50000)).json
        self.assertGreaterEqual(value("avatar_http_received_bytes_total"), received + upload["size_bytes"])
        self.assertGreater(value("avatar_http_sent_bytes_total"), sent + 1000)  # an answer of /metrics is larger
        job = self.expect(202, self.server.post("/jobs", {"text": "x"})).json["id"]
        age = value("avatar_queue_age_seconds")
        time.sleep(0.1)
        self.assertGreater(value("avatar_queue_age_seconds"), age)
        self.expect(200, self.server.delete("/jobs/" + job))

    def test_request_id(self):
        answer = self.server.get("/health", headers={"X-Request-Id": "mine-42"})
        self.assertEqual(answer.headers["X-Request-Id"], "mine-42")
        answer = self.server.get("/health", headers={"X-Request-Id": "mine now\x7f"})
        self.assertNotIn("mine", answer.headers["X-Request-Id"])
        ids = {self.server.get("/health").headers["X-Request-Id"] for _ in range(5)}
        self.assertEqual(len(ids), 5)

    def test_unknown(self):
        self.refused(404, "not_found", self.server.get("/nothing"))
        answer = self.server.request("PUT", "/jobs", {"text": "x"})
        self.refused(405, "method_not_allowed", answer)
        self.assertIn("POST", answer.headers["Allow"])


class Document(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.server.get("/openapi.json").json

    def test_is_whole(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        self.assertEqual(self.document["info"]["version"], self.server.get("/").json["version"])
        schemas = self.document["components"]["schemas"]
        for name in SCHEMAS:
            with self.subTest(name):
                self.assertTrue(schemas[name]["description"])
                self.assertTrue(schemas[name]["examples"])
        # Every property of every schema says what it is.
        for name, schema in schemas.items():
            for field, value in schema.get("properties", {}).items():
                with self.subTest(schema=name, field=field):
                    self.assertTrue("$ref" in value or value.get("description"))
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                with self.subTest(path=path, method=method):
                    for field in ("operationId", "summary", "description", "tags"):
                        self.assertTrue(operation[field])

    def test_references_lead_somewhere(self):
        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    target = self.document
                    for part in node["$ref"].lstrip("#/").split("/"):
                        target = target[part]
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)
        walk(self.document)

    def test_unchanged_is_not_sent_again(self):
        etag = self.server.get("/openapi.json").headers["ETag"]
        answer = self.server.get("/openapi.json", headers={"If-None-Match": etag})
        self.assertEqual((answer.status, answer.body), (304, b""))

    def test_pages(self):
        for path, script in (("/docs", "swagger-ui-bundle.js"), ("/redoc", "redoc.standalone.js")):
            with self.subTest(path):
                answer = self.expect(200, self.server.get(path))
                self.assertTrue(answer.headers["Content-Type"].startswith("text/html"))
                policy = answer.headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertNotRegex(policy, "https?:")
                page = answer.body.decode()
                self.assertNotRegex(page, r'(src|href)="https?:')
                for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page):
                    found = self.expect(200, self.server.get(asset))
                    self.assertRegex(found.headers["Content-Type"], "^text/(css|javascript)")
                self.assertIn(script, page)
        self.expect(404, self.server.get("/assets/none.js"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
