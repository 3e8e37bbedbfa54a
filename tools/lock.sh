#!/bin/sh
# Resolves requirements.in and requirements-dev.in into locks with hashes, one for Python 3.11 and later.
# Arguments go to the resolver, e.g. `--upgrade` or `--upgrade-package flask`.
set -eu

export UV_CUSTOM_COMPILE_COMMAND="make lock"

compile() {
    .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-config --quiet "$@"
}

compile "$@" --output-file requirements.txt requirements.in
compile "$@" --constraint requirements.txt --override requirements-override.in --output-file requirements-dev.txt requirements-dev.in
if grep -nE '(https?|file)://|--(extra-)?index-url|--find-links' requirements.txt requirements-dev.txt; then
    echo "a lock names where packages come from: it must not" >&2
    exit 1
fi
