#!/usr/bin/env bash
set -euo pipefail
cd /opt/ws
git pull --ff-only
printf 'WS_MODE=single\nKAFKA_BROKERS=kafka:9092\n' > .env
docker compose up -d --build
