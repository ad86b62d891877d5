# SPDX-License-Identifier: Apache-2.0
"""An Idempotency-Key stands for one request; two made-up requests with the same one are an error of the
client. So each request that has a valid key gets one of its own."""
import itertools
import re

import schemathesis

_count = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    for name in list(headers):
        value = headers[name]
        if name.lower() == "idempotency-key" and isinstance(value, str) and re.fullmatch(
                r"[A-Za-z0-9._~:-]{1,128}", value):
            headers[name] = "key-%d" % next(_count)
