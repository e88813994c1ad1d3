# Shared beginning of the scripts: finds Python, makes .venv once, installs what is pinned. Sourced, never run.
# Leaves ROOT (the repository, also the working directory) and PYTHON (the environment's interpreter).
set -euo pipefail

# The comment at the head of the calling script is its help; asking for it installs nothing.
case "${1-}" in -h | --help)
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$0"
    exit 0
    ;;
esac

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
STAMP="$VENV/.caretrail-stamp"
cd "$ROOT"
# What is activated or exported around us belongs to another project; without byte code kept, each of our many processes
# would compile all modules anew.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME CONDA_PREFIX PYTHONDONTWRITEBYTECODE

say() { printf 'caretrail: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }


new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

wanted_stamp() { printf '%s %s\n' "$ROOT" "$(cat requirements-dev.txt pyproject.toml | cksum)"; }

make_venv() {
    local python
    rm -rf "$VENV"
    if ! python="$(find_python)"; then
        command -v uv >/dev/null 2>&1 || die "Python 3.11 or newer is needed and was not found on the PATH."
        python=">=3.11"
    fi
    say "making .venv with $python (once)"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --no-project --python "$python" "$VENV"
    elif ! "$python" -m venv "$VENV" >/dev/null 2>&1; then
        # Some distributions ship venv without ensurepip; the system's pip can fill the environment from outside.
        "$python" -m venv --clear --without-pip "$VENV" ||
            die "$python cannot make a virtual environment: install its venv module, or uv."
        "$python" -m pip --version >/dev/null 2>&1 ||
            die "neither ensurepip, pip nor uv is there: install one of them (for example python3-venv)."
    fi
}

# uv takes a tenth of pip's time. It reads none of pip's configuration: where that is needed, pip does it after all.
install() {
    local uv
    uv="$(command -v uv || command -v "$VENV/bin/uv" || true)"
    [[ -n "$uv" ]] && "$uv" pip install --quiet --python "$PYTHON" "$@" 2>/dev/null || install_by_pip "$@"
}

install_by_pip() {
    if "$PYTHON" -m pip --version >/dev/null 2>&1; then
        "$PYTHON" -m pip install -qq --disable-pip-version-check "$@"
    else
        "$(find_python)" -m pip --python "$PYTHON" install -qq --disable-pip-version-check "$@"
    fi
}

# The lines that pin uv itself.
pin_of_uv() { awk '/^[^ #]/ { ours = /^uv==/ } ours' requirements-dev.txt; }

prepare() {
    [[ -f "$STAMP" && "$(cat "$STAMP")" == "$(wanted_stamp)" ]] && new_enough "$PYTHON" && return
    # An environment made elsewhere (a moved clone) or by an old Python is made anew.
    if ! new_enough "$PYTHON" || [[ -f "$STAMP" && "$(cut -d' ' -f1 "$STAMP")" != "$ROOT" ]]; then
        make_venv
    fi
    say "installing the pinned packages (a minute at most, the first time)"
    command -v uv >/dev/null 2>&1 || install_by_pip --no-deps --require-hashes -r <(pin_of_uv)
    install --no-deps --require-hashes -r requirements-dev.txt
    install --no-deps --no-build-isolation --editable .
    wanted_stamp >"$STAMP"
}

# Two scripts started together must not build the environment at once.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$ROOT/.venv.lock"
    flock 9
    prepare
    exec 9>&-
else
    prepare
fi
