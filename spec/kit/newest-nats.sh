#!/usr/bin/env bash
# Fetches the newest nats-server that Debian has, beside the one of the system and without installing it,
# for the laws that must hold on every server (nats-programs.ts). Sources are those of this machine's apt,
# with the suite `sid` in place of its own; signatures are checked. Ends with 0 also when it cannot: the
# specs say what was not run.
folder=${MILLRACE_NATS_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace/nats-servers}
say() { echo "newest-nats: $*"; }

fetch() {
  local site keys work deb version
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    grep -v security | head -n 1)
  [ -n "$site" ] && [ -e "$keys" ] || return 1
  work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$folder" && cd "$work" || return 1
  echo "deb [signed-by=$keys] $site sid main" >sources.list
  local apt=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o Acquire::Languages=none
    -o "APT::Sandbox::User=$(id -un)" -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  apt-get "${apt[@]}" update && apt-get "${apt[@]}" download nats-server/sid || return 1
  deb=$(ls nats-server_*.deb) && version=${deb#nats-server_} && version=${version%%[-_]*}
  dpkg -x "$deb" unpacked && "unpacked/usr/sbin/nats-server" --version >/dev/null || return 1
  touch unpacked/usr/sbin/nats-server
  mv unpacked/usr/sbin/nats-server "$folder/.new" || return 1
  rm -f "$folder"/nats-server-*
  mv "$folder/.new" "$folder/nats-server-$version"
  say "$version is in $folder"
}

# Once a day is often enough: what is there was the newest then.
if [ -n "$(find "$folder" -name 'nats-server-*' -mtime -1 2>/dev/null)" ]; then
  say "one is in $folder"
elif ! (fetch); then
  say 'cannot fetch it here'
fi
