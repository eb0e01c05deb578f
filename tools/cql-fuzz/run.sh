#!/bin/sh
# Runs the fuzz targets one after the other, each for SECONDS (default 600): tools/cql-fuzz/run.sh [SECONDS] [TARGET...]
# Needs cargo-fuzz (cargo install cargo-fuzz). A stable compiler is enough: the coverage flags are asked for by RUSTC_BOOTSTRAP.
set -eu
cd "$(dirname "$0")/../../fuzz"
seconds="${1:-600}"
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- compile evaluate elm json modelinfo
export RUSTC_BOOTSTRAP=1
[ -d corpus/compile ] || cargo run --release --example seeds
for target in "$@"; do
  case "$target" in
    compile) dictionary="-dict=cql.dict -max_len=4096 -only_ascii=0" ;;
    elm) dictionary="-dict=elm.dict -max_len=8192" ;;
    evaluate) dictionary="-max_len=200" ;;
    *) dictionary="-max_len=4096" ;;
  esac
  echo "== $target for $seconds s"
  # The sanitizer is left out: the code has no `unsafe`; panics, overflows, hangs and memory are what is looked for.
  nice -n 19 cargo fuzz run -s none "$target" -- $dictionary -timeout=25 -rss_limit_mb=2048 -max_total_time="$seconds" -print_final_stats=1 || echo "== $target found something: see fuzz/artifacts/$target"
done
