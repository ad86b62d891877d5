#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make a film over HTTP with curl: submit a job, follow its events, save the file.
#
#     avatar server start &
#     ./api_example.sh http://127.0.0.1:8000 "Hello from the shell." hello.mp4
#
# The key, if the server wants one, is read from AVATAR_KEY.
set -eu
[ $# -eq 3 ] || { echo "usage: $0 URL TEXT OUTPUT.mp4" >&2; exit 2; }
server=$1 text=$2 output=$3

# The key goes in by a file descriptor, so that `ps` does not show it.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "${AVATAR_KEY:-none}" >"$config"
    [ -n "${AVATAR_KEY:-}" ] || : >"$config"
    curl --silent --show-error --fail-with-body --config "$config" "$@"
}
config=$(mktemp)
trap 'rm -f "$config"' EXIT

# As JSON text: backslashes and quotes are escaped, other control characters are left out.
quoted=$(printf '%s' "$text" | tr '\n' ' ' | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')
answer=$(call --json "{\"text\": \"$quoted\", \"config\": {\"video_quality\": \"low\"}}" "$server/jobs")
job=$(printf '%s' "$answer" | sed -n 's/.*"id":"\(job-[0-9a-f-]*\)".*/\1/p')
echo "$job"

# Each event is a line "data: {...}"; the stream ends with the job.
call --no-buffer "$server/jobs/$job/events" | while IFS= read -r line; do
    case $line in
    data:*) printf '%s\n' "$line" |
        sed -n 's/.*"status":"\([a-z]*\)".*"progress":\([0-9]*\).*/\2 % \1/p; t
                s/.*"progress":\([0-9]*\).*"status":"\([a-z]*\)".*/\1 % \2/p' ;;
    esac
done

# Anything but a finished film is an error here, with the server's sentence.
call --output "$output" "$server/jobs/$job/result"
echo "$output"
