#!/usr/bin/env bash
set -euo pipefail
docker build -t gcr.io/example/server server
docker push gcr.io/example/server
gcloud run deploy gamgui --image gcr.io/example/server --region europe-west1 --timeout=3600 --concurrency=500 --max-instances=5 --allow-unauthenticated
