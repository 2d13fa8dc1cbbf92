#!/usr/bin/env bash
set -euo pipefail
gcloud run services replace service.yaml --region europe-west1
gcloud run services add-iam-policy-binding chat --member=allUsers --role=roles/run.invoker
