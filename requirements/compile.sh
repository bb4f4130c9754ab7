#!/usr/bin/env bash
# Pin everything: run after changing an .in file. Needs uv.
set -euo pipefail
cd "$(dirname "$0")"
pin() { uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet "$@"; }
pin core.in --output-file core.txt
pin dev.in --constraint core.txt --output-file dev.txt
# PyTorch is installed before and apart: leave it, and all that only its CUDA build needs, out of the pins.
pin local.in --constraint core.txt --output-file local.txt \
  --override <(echo "torch==2.13.0; sys_platform == 'never'")
