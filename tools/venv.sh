#!/bin/sh
# Makes .venv and installs one lock file into it, hash by hash: `sh tools/venv.sh requirements.txt`.
# What was installed is kept beside it, so a second call with the same lock costs nothing.
# PYTHON chooses the interpreter.
set -eu

lock=$1
venv=.venv
installed=$venv/installed-$lock

fail() {
    echo "$1" >&2
    exit 1
}

is_recent() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
        if is_recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "缺少 Python 3.11 或更高版本，请先安装：sudo apt install python3 python3-venv"
}

make_venv() {
    python=$(find_python)
    "$python" -c 'import venv, ensurepip' 2>/dev/null || {
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "缺少 Python 的 venv 模块，请先安装：sudo apt install python$version-venv"
    }
    echo "正在创建虚拟环境 $venv …"
    "$python" -m venv --clear "$venv"
}

cmp -s "$lock" "$installed" && [ -x $venv/bin/python ] && exit 0
$venv/bin/python -m pip --version >/dev/null 2>&1 || make_venv
echo "正在安装 $lock 中的依赖（首次约一分钟）…"
$venv/bin/python -m pip install --require-hashes --no-deps --no-input --disable-pip-version-check -r "$lock"
cp "$lock" "$installed"
