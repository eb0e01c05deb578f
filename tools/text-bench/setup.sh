#!/bin/sh
# Installs the peers of the speed comparison beside this script, each in its own environment: their versions of spaCy exclude each other.
# Needs a Python package index; nothing of the product needs any of this.
set -eu
cd "$(dirname "$0")"
for peer in medspacy==1.3.1 negspacy==1.1.0; do
    folder=".venv-${peer%%=*}"
    [ -d "$folder" ] || python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet "$peer"
    "$folder/bin/pip" freeze | grep -iE '^(spacy|medspacy|negspacy)=='
done
