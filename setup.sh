#!/usr/bin/env bash
# Prepares this checkout and runs what it is asked for; `./setup.sh help` says what there is.
# Everything it makes stays in .venv/, .tools/ and .cache/ (and Go's own caches); only the lab's packages come from apt.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
venv=$root/.venv
tools=$root/.tools
logs=$root/.cache/setup
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # where ip and yggdrasil are, also for a shell that isn't root's
PATH=$PATH:/usr/local/go/bin               # where Go installs itself, also under sudo

usage() {
  cat <<'END'
./setup.sh              prepare everything: Python packages, Nomad, Nomad Autoscaler, Consul, what the lab needs
./setup.sh demo [ARGS]  prepare what the demo needs and run it: a grid's services on a real Nomad, zone by zone (as root)
./setup.sh test [ARGS]  prepare what the tests need and run them all: formats, lint, types, import rules, then pytest ARGS
./setup.sh check        the quick one: formats, lint, types, import rules, unit tests
./setup.sh docs         the documentation as a site, in .cache/site; a dead link, or a page in no menu, is a failure
./setup.sh help         this

What is there already is used: a fitting nomad, nomad-autoscaler or consul on PATH is linked into .tools/bin, otherwise it is
built from source with Go (once; minutes). PYTHON=/path/to/python chooses the Python.
END
}

# ---------------------------------------------------------------------------------------------------------- talking

tty=false bold='' red='' green='' plain=''
if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
  tty=true
  if [[ -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
  fi
fi

say() { printf '%s\n' "$*"; }
done_with() { printf '%s\n' "${green}ok${plain}  $*"; }
die() {
  printf '%s\n' "${red}setup.sh: $*${plain}" >&2
  exit 1
}
clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# ------------------------------------------------------------------------------------- long jobs, and stopping them

job='' half_made=''

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local code=$? tries
  trap - EXIT
  if [[ -n $job ]]; then
    kill -INT -- "-$job" 2>/dev/null || true # the signal that go and pip tidy up after
    for ((tries = 0; tries < 50; tries++)); do
      if ! kill -0 -- "-$job" 2>/dev/null; then break; fi
      sleep 0.1
    done
    kill -KILL -- "-$job" 2>/dev/null || true
    wait "$job" 2>/dev/null || true
  fi
  if [[ -n $half_made ]]; then rm -rf "$half_made"; fi
  exit "$code"
}

# shellcheck disable=SC2317  # called by the traps
stopped() {
  if $tty; then printf '\n'; fi
  printf '%s\n' "setup.sh: stopped; the next run goes on from here" >&2
  exit "$1"
}
trap clean_up EXIT
trap 'stopped 130' INT
trap 'stopped 143' TERM
trap 'stopped 129' HUP

# with_progress WHAT PATTERN TOTAL LOG COMMAND...: run a command whose output goes to LOG; meanwhile say how long it has
# been running and, for the # in WHAT, how many lines of LOG match PATTERN, of TOTAL (empty: it isn't known): on a terminal
# as one line that changes, elsewhere every 20 s. Returns the command's exit code.
with_progress() {
  local what=$1 pattern=$2 total=$3 log=$4 begun=$SECONDS next=20 passed seen line code=0
  shift 4
  set -m # a process group of its own, so that stopping it stops what it started too
  "$@" >"$log" 2>&1 </dev/null &
  job=$!
  set +m
  while kill -0 "$job" 2>/dev/null; do
    passed=$((SECONDS - begun))
    if $tty || ((passed >= next)); then
      line="$what, $(clock "$passed")"
      if [[ -n $pattern ]]; then
        seen=$(grep -cE "$pattern" "$log" || true)
        line=${line/'#'/$seen${total:+ of $total}}
      fi
      if $tty; then printf '\r\e[K    %s' "$line"; else say "    $line"; fi
      next=$((next + 20))
    fi
    sleep 0.2
  done
  wait "$job" || code=$?
  job=''
  if $tty; then printf '\r\e[K'; fi
  return "$code"
}

# failed_with LOG WHY: show the end of the log, then one line.
failed_with() {
  tail -n 15 "$1" | sed 's/^/    /' >&2
  die "$2 (all of its output: ${1#"$root"/})"
}

# ------------------------------------------------------------------------------------------------------- versions

# fits VERSION LOWEST BELOW: whether LOWEST <= VERSION < BELOW (a major version); a pre-release comes before its release.
fits() {
  local pattern='^v?([0-9]+)\.([0-9]+)\.([0-9]+)(-[^+]*)?' part
  local -a have lowest
  [[ $1 =~ $pattern ]] || return 1
  have=("${BASH_REMATCH[@]:1:3}")
  local before_release=${BASH_REMATCH[4]}
  IFS=. read -ra lowest <<<"$2"
  ((have[0] < $3)) || return 1
  for part in 0 1 2; do
    if ((have[part] != lowest[part])); then
      ((have[part] > lowest[part]))
      return
    fi
  done
  [[ -z $before_release ]]
}

# version_of PROGRAM: what `PROGRAM version` says, without the v; nothing where it can't be run.
version_of() {
  local said
  said=$("$1" version 2>/dev/null </dev/null) || return 0
  if [[ $said =~ v([0-9]+\.[0-9]+\.[0-9]+[^[:space:]]*) ]]; then printf '%s' "${BASH_REMATCH[1]}"; fi
}

hash_of() { cat "$@" | sha256sum | cut -c1-32; }

# --------------------------------------------------------------------------------------------------------- Python

python_fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# find_python: print the first Python that is new enough and can make virtual environments.
find_python() {
  local name bare=''
  local -a names=(python3.13 python3.12 python3.11 python3)
  if [[ -n ${PYTHON:-} ]]; then names=("$PYTHON"); fi
  for name in "${names[@]}"; do
    if ! command -v "$name" >/dev/null || ! python_fits "$name"; then continue; fi
    if "$name" -c 'import venv, ensurepip' 2>/dev/null; then
      command -v "$name"
      return
    fi
    bare=${bare:-$name}
  done
  if [[ -n $bare ]]; then
    local minor
    minor=$("$bare" -c 'import sys; print(sys.version_info[1])')
    die "$bare has no venv module: apt-get install python3.$minor-venv (Debian, Ubuntu), or your distribution's package for it"
  fi
  die "no Python 3.11 or newer${PYTHON:+ at $PYTHON}: install one (Debian, Ubuntu: apt-get install python3 python3-venv), or PYTHON=/path ./setup.sh"
}

python_key() { printf '%s %s' "$(hash_of "$root/pyproject.toml" "$root/constraints.txt")" "$root"; }

python_is_ready() {
  [[ -r $venv/.made-by-setup ]] && [[ $(<"$venv/.made-by-setup") == "$(python_key)" ]] && python_fits "$venv/bin/python"
}

install_python_packages() {
  local pip=("$venv/bin/python" -m pip --disable-pip-version-check install --progress-bar off --constraint "$root/constraints.txt")
  # The build's own needs first: without isolation they are the pinned ones, and the second step needs no index for them.
  "${pip[@]}" hatchling editables && "${pip[@]}" --no-build-isolation --editable "${root}[dev]"
}

need_python() {
  if python_is_ready; then return; fi
  local python log=$logs/python.log begun=$SECONDS
  say "${bold}Python packages${plain} (into .venv; about half a minute)"
  if ! python_fits "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
    { [[ -r $venv/.made-by-setup ]] && [[ $(<"$venv/.made-by-setup") != *" $root" ]]; }; then
    python=$(find_python)
    with_progress "making .venv with $python" '' '' "$log" "$python" -m venv --clear "$venv" ||
      failed_with "$log" "$python couldn't make the virtual environment"
  fi
  rm -f "$venv/.made-by-setup"
  with_progress "installing: # packages fetched or found" '^(Collecting|Requirement already)' '' "$log" install_python_packages ||
    failed_with "$log" "pip couldn't install the Python packages"
  python_key >"$venv/.made-by-setup"
  done_with "Python packages, $(clock $((SECONDS - begun)))"
}

# ------------------------------------------------------------------------------------------------------- Go builds

declare -A module_of=([nomad]=nomad [nomad-autoscaler]=autoscaler [consul]=consul)
declare -A package_of=(
  [nomad]=github.com/hashicorp/nomad
  [nomad-autoscaler]=github.com/hashicorp/nomad-autoscaler
  [consul]=github.com/hashicorp/consul
)
declare -A lowest_of=([nomad]=1.11.0 [nomad-autoscaler]=0.4.0 [consul]=1.18.0)
declare -A below_of=([nomad]=2 [nomad-autoscaler]=2 [consul]=2)
declare -A minutes_of=([nomad]='4 to 7' [nomad-autoscaler]='1 to 3' [consul]='about 4')
declare -A tags_of=([nomad]='ui hashicorpmetrics' [nomad-autoscaler]='' [consul]='')

tool_key() {
  local folder=$root/tools/${module_of[$1]}
  printf '%s %s' "$(hash_of "$folder/go.mod" "$folder/go.sum")" "${tags_of[$1]}"
}

pinned_version() { # the version that go.mod asks for
  awk -v package="${package_of[$1]}" '$1 == "require" { $1 = ""; $0 = $0 } $1 == package { sub(/^v/, "", $2); print $2; exit }' \
    "$root/tools/${module_of[$1]}/go.mod"
}

# tool_is_ready NAME: .tools/bin has it: a link to one that fits, or one that was built from today's pins.
tool_is_ready() {
  local file=$tools/bin/$1 stamp=$tools/stamps/$1 version
  [[ -x $file ]] || return 1
  if [[ -L $file ]]; then
    version=$(version_of "$file")
    fits "$version" "${lowest_of[$1]}" "${below_of[$1]}"
    return
  fi
  if [[ -e $stamp ]]; then
    [[ $(<"$stamp") == "$(tool_key "$1")" ]]
    return
  fi
  version=$(version_of "$file") # put there by hand: good if it is the pinned version
  [[ ${version%%-*} == "$(pinned_version "$1")" ]] || return 1
  mkdir -p "$tools/stamps"
  tool_key "$1" >"$stamp"
}

# link_from_path NAME: link the first fitting one on PATH into .tools/bin.
link_from_path() {
  local found version
  while IFS= read -r found; do
    if [[ $found -ef $tools/bin/$1 ]]; then continue; fi
    version=$(version_of "$found")
    if fits "$version" "${lowest_of[$1]}" "${below_of[$1]}"; then
      mkdir -p "$tools/bin"
      rm -f "$tools/stamps/$1"
      ln -sfn "$found" "$tools/bin/$1"
      done_with "$1 $version from PATH ($found)"
      return
    fi
    say "    $found is ${version:-not one that runs}: at least ${lowest_of[$1]} and below ${below_of[$1]} is needed"
  done < <(type -aP "$1" || true)
  return 1
}

need_tool() {
  if tool_is_ready "$1" || link_from_path "$1"; then return; fi
  build_tool "$1"
}

need_go() { # need_go NAME: Go as tools/NAME/go.mod asks for; Go fetches a newer toolchain by itself where it is allowed to
  local said wanted otherwise="or put a fitting $1 on PATH"
  wanted=$(awk '$1 == "go" { print $2; exit }' "$root/tools/${module_of[$1]}/go.mod")
  command -v go >/dev/null || die "$1 has to be built and Go isn't there: install Go $wanted or newer (https://go.dev/dl), $otherwise"
  if ! said=$(cd "$root/tools/${module_of[$1]}" && go env GOVERSION 2>&1) || ! fits "${said#go}.0.0" "$wanted.0" 2; then
    die "$1 has to be built with Go $wanted or newer; here is $(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || echo 'an older one'): install a newer one (https://go.dev/dl), $otherwise"
  fi
  local compiler
  compiler=$(go env CC)
  command -v "${compiler%% *}" >/dev/null || die "$1 has to be built and there is no C compiler: apt-get install gcc libc6-dev (Debian, Ubuntu), $otherwise"
}

in_folder() { cd "$1" && shift && exec "$@"; } # for with_progress, whose commands have a process of their own

build_tool() {
  local name=$1 package=${package_of[$1]} folder=$root/tools/${module_of[$1]} log=$logs/$1.log begun=$SECONDS version count
  local -a flags=(-mod=readonly -buildvcs=false -trimpath -tags "${tags_of[$1]}")
  version=$(pinned_version "$name")
  need_go "$name"
  say "${bold}$name $version${plain} (from source into .tools/bin; ${minutes_of[$name]} minutes on two cores, once)"
  mkdir -p "$tools/bin" "$tools/stamps"
  half_made=$(mktemp -d "$tools/half-made.XXXXXX")
  export GOWORK=off GOTMPDIR=$half_made
  # Listing fetches the sources; what is stale is what has to be compiled.
  # shellcheck disable=SC2016  # Go's template, not the shell's
  with_progress "fetching the sources: # modules" '^go: downloading' '' "$log" in_folder "$folder" \
    go list "${flags[@]}" -deps -f '{{if .Stale}}compile {{.ImportPath}} {{.StaleReason}}{{end}}' "$package" ||
    failed_with "$log" "the sources of $name couldn't be fetched"
  count=$(grep '^compile ' "$log" | grep -cv 'not installed but available in build cache$' || true)
  with_progress "compiling: # packages" '^[a-z][^ :]*$' "$count" "$log" in_folder "$folder" \
    go build "${flags[@]}" -v -ldflags '-s -w' -o "$half_made/$name" "$package" || failed_with "$log" "$name couldn't be built"
  [[ $(version_of "$half_made/$name") == "$version"* ]] || die "the $name that was built doesn't run as $version"
  rm -f "$tools/stamps/$name"
  mv -f "$half_made/$name" "$tools/bin/$name"
  tool_key "$name" >"$tools/stamps/$name"
  rm -rf "$half_made"
  half_made=''
  unset GOTMPDIR
  done_with "$name $version, $(clock $((SECONDS - begun)))"
}

# ------------------------------------------------------------------------------------------------ the lab's packages

missing_lab_packages() {
  command -v ip >/dev/null || printf 'iproute2 '
  command -v yggdrasil >/dev/null || printf 'yggdrasil '
  command -v haproxy >/dev/null || printf 'haproxy '
  command -v nginx >/dev/null || printf 'nginx '
  nginx_has_streams || printf 'libnginx-mod-stream '
}

# nginx_has_streams: nginx can pass on datagrams, by itself or by the module that Debian has as a package of its own.
nginx_has_streams() {
  if [[ -e /usr/lib/nginx/modules/ngx_stream_module.so ]]; then return; fi
  command -v nginx >/dev/null && [[ $(nginx -V 2>&1) =~ --with-stream([[:space:]]|$) ]]
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  local -a install=(apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@")
  "${install[@]}" || { apt-get update && "${install[@]}"; }
}

need_lab_packages() {
  local missing package log=$logs/apt.log
  local -a packages
  missing=$(missing_lab_packages)
  missing=${missing% }
  if [[ -z $missing ]]; then return; fi
  read -ra packages <<<"$missing"
  command -v apt-get >/dev/null || die "the lab needs $missing: install from your distribution (https://yggdrasil-network.github.io/installation.html)"
  ((EUID == 0)) || die "the lab needs $missing: run  sudo apt-get install $missing"
  say "${bold}The lab's packages${plain}: $missing"
  with_progress "apt-get install $missing" '' '' "$log" apt_install "${packages[@]}" || failed_with "$log" "apt-get couldn't install $missing"
  for package in "${packages[@]}"; do
    if [[ $package =~ ^(yggdrasil|haproxy|nginx)$ && -d /run/systemd/system ]]; then
      # The lab starts one of its own for each machine; nobody asked for one on the host.
      systemctl disable --now "$package.service" >>"$log" 2>&1 || true
    fi
  done
  done_with "the lab's packages: $missing"
}

# -------------------------------------------------------------------------------------------------------- commands

# prepare NEED...: one at a time, also where two of these run in the same checkout.
prepare() {
  local need
  if ! mkdir -p "$logs" "$tools" 2>/dev/null || ! { : >>"$tools/lock"; } 2>/dev/null || ! [[ -w $logs ]]; then
    die "$(id -un) may not write to .tools and .cache here: give them to whom this checkout belongs, with  sudo chown -R $(id -un) '$root'"
  fi
  exec 9>"$tools/lock"
  if command -v flock >/dev/null && ! flock --nonblock 9; then
    say "waiting for another setup.sh in this checkout"
    flock 9
  fi
  rm -rf "$tools"/half-made.*
  for need in "$@"; do
    case $need in
      python) need_python ;;
      lab) need_lab_packages ;;
      *) need_tool "$need" ;;
    esac
  done
  if ((EUID == 0)) && ! [[ -O $root ]]; then # under sudo: what was made belongs to whom the checkout belongs
    chown -R --reference="$root" "$tools" "$root/.cache" && if [[ -d $venv ]]; then chown -R --reference="$root" "$venv"; fi
  fi
  exec 9>&-
  export PATH=$tools/bin:$PATH
  cd "$root"
}

# step WHAT COMMAND...: run a command, show its output only where it fails, and remember that it failed.
failed=()
step() {
  local what=$1 begun=$SECONDS said
  shift
  if said=$("$@" 2>&1 </dev/null); then
    done_with "$what, $(clock $((SECONDS - begun)))"
  else
    failed+=("$what")
    printf '%s\n' "$said" "${red}failed${plain}  $what"
  fi
}

static_checks() {
  local folder
  local -a rendered=()
  step "format (ruff format)" "$venv/bin/ruff" format --check --output-format concise
  step "lint (ruff check)" "$venv/bin/ruff" check --output-format concise
  step "types (mypy --strict)" "$venv/bin/mypy" --no-error-summary
  step "import rules (lint-imports)" "$venv/bin/lint-imports"
  if compgen -G "grid/*.hcl" >/dev/null; then
    step "definitions are formatted (simulacra fmt --check)" "$venv/bin/simulacra" fmt --check grid
    step "what is rendered is current (simulacra render --check)" "$venv/bin/simulacra" --grid grid render --check
  fi
  for folder in jobspecs autoscaler; do
    if [[ -d $folder ]]; then rendered+=("$folder"); fi
  done
  if ((${#rendered[@]})) && command -v nomad >/dev/null; then
    step "what is rendered is formatted (nomad fmt)" nomad fmt -recursive -check "${rendered[@]}"
  fi
}

any_failed() {
  local IFS=','
  printf '%s' "${failed[*]}" | sed 's/,/, /g'
}

everything() {
  prepare python lab nomad nomad-autoscaler consul
  say "ready: ./setup.sh demo, ./setup.sh test, or .venv/bin/simulacra --help"
}

demo() {
  ((EUID == 0)) || die "the demo's lab needs root for its network namespaces: run  sudo ./setup.sh demo"
  prepare lab python nomad nomad-autoscaler
  exec "$venv/bin/simulacra" demo "$@"
}

check() {
  prepare python
  static_checks
  if command -v nomad >/dev/null; then
    step "unit tests (pytest tests/unit)" "$venv/bin/pytest" -q -n 2 --dist loadfile tests/unit
  else
    step "unit tests, without those that ask nomad (it isn't here)" "$venv/bin/pytest" -q -n 2 --dist loadfile -m "not nomad" tests/unit
  fi
  if ((${#failed[@]})); then die "failed: $(any_failed)"; fi
}

docs() {
  prepare python
  "$venv/bin/sphinx-build" -c docs -W --keep-going --quiet -d .cache/site.doctrees . .cache/site || die "the documentation has faults"
  done_with "the documentation: $root/.cache/site/index.html"
}

# all_tests: those without a lab first. Two at a time: tests in a lab wait most of the time, and a file's tests share their lab;
# tests/e2e/conftest.py has their order.
all_tests() {
  local code=0
  "$venv/bin/pytest" -n 2 --dist loadfile -m "not lab" || code=$?
  "$venv/bin/pytest" -n 2 --dist loadfile --no-loadscope-reorder -m lab || code=$?
  return "$code"
}

run_tests() {
  local code=0
  if ((EUID == 0)); then
    prepare lab python nomad nomad-autoscaler consul
  else
    prepare python nomad nomad-autoscaler
    say "not root: the lab's tests (network namespaces) are skipped; for them  sudo ./setup.sh test"
  fi
  static_checks
  if (($#)); then
    "$venv/bin/pytest" "$@" || code=$?
  else
    all_tests || code=$?
  fi
  if ((${#failed[@]})); then die "failed before pytest: $(any_failed)"; fi
  exit "$code"
}

main() {
  local command=${1:-everything}
  if (($#)); then shift; fi
  case $command in
    everything | check | docs)
      if (($#)); then
        usage >&2
        exit 2
      fi
      "$command"
      ;;
    demo) demo "$@" ;;
    test) run_tests "$@" ;;
    help | -h | --help) usage ;;
    *)
      printf '%s\n' "setup.sh: there is no command $command" >&2
      usage >&2
      exit 2
      ;;
  esac
}

main "$@"
