#!/usr/bin/env bash
# Builds and starts docker-compose.yml for real where no image registry is reached: tests/compose_lab.sh [--profile gpu]
# ../shared/compose-lab knows public images by their most common tags; ours are pinned, so its stand-ins get our tags too.
set -eu
cd "$(dirname "$0")/.."
lab=${COMPOSE_LAB:-../shared/compose-lab/compose-lab}
"$lab" up
images=$(sed -n 's/^ *image: *//p' docker-compose.yml; sed -n 's/^FROM *//p' ./*/Dockerfile)
for image in $(echo "$images" | sort -u); do
  docker image inspect "$image" >/dev/null 2>&1 && continue
  standin=$(docker images --format '{{.Repository}}:{{.Tag}}' "${image%%:*}" | head -n 1)
  [ -n "$standin" ] || { echo "no stand-in for $image" >&2; exit 1; }
  docker tag "$standin" "$image"
done
exec "$lab" check . "$@"
