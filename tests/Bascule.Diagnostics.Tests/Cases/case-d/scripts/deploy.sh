#!/usr/bin/env bash
set -euo pipefail
gcloud run deploy chat \
  --image gcr.io/example/chat \
  --region europe-west1 \
  --cpu-throttling \
  --max-instances=20 --concurrency=100 \
  --min-instances=1
