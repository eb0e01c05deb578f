#!/bin/sh
# bench.sh COUNT MAIN file.cql... : makes COUNT patients, translates the CQL with the reference translator, times cql-execution on its ELM and then our engine on the
# same CQL and patients, one core each, and prints the ratio. SMALL=1 makes patients of about four resources. BENCH names a built bench_measure example.
set -e
here=$(cd "$(dirname "$0")" && pwd); count=$1; main=$2; shift 2
python3 "$here/generate.py" "$count" "$@"
echo '{ "Measurement Period": "Interval[@2025-01-01T00:00:00.000Z, @2025-12-31T23:59:59.999Z]" }' > params.json
[ -d elm ] || node "${NODE_HOME:-$here}/translate.mjs" elm "$@"
baseline=$(node "${NODE_HOME:-$here}/time.cjs" "$main" elm vs_exec.json params.json patients.json)
echo "cql-execution                $baseline patients a CPU second, Bundles loaded"
${BENCH:-cargo run --quiet --release --manifest-path "$here/../../Cargo.toml" -p cql --example bench_measure --} \
  "$main" vs.json params.json patients.json "$@" "BASELINE=$baseline"
