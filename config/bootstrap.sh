#!/bin/sh
# Finds a Python that is new enough and hands over to config/bootstrap.py. The first `python3` of a machine is
# often too old, or a shim that refuses; a newer one beside it will do.
# Usage: config/bootstrap.sh LOCKFILE [--browser FILE]
set -u
cd "$(dirname "$0")/.." || exit 1

works() { # new enough, and with all that a virtual environment needs
    "$1" -c 'import sys
if sys.version_info < (3, 12): sys.exit("is Python %d.%d" % sys.version_info[:2])
try: import ctypes, ensurepip, ssl, venv
except ImportError as error: sys.exit("lacks a module: %s" % error)' 2>&1
}

candidates() {
    echo "${PYTHON:-}"
    for name in python3.13 python3.12 python3.14 python3 python; do
        command -v "$name"
    done
    for home in "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions" "${HOME:-}/.local/share/uv/python" \
        "${ASDF_DATA_DIR:-${HOME:-}/.asdf}/installs/python"; do
        for name in python3.13 python3.12 python3.14; do
            ls -d "$home"/*/bin/$name 2>/dev/null
        done
    done
}

seen=
IFS='
'
for python in $(candidates); do
    if answer=$(works "$python"); then
        exec "$python" config/bootstrap.py "$@"
    fi
    case $answer in
        "is Python "* | "lacks "*) seen="$seen; $python $answer" ;;
    esac
done
echo "Python 3.12 or newer is needed, with venv and ensurepip, and none was found${seen:+ (${seen#; })}:" \
    "install one, or set PYTHON to its path." >&2
exit 1
